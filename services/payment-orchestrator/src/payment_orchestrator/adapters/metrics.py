"""The orchestrator's metrics: messages, calls to gateways, what waits; closed label sets only."""

from collections.abc import Collection, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from payment_orchestrator.adapters.status_metrics import StatusMetrics
from payment_orchestrator.adapters.webhook_metrics import NewsMetrics, WebhookMetrics
from payment_orchestrator.domain.order import OPEN_STATES, Review
from payment_orchestrator.domain.waiting import OpenOperations
from payments_common.gateways.metered_calls import GatewayCallMetrics
from payments_common.messaging.delivery_policy import DEAD_LETTERED
from payments_common.messaging.topology import (
    QUEUE_COMMANDS,
    QUEUE_OBSERVATIONS,
    QUEUE_OPERATIONS,
    QUEUE_REFUSED_WEBHOOKS,
    QUEUE_WEBHOOKS,
)
from payments_common.telemetry.metrics import SECONDS_BUCKETS

_CONSUMED = (
    QUEUE_WEBHOOKS,
    QUEUE_REFUSED_WEBHOOKS,
    QUEUE_COMMANDS,
    QUEUE_OBSERVATIONS,
    QUEUE_OPERATIONS,
)


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
        for queue in _CONSUMED:
            # An alert can only see a number grow that was there before.
            self._handled.labels(queue, DEAD_LETTERED)
        self.calls = GatewayCallMetrics(registry)
        self.outbox_swept = Counter(
            "payments_outbox_swept_orders_total",
            "Orders whose messages another process had left unpublished",
            registry=registry,
        )
        self.consuming = Gauge(
            "payments_consumers_up", "1 while this process takes messages", registry=registry
        )
        self.waiting = WaitingMetrics(registry)
        self.status = StatusMetrics(registry)
        self.news = NewsMetrics(registry)
        self.webhooks = WebhookMetrics(registry)

    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        self._published.labels(exchange, outcome).observe(seconds)

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        self._handled.labels(queue, outcome).observe(seconds)


class WaitingMetrics:
    """What waits on all orders, as the database says: every orchestrator tells the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge(
            "payments_open_operations",
            "Captures, refunds, voids and authorizations that are not closed",
            ["account", "state"],
            registry=registry,
        )
        self._oldest = Gauge(
            "payments_oldest_open_operation_seconds",
            "Since the oldest of them was asked for; 0 without any",
            ["account"],
            registry=registry,
        )
        self._in_review = Gauge(
            "payments_orders_in_review",
            "Orders that wait for a person",
            ["account", "review"],
            registry=registry,
        )
        self._sampled = Gauge(
            "payments_waiting_sampled_timestamp_seconds",
            "When the database last told what waits",
            registry=registry,
        )

    def sampled(
        self,
        opened: Mapping[str, OpenOperations],
        in_review: Mapping[tuple[str, Review], int],
        *,
        accounts: Collection[str],
        now: datetime,
    ) -> None:
        """`accounts` are told of even when nothing waits; others only while something does."""
        self._open.clear()
        self._oldest.clear()
        self._in_review.clear()
        for account in {*accounts, *opened, *(account for account, _ in in_review)}:
            found = opened.get(account, OpenOperations(now, {}))
            self._oldest.labels(account).set((now - found.since).total_seconds())
            for state in OPEN_STATES:
                self._open.labels(account, state).set(found.counts.get(state, 0))
            for review in Review:
                self._in_review.labels(account, review).set(in_review.get((account, review), 0))
        self._sampled.set(now.timestamp())
