"""A backlog of 100,000 orders: worked off a little at a time, and nobody new waits behind it."""

import tracemalloc
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from local_stack.stack import StackUrls
from payments_common.clock import SystemClock
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import MongoStore
from reconciler.adapters.mongo_checked_orders import MongoCheckedOrders
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_schedule import MongoSchedule
from reconciler.adapters.mongo_scout_notes import MongoScoutNotes
from reconciler.domain.mark import Mark
from reconciler.handlers.scout import AT_ONCE, Scout
from reconciler.ports import Turn
from support.marked_orders import write_mark, write_marks
from support.mongo import fresh_store
from support.polled import ACCOUNT, RHYTHM, mark

ORDERS = 100_000
MOST_MEMORY_BYTES = 24 * 1024 * 1024
"""All marks together would be several times as much."""


class CountedOrders(MongoCheckedOrders):
    largest = 0

    async def marked(
        self, *, since: datetime | None, at_once: int
    ) -> AsyncIterator[Sequence[Mark]]:
        async for batch in super().marked(since=since, at_once=at_once):
            self.largest = max(self.largest, len(batch))
            yield batch


def backlog(now: datetime) -> Iterator[Mark]:
    """Sessions that ended hours ago, one marked after another."""
    for k in range(ORDERS):
        at = now - timedelta(hours=3) + timedelta(milliseconds=k)
        yield mark(f"order-{k:06}", since=at, expires_at=at, marked_at=at)


@pytest.fixture
async def store(stack: StackUrls) -> AsyncIterator[MongoStore]:
    async with fresh_store(stack.mongodb_url) as opened:
        await ensure_indexes(opened.database, INDEXES)
        yield opened


async def test_a_backlog_is_never_held_in_memory_and_starves_no_new_order(
    store: MongoStore,
) -> None:
    clock = SystemClock()
    orders = CountedOrders(store.database["orders"])
    schedule = MongoSchedule(store.database["reconciliation"])
    notes = MongoScoutNotes(store.database["reconciliation"])
    scout = Scout(orders, schedule, notes, clock=clock, rhythms={ACCOUNT: RHYTHM}, name="scout")
    await write_marks(store.database["orders"], backlog(clock.now()))
    tracemalloc.start()
    assert await scout.rescan()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MEMORY_BYTES
    assert orders.largest == AT_ONCE
    assert (await schedule.backlog(ACCOUNT, now=clock.now())).due == ORDERS
    await is_asked_about_soon(store, scout, schedule, now=clock.now())


async def is_asked_about_soon(
    store: MongoStore, scout: Scout, schedule: MongoSchedule, *, now: datetime
) -> None:
    """A refund that is pending since a moment is claimed among the first two, the oldest, too."""
    since = now - timedelta(seconds=10)
    new = mark("new", why=("refund",), since=since, expires_at=None, marked_at=now)
    await write_mark(store.database["orders"], new)
    assert await scout.look() == 1
    claimed = set()
    for turn in Turn:
        entry = await schedule.claim(ACCOUNT, now=scout.clock.now(), lease_seconds=60, turn=turn)
        assert entry is not None
        claimed.add(entry.order_id)
    assert claimed == {"new", "order-000000"}
