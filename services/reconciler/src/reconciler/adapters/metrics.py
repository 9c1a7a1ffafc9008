"""The reconciler's metrics: polls, backlog, calls to gateways; closed label sets only."""

from collections.abc import Collection
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from payments_common.gateways.metered_calls import GatewayCallMetrics
from payments_common.telemetry.metrics import SECONDS_BUCKETS
from reconciler.adapters.listing_metrics import ListingMetrics
from reconciler.domain.entry import Backlog
from reconciler.ports import PollResult


class ReconcilerMetrics:
    """Also the broker's observer."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.calls = GatewayCallMetrics(registry)
        self.polls = PollMetrics(registry)
        self.backlog = BacklogMetrics(registry)
        self.listing = ListingMetrics(registry)
        self._published = Histogram(
            "payments_published_seconds",
            "Time until the broker's confirm, by exchange and outcome",
            ["exchange", "outcome"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.polling = Gauge(
            "payments_reconciler_up", "1 while this process asks gateways", registry=registry
        )

    def begin(self, accounts: Collection[str]) -> None:
        """An alert can only see a number grow that was there before."""
        self.polls.begin(accounts)
        self.listing.begin(accounts)

    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        self._published.labels(exchange, outcome).observe(seconds)

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        """It consumes nothing."""


class PollMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._polls = Counter(
            "payments_reconciler_polls_total",
            "Orders that a gateway was asked about, by what came of it",
            ["account", "result"],
            registry=registry,
        )
        self._gave_up = Counter(
            "payments_reconciler_gave_up_total",
            "Orders that a gateway never said the last word on",
            ["account"],
            registry=registry,
        )
        self.counts: dict[str, int] = {}

    def begin(self, accounts: Collection[str]) -> None:
        for account in accounts:
            self._gave_up.labels(account)
            for result in PollResult:
                self._polls.labels(account, result)

    def polled(self, account: str, result: PollResult) -> None:
        self._polls.labels(account, result).inc()
        self.counts[account] = self.counts.get(account, 0) + 1

    def gave_up(self, account: str) -> None:
        self._gave_up.labels(account).inc()


class BacklogMetrics:
    """As the database says: every reconciler tells the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._scheduled = Gauge(
            "payments_reconciler_scheduled",
            "Orders that are to be asked about, now or later",
            ["account"],
            registry=registry,
        )
        self._due = Gauge(
            "payments_reconciler_due",
            "Orders that are to be asked about now",
            ["account"],
            registry=registry,
        )
        self._oldest = Gauge(
            "payments_reconciler_oldest_due_seconds",
            "How long the first of them has waited; 0 without any",
            ["account"],
            registry=registry,
        )
        self._sampled = Gauge(
            "payments_reconciler_sampled_timestamp_seconds",
            "When the database last told the backlog",
            registry=registry,
        )

    def sampled(self, account: str, backlog: Backlog, *, now: datetime) -> None:
        self._scheduled.labels(account).set(backlog.scheduled)
        self._due.labels(account).set(backlog.due)
        waited = (now - backlog.oldest_due_at).total_seconds() if backlog.oldest_due_at else 0.0
        self._oldest.labels(account).set(max(waited, 0.0))
        self._sampled.set(now.timestamp())
