"""Counting costs a use case nothing, and its failures are only told."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from payment_orchestrator.adapters.memory_webhook_hours import MemoryWebhookHours
from payment_orchestrator.adapters.tally_store import STORE_SECONDS, store, storing
from payment_orchestrator.domain.news import Learned, Via
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.tally import Tally
from payment_orchestrator.domain.webhook_hours import HOUR, Hour
from payments_common.errors import StoreUnavailable
from payments_common.schemas.observations import PaymentFacts
from support.builders import NOW, change_of, facts, later, observation, order
from support.clocks import ManualClock, settle

HELD = facts(authorized=15000)


class Observer:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Via]] = []

    def learned(self, account: str, news: Learned) -> None:
        self.heard.append((account, news.via))


class Away(MemoryWebhookHours):
    """A database that does not answer, as long as there is a problem."""

    problem: Exception | None = None

    async def add(self, counted: Sequence[Hour]) -> None:
        if self.problem is not None:
            raise self.problem
        await super().add(counted)


def received(tally: Tally, *times: datetime) -> None:
    for at in times:
        tally.received("tabby-ksa", at=at)


def test_a_saved_change_is_counted_and_told_once() -> None:
    observer = Observer()
    tally = Tally(observer)
    tally.saved(observe(change_of(order()), observation(HELD), because_of_webhook=True))
    assert [each.learned for each in tally.take()] == [{Via.WEBHOOK: 1}]
    assert observer.heard == [("tabby-ksa", Via.WEBHOOK)]
    assert tally.take() == []


@pytest.mark.parametrize("seen", [facts(), facts(expired=True)])
def test_what_has_no_webhook_is_not_counted(seen: PaymentFacts) -> None:
    tally = Tally()
    tally.saved(observe(change_of(order()), observation(seen)))
    assert tally.take() == []


def test_webhooks_are_counted_in_the_hour_in_which_they_came() -> None:
    tally = Tally()
    received(tally, later(60), later(61), later(3600))
    assert [(h.began_at, h.received) for h in tally.take()] == [
        (NOW, {1: 2}),
        (NOW + HOUR, {0: 1}),
    ]


async def test_what_was_counted_is_stored_every_few_seconds_and_at_the_end() -> None:
    tally, hours, clock = Tally(), MemoryWebhookHours(), ManualClock(NOW)
    async with storing(tally, hours, clock=clock):
        received(tally, NOW)
        await clock.advance(STORE_SECONDS)
        assert (await hours.traffic("tabby-ksa", now=NOW)).last_60_minutes == 1
        received(tally, NOW)
        await settle()
        assert (await hours.traffic("tabby-ksa", now=NOW)).last_60_minutes == 1
    assert (await hours.traffic("tabby-ksa", now=NOW)).last_60_minutes == 2


@pytest.mark.parametrize("problem", [StoreUnavailable("away"), KeyError("a mistake of ours")])
async def test_a_database_that_is_away_loses_counts_and_nothing_else(problem: Exception) -> None:
    tally, hours = Tally(), Away()
    hours.problem = problem
    received(tally, NOW)
    await store(tally, hours)
    hours.problem = None
    received(tally, NOW)
    await store(tally, hours)
    assert (await hours.traffic("tabby-ksa", now=NOW)).last_60_minutes == 1
