"""What gateways were listed to know, and what is open of it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from reconciler.domain.discrepancy import Kind


class ListingMetrics:
    """What is open, and the watermark, as the database says: every reconciler tells the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._listed = Counter(
            "payments_listed_total",
            "Payments that a gateway told of and that were compared with our orders",
            ["account"],
            registry=registry,
        )
        self._open = Gauge(
            "payments_discrepancies_open",
            "What the gateway and our orders do not agree on",
            ["account", "kind"],
            registry=registry,
        )
        self._watermark = Gauge(
            "payments_list_watermark_timestamp_seconds",
            "Up to when all that the gateway knows was compared",
            ["account"],
            registry=registry,
        )

    def begin(self, accounts: Collection[str]) -> None:
        for account in accounts:
            self._listed.labels(account)
            # An account that never is compared must not be silent.
            self._watermark.labels(account).set_to_current_time()

    def listed(self, account: str, count: int) -> None:
        self._listed.labels(account).inc(count)

    def sampled(
        self, account: str, open_counts: Mapping[Kind, int], *, watermark: datetime | None
    ) -> None:
        for kind in Kind:
            self._open.labels(account, kind).set(open_counts.get(kind, 0))
        if watermark is not None:
            self._watermark.labels(account).set(watermark.timestamp())
