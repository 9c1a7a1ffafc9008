"""The ingress's metrics; every label value comes from a closed set."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from payments_common.messaging.port import Outgoing, Publisher
from payments_common.telemetry.metrics import SECONDS_BUCKETS, SIZE_BUCKETS

UNKNOWN_ACCOUNT = "unknown"
ACCEPTED = "accepted"


class IngressMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.received = Counter(
            "webhooks_received_total",
            "Deliveries by account and outcome: accepted, or the code of the refusal",
            ["account", "outcome"],
            registry=registry,
        )
        self.publish_seconds = Histogram(
            "webhook_publish_seconds",
            "From handing a webhook over for publishing to the broker's confirm or its failure",
            registry=registry,
            buckets=SECONDS_BUCKETS,
        )
        self.group_size = Histogram(
            "webhook_group_size",
            "Webhooks in one confirmed message",
            registry=registry,
            buckets=SIZE_BUCKETS,
        )
        self.secret_matched = Gauge(
            "payments_webhook_secret_last_matched_timestamp_seconds",
            "When a delivery that this webhook secret proves was last accepted, since the start",
            ["account", "secret_id"],
            registry=registry,
        )
        self.refusals = Counter(
            "refused_recorded_total",
            "Refused deliveries: recorded, over_limit (only counted) or failed (not stored)",
            ["outcome"],
            registry=registry,
        )
        self.in_flight = Gauge(
            "http_requests_in_flight", "Requests that have no answer yet", registry=registry
        )
        self.malformed = Counter(
            "http_requests_malformed_total",
            "Connections that sent something that is not HTTP, answered 400 and closed",
            registry=registry,
        )
        self.connections_refused = Counter(
            "http_connections_refused_total",
            "Connections closed at once because as many as allowed were open",
            registry=registry,
        )


class MeasuredPublisher:
    """Notes how many webhooks each message carries."""

    def __init__(self, publisher: Publisher, *, group_size: Histogram) -> None:
        self._publisher = publisher
        self._group_size = group_size

    async def publish(self, outgoing: Outgoing) -> None:
        self._group_size.observe(len(outgoing.envelopes))
        await self._publisher.publish(outgoing)
