"""The status API's metrics; closed label sets only."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge

from payment_orchestrator.domain.public_status import Refreshed


class StatusResult(StrEnum):
    """`gone`: the client left before its answer."""

    OK = "ok"
    INVALID_QUERY = "invalid_query"
    UNAUTHORIZED = "unauthorized"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
    INTERNAL_ERROR = "internal_error"
    GONE = "gone"


class StatusMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "payments_status_requests",
            "Requests for an order's status, by what they were answered",
            ["result"],
            registry=registry,
        )
        self._refreshes = Counter(
            "payments_status_refreshes",
            "Requests that wanted the gateway asked, by what came of it",
            ["result"],
            registry=registry,
        )
        self.waiting = Gauge(
            "payments_status_waiting", "Requests that wait for their order", registry=registry
        )
        for result in StatusResult:
            self._requests.labels(result)
        for refreshed in Refreshed:
            self._refreshes.labels(refreshed)

    def answered(self, result: StatusResult) -> None:
        self._requests.labels(result).inc()

    def refreshed(self, result: Refreshed) -> None:
        self._refreshes.labels(result).inc()
