"""Whether webhooks come is told by metrics, account by account."""

from collections import Counter
from datetime import datetime

import pytest
from prometheus_client import CollectorRegistry

from payment_orchestrator.adapters.memory_webhook_hours import MemoryWebhookHours
from payment_orchestrator.adapters.webhook_metrics import NewsMetrics, WebhookMetrics
from payment_orchestrator.domain.news import Learned, Via
from payment_orchestrator.domain.webhook_health import DAY, Traffic, usual_hours
from payment_orchestrator.domain.webhook_hours import Hour
from payment_orchestrator.entrypoints.sampler import WEBHOOKS_SAMPLE_SECONDS, sampling_webhooks
from payments_common.errors import StoreUnavailable
from support.builders import NOW, later
from support.clocks import ManualClock, settle

KNOWN = Traffic(
    first_hour=NOW - 30 * DAY,
    before=dict.fromkeys(usual_hours(NOW), 12),
    last_60_minutes=7,
    last_webhook_at=later(-90),
)
NEW = Traffic(first_hour=None, before={}, last_60_minutes=0, last_webhook_at=None)


class Bench:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = WebhookMetrics(self.registry)
        self.news = NewsMetrics(self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"payments_{name}", labels)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_known_account_is_told_with_the_usual_and_its_silence(bench: Bench) -> None:
    bench.webhooks.sampled({"tabby-ksa": KNOWN}, now=NOW)
    assert bench.value("webhooks_last_hour", account="tabby-ksa") == 7
    assert bench.value("webhooks_expected_per_hour", account="tabby-ksa") == 12
    assert bench.value("webhook_silence_seconds", account="tabby-ksa") == 90


def test_of_a_new_account_nothing_is_usual_and_nothing_is_silent(bench: Bench) -> None:
    bench.webhooks.sampled({"tabby-ksa": NEW}, now=NOW)
    assert bench.value("webhooks_last_hour", account="tabby-ksa") == 0
    assert bench.value("webhooks_expected_per_hour", account="tabby-ksa") is None
    assert bench.value("webhook_silence_seconds", account="tabby-ksa") is None


def test_a_change_is_counted_with_its_delay_where_one_is_known(bench: Bench) -> None:
    for delay in (70, None):
        news = Learned(via=Via.POLL, has_webhook=True, delay_seconds=delay)
        bench.news.learned("tabby-ksa", news)
    labels = {"account": "tabby-ksa", "via": "poll"}
    assert bench.value("changes_learned_total", **labels) == 2
    assert bench.value("change_delay_seconds_bucket", le="60.0", **labels) == 0
    assert bench.value("change_delay_seconds_bucket", le="120.0", **labels) == 1


def test_every_way_is_counted_from_none_on(bench: Bench) -> None:
    bench.news.begin(["tabby-ksa"])
    for via in Via:
        assert bench.value("changes_learned_total", account="tabby-ksa", via=via) == 0


class Hours(MemoryWebhookHours):
    """Answers, or raises its problem."""

    problem: Exception | None = None

    async def traffic(self, account: str, *, now: datetime) -> Traffic:
        if self.problem is not None:
            raise self.problem
        return await super().traffic(account, now=now)


async def test_an_outage_leaves_the_last_sample_and_ends_nothing(bench: Bench) -> None:
    hours, clock = Hours(), ManualClock(NOW)
    await hours.add([Hour("tabby-ksa", NOW, received=Counter({0: 3}))])
    async with sampling_webhooks(hours, bench.webhooks, accounts=["tabby-ksa"], clock=clock):
        await settle()
        assert bench.value("webhooks_last_hour", account="tabby-ksa") == 3
        hours.problem = StoreUnavailable("away")
        await clock.advance(3600 + WEBHOOKS_SAMPLE_SECONDS)
        assert bench.value("webhooks_last_hour", account="tabby-ksa") == 3
        hours.problem = None
        await clock.advance(WEBHOOKS_SAMPLE_SECONDS)
        assert bench.value("webhooks_last_hour", account="tabby-ksa") == 0
