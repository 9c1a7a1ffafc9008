"""Counts by hour, kept by MongoDB and by memory alike."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.memory_webhook_hours import MemoryWebhookHours
from payment_orchestrator.adapters.mongo_webhook_hours import MongoWebhookHours
from payment_orchestrator.domain.news import Via
from payment_orchestrator.domain.webhook_health import DAY, Traffic
from payment_orchestrator.domain.webhook_hours import HOUR, MINUTE, Hour
from payment_orchestrator.ports import WebhookHours
from support.builders import NOW, later
from support.mongo import fresh_store

ACCOUNT = "tabby-ksa"


@pytest.fixture(params=["memory", "mongodb"])
async def hours(request: pytest.FixtureRequest) -> AsyncIterator[WebhookHours]:
    if request.param == "memory":
        yield MemoryWebhookHours()
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        yield MongoWebhookHours(store.database["webhook_health"])


def hour(hours_later: int = 0, *, minutes: tuple[int, ...] = (), account: str = ACCOUNT) -> Hour:
    counted = Hour(account, NOW + hours_later * HOUR)
    for minute in minutes:
        counted.take_webhook(counted.began_at + minute * MINUTE)
    return counted


def polled(hours_later: int = 0, *delays: float | None) -> Hour:
    counted = hour(hours_later)
    for delay in delays:
        counted.take_change(Via.POLL, delay)
    return counted


async def test_what_was_never_counted_is_nothing(hours: WebhookHours) -> None:
    await hours.add([])
    assert await hours.since(ACCOUNT, NOW) == []
    assert await hours.traffic(ACCOUNT, now=NOW) == Traffic(None, {}, 0, None)


async def test_counts_come_back_as_they_were_and_add_up(hours: WebhookHours) -> None:
    await hours.add([hour(minutes=(0, 7, 7, 59)), hour(1)])
    await hours.add([hour(minutes=(7,)), polled(1, 3, 70, None)])
    first, second = await hours.since(ACCOUNT, NOW)
    assert first == hour(minutes=(0, 7, 7, 7, 59))
    assert second == polled(1, 3, 70, None)


async def test_hours_are_of_one_account_from_then_on_oldest_first(hours: WebhookHours) -> None:
    await hours.add([hour(3, minutes=(1,)), hour(1, minutes=(1,)), hour(minutes=(1,))])
    await hours.add([hour(2, minutes=(1,), account="another")])
    found = await hours.since(ACCOUNT, NOW + HOUR)
    assert [each.began_at for each in found] == [NOW + HOUR, NOW + 3 * HOUR]


async def test_many_processes_count_at_once_and_none_is_lost(hours: WebhookHours) -> None:
    await asyncio.gather(*(hours.add([hour(minutes=(each % 60,))]) for each in range(40)))
    (found,) = await hours.since(ACCOUNT, NOW)
    assert found.received.total() == 40
    assert found.last_webhook_at == NOW + 39 * MINUTE


async def test_the_last_60_minutes_go_over_the_hour(hours: WebhookHours) -> None:
    await hours.add([hour(minutes=(29, 30, 59)), hour(1, minutes=(0, 29))])
    traffic = await hours.traffic(ACCOUNT, now=NOW + HOUR + 30 * MINUTE)
    assert traffic.last_60_minutes == 4
    assert traffic.first_hour == NOW
    assert traffic.last_webhook_at == NOW + HOUR + 29 * MINUTE


async def test_the_usual_is_of_the_same_hours_of_28_days(hours: WebhookHours) -> None:
    await hours.add(
        [hour(offset, minutes=(1, 2)) for offset in (-24, -25, -26, -27 * 24, -30 * 24)]
    )
    traffic = await hours.traffic(ACCOUNT, now=later(600))
    assert traffic.before == {NOW - DAY: 2, NOW - DAY - HOUR: 2, NOW - 27 * DAY: 2}
    assert traffic.first_hour == NOW - 30 * DAY


async def test_the_last_webhook_is_found_behind_hours_that_had_none(hours: WebhookHours) -> None:
    await hours.add([hour(-50, minutes=(3,)), *(polled(-offset, 1) for offset in range(10))])
    traffic = await hours.traffic(ACCOUNT, now=NOW)
    assert traffic.last_webhook_at == NOW - 50 * HOUR + 3 * MINUTE
    assert traffic.last_60_minutes == 0
