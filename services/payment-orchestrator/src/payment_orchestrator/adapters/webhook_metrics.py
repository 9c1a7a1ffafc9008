"""How each account's changes were learned, and whether its webhooks come; closed labels only."""

from collections.abc import Collection, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from payment_orchestrator.domain.news import Learned, Via
from payment_orchestrator.domain.webhook_health import Traffic, expected_in_last_60_minutes
from payment_orchestrator.domain.webhook_hours import DELAYS_SECONDS


class NewsMetrics:
    """What this process has learned: over several, take the sum."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._changes = Counter(
            "payments_changes_learned_total",
            "Changes that gateways send webhooks for, by the way they were learned",
            ["account", "via"],
            registry=registry,
        )
        self._delay = Histogram(
            "payments_change_delay_seconds",
            "From the time that the gateway tells until the order knew, where it tells one",
            ["account", "via"],
            buckets=DELAYS_SECONDS,
            registry=registry,
        )

    def begin(self, accounts: Collection[str]) -> None:
        """An alert can only see a number grow that was there before."""
        for account in accounts:
            for via in Via:
                self._changes.labels(account, via)

    def learned(self, account: str, news: Learned) -> None:
        self._changes.labels(account, news.via).inc()
        if news.delay_seconds is not None:
            self._delay.labels(account, news.via).observe(news.delay_seconds)


class WebhookMetrics:
    """What came from the gateways, as the database says: every orchestrator tells the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._last_hour = Gauge(
            "payments_webhooks_last_hour",
            "Authentic webhooks in the last 60 minutes",
            ["account"],
            registry=registry,
        )
        self._expected = Gauge(
            "payments_webhooks_expected_per_hour",
            "How many are usual in these 60 minutes; absent for a new account",
            ["account"],
            registry=registry,
        )
        self._silence = Gauge(
            "payments_webhook_silence_seconds",
            "Since the last authentic webhook; absent without any",
            ["account"],
            registry=registry,
        )

    def sampled(self, traffic: Mapping[str, Traffic], *, now: datetime) -> None:
        """By account."""
        self._last_hour.clear()
        self._expected.clear()
        self._silence.clear()
        for account, seen in traffic.items():
            self._last_hour.labels(account).set(seen.last_60_minutes)
            expected = expected_in_last_60_minutes(seen, now=now)
            if expected is not None:
                self._expected.labels(account).set(expected)
            if seen.last_webhook_at is not None:
                silence = (now - seen.last_webhook_at).total_seconds()
                self._silence.labels(account).set(max(0.0, silence))
