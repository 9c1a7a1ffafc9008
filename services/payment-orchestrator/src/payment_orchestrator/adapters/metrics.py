"""The orchestrator's metrics: messages, calls to gateways, what waits; closed label sets only."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from payments_common.gateways.port import ApiCall, ApiCalls
from payments_common.telemetry.metrics import SECONDS_BUCKETS


class OrchestratorMetrics:
    """Also the broker's observer."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._published = Histogram(
            "payments_published_seconds",
            "Time until the broker's confirm, by exchange and outcome",
            ["exchange", "outcome"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self._handled = Histogram(
            "payments_handled_seconds",
            "Time to handle a message, by queue and outcome",
            ["queue", "outcome"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self._calls = Histogram(
            "payments_gateway_call_seconds",
            "Time of a gateway's answer, by account, operation and HTTP status or error",
            ["account", "operation", "result"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.outbox_swept = Counter(
            "payments_outbox_swept_orders_total",
            "Orders whose messages another process had left unpublished",
            registry=registry,
        )
        self.consuming = Gauge(
            "payments_consumers_up", "1 while this process takes messages", registry=registry
        )

    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        self._published.labels(exchange, outcome).observe(seconds)

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        self._handled.labels(queue, outcome).observe(seconds)

    def called(self, call: ApiCall) -> None:
        result = "no_answer" if call.status is None else str(call.status)
        self._calls.labels(call.account, call.operation, result).observe(call.duration_seconds)


class MeteredApiCalls:
    """Counts every call before it is kept."""

    def __init__(self, kept: ApiCalls, metrics: OrchestratorMetrics) -> None:
        self._kept = kept
        self._metrics = metrics

    async def record(self, call: ApiCall) -> str:
        self._metrics.called(call)
        return await self._kept.record(call)
