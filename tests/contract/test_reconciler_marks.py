"""Marks and the scouts' notes are read in memory and in MongoDB alike."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from local_stack.stack import StackUrls
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import MongoStore
from reconciler.adapters.memory import MemoryCheckedOrders, MemoryScoutNotes
from reconciler.adapters.mongo_checked_orders import MongoCheckedOrders
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_scout_notes import MongoScoutNotes
from reconciler.domain.mark import Mark
from reconciler.ports import CheckedOrders, ScoutNotes
from support.marked_orders import write_mark, write_marks
from support.mongo import fresh_store
from support.polled import NOW, later, mark

both = pytest.mark.parametrize("kind", ["memory", "mongodb"])


@asynccontextmanager
async def mongo(request: pytest.FixtureRequest) -> AsyncIterator[MongoStore]:
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        await ensure_indexes(store.database, INDEXES)
        yield store


@pytest.fixture
async def notes(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[ScoutNotes]:
    if kind == "memory":
        yield MemoryScoutNotes()
        return
    async with mongo(request) as store:
        yield MongoScoutNotes(store.database["reconciliation"])


@asynccontextmanager
async def orders_of(
    kind: str, marks: Sequence[Mark], request: pytest.FixtureRequest
) -> AsyncIterator[CheckedOrders]:
    if kind == "memory":
        orders = MemoryCheckedOrders()
        for each in marks:
            orders.put(each)
        yield orders
        return
    async with mongo(request) as store:
        for each in marks:
            await write_mark(store.database["orders"], each)
        yield MongoCheckedOrders(store.database["orders"])


async def all_of(
    orders: CheckedOrders, since: datetime | None = None, at_once: int = 2
) -> list[list[str]]:
    found = orders.marked(since=since, at_once=at_once)
    return [[each.order_id for each in batch] async for batch in found]


@both
async def test_marks_come_in_their_order_a_few_at_once(
    kind: str, request: pytest.FixtureRequest
) -> None:
    marks = [mark(f"order-{k}", marked_at=later(-k)) for k in range(5)]
    async with orders_of(kind, marks, request) as orders:
        assert await all_of(orders) == [["order-4", "order-3"], ["order-2", "order-1"], ["order-0"]]
        assert await all_of(orders, since=later(-1)) == [["order-1", "order-0"]]
        assert await all_of(orders, since=later(1)) == []


@both
async def test_a_mark_is_read_as_it_was_written(kind: str, request: pytest.FixtureRequest) -> None:
    session = mark("two", why=("session",), payment_ids=(), expires_at=None)
    async with orders_of(kind, [mark("one"), session], request) as orders:
        assert await orders.mark_of("one") == mark("one")
        assert await orders.mark_of("two") == session
        assert await orders.mark_of("three") is None


@both
async def test_work_is_one_scouts_until_its_turn_ends(kind: str, notes: ScoutNotes) -> None:
    async def takes(holder: str, at: float, work: str = "look") -> bool:
        return await notes.take_turn(work, holder=holder, now=later(at), seconds=60)

    assert await takes("first", 0)
    assert not await takes("second", 59)
    assert await takes("second", 59, work="rescan")
    assert await takes("first", 59)
    assert not await takes("second", 118)
    assert await takes("second", 119)
    assert not await takes("first", 119)


@both
async def test_notes_are_kept_beside_turns(kind: str, notes: ScoutNotes) -> None:
    assert await notes.reached("look") is None
    await notes.note("look", later(5))
    assert await notes.take_turn("look", holder="first", now=NOW, seconds=60)
    await notes.note("look", later(3))
    assert await notes.reached("look") == later(3)
    assert await notes.reached("rescan") is None


@pytest.fixture
async def store(request: pytest.FixtureRequest) -> AsyncIterator[MongoStore]:
    async with mongo(request) as opened:
        yield opened


async def test_an_order_whose_mark_is_unreadable_hides_no_other(store: MongoStore) -> None:
    orders = store.database["orders"]
    await orders.insert_one(
        {"_id": "bad", "order_reference": "BAD", "check": {"marked_at": NOW, "since": "today"}}
    )
    await write_mark(orders, mark("good", marked_at=later(1)))
    assert await all_of(MongoCheckedOrders(orders)) == [["good"]]


async def test_a_look_reads_nothing_but_what_is_new(store: MongoStore) -> None:
    orders = store.database["orders"]
    await write_marks(orders, (mark(f"order-{k}", marked_at=later(k)) for k in range(500)))
    await orders.insert_many({"_id": f"rest-{k}", "order_reference": f"R{k}"} for k in range(500))
    found = orders.find({"check.marked_at": {"$gte": later(490)}}).sort("check.marked_at", 1)
    stats = (await found.explain())["executionStats"]
    assert stats["totalKeysExamined"] == stats["totalDocsExamined"] == 10
