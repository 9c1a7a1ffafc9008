"""How often each account's gateway is called, how long it takes, and what it answers."""

from prometheus_client import CollectorRegistry, Histogram

from payments_common.gateways.port import ApiCall, ApiCalls
from payments_common.telemetry.metrics import SECONDS_BUCKETS


class GatewayCallMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Histogram(
            "payments_gateway_call_seconds",
            "Time of a gateway's answer, by account, operation and HTTP status or error",
            ["account", "operation", "result"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )

    def called(self, call: ApiCall) -> None:
        result = "no_answer" if call.status is None else str(call.status)
        self._calls.labels(call.account, call.operation, result).observe(call.duration_seconds)


class MeteredApiCalls:
    """Counts every call before it is kept."""

    def __init__(self, kept: ApiCalls, metrics: GatewayCallMetrics) -> None:
        self._kept = kept
        self._metrics = metrics

    async def record(self, call: ApiCall) -> str:
        self._metrics.called(call)
        return await self._kept.record(call)
