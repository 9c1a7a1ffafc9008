"""What is known of orders, and what was found, is told alike by MongoDB and by memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from local_stack.stack import StackUrls
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import Collection
from reconciler.adapters.memory_discrepancies import MemoryDiscrepancies
from reconciler.adapters.memory_known_orders import MemoryKnownOrders
from reconciler.adapters.mongo_discrepancies import MongoDiscrepancies
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_known_orders import MongoKnownOrders
from reconciler.domain.discrepancy import Discrepancy, Found, Kind, State
from reconciler.domain.known import KnownOrder
from reconciler.ports import Discrepancies, KnownOrders
from support.builders import later
from support.clocks import START
from support.listed import ACCOUNT, BACK, HELD, days_ago, known
from support.mongo import fresh_store

FOUND = Found(ACCOUNT, "p1", Kind.REFUND, "$says: 1.00 SAR", "order-1", "SHOP-1")


@pytest.fixture(params=["memory", "mongodb"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Discrepancies]:
    if request.param == "memory":
        yield MemoryDiscrepancies()
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        await ensure_indexes(store.database, INDEXES)
        yield MongoDiscrepancies(store.database["discrepancies"])


class Orders:
    """Writes them where the adapter reads."""

    def __init__(self, port: KnownOrders, collection: Collection | None) -> None:
        self.port = port
        self._collection = collection

    async def put(self, *orders: KnownOrder) -> None:
        for order in orders:
            if isinstance(self.port, MemoryKnownOrders):
                self.port.put(order)
            if self._collection is not None:
                await self._collection.insert_one(
                    {
                        "_id": order.order_id,
                        "order_reference": order.order_reference,
                        "account": order.account,
                        "created_at": order.created_at,
                        "updated_at": order.updated_at,
                        "payments": [
                            {"payment_id": p.payment_id, "facts": p.facts.model_dump()}
                            for p in order.payments
                        ],
                    }
                )


@pytest.fixture(params=["memory", "mongodb"])
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[Orders]:
    if request.param == "memory":
        yield Orders(MemoryKnownOrders(), None)
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        yield Orders(MongoKnownOrders(store.database["orders"]), store.database["orders"])


async def changed(orders: Orders, since: datetime, until: datetime, at_once: int = 2) -> list[str]:
    found = orders.port.changed(ACCOUNT, since=since, until=until, at_once=at_once)
    pages = [page async for page in found]
    assert all(1 <= len(page) <= at_once for page in pages)
    return [each.order_reference for page in pages for each in page]


async def test_orders_are_found_by_payment_and_by_reference_in_every_account(
    orders: Orders,
) -> None:
    mine, theirs = known(BACK), known(HELD, payment_id="p2", reference="S2", account="other")
    await orders.put(mine, theirs, known(None, reference="S3"))
    found = await orders.port.about(payment_ids={"p2", "nobody's"}, references={"SHOP-1001"})
    assert sorted(found, key=lambda each: each.account) == [theirs, mine]


async def test_orders_changed_in_a_time_come_in_pages_the_longest_rested_first(
    orders: Orders,
) -> None:
    times = {"A": 3, "B": 1, "C": 2, "D": 2, "E": 2, "F": 9}
    for name, days in times.items():
        await orders.put(known(None, reference=name, updated_at=days_ago(days)))
    await orders.put(known(None, reference="G", account="other", updated_at=days_ago(2)))
    window = {"since": days_ago(3), "until": days_ago(1)}
    for at_once in (1, 2, 100):
        assert await changed(orders, **window, at_once=at_once) == ["A", "C", "D", "E", "B"]
    assert await orders.port.count_changed(ACCOUNT, **window) == 5


async def record(
    kept: Discrepancies, found: Found = FOUND, run: str = "r1", seconds: float = 0
) -> Discrepancy | None:
    return await kept.record(found, run=run, now=later(seconds))


async def everything(kept: Discrepancies, run: str = "r1") -> list[Discrepancy]:
    return [each async for each in kept.seen_in(ACCOUNT, run)]


async def test_what_is_found_is_kept_as_it_was_said(kept: Discrepancies) -> None:
    assert await record(kept) is None
    (only,) = [each async for each in kept.open_ones(ACCOUNT)]
    assert only == Discrepancy(FOUND, State.OPEN, later(0), later(0), "r1")


async def test_it_is_counted_once_for_each_run_and_the_last_word_stays(kept: Discrepancies) -> None:
    await record(kept)
    await record(kept, seconds=1)
    said = replace(FOUND, says="$more")
    before = await record(kept, said, "r2", seconds=2)
    assert before is not None
    assert (before.count, before.found, before.last_seen_at) == (1, FOUND, later(1))
    (now,) = await everything(kept, "r2")
    assert (now.count, now.found, now.first_seen_at) == (2, said, later(0))


async def test_what_may_not_be_added_is_only_seen_again(kept: Discrepancies) -> None:
    assert await kept.record(FOUND, run="r1", now=START, may_add=False) is None
    assert await everything(kept) == []
    await record(kept)
    await kept.record(FOUND, run="r2", now=START, may_add=False)
    assert [each.count for each in await everything(kept, "r2")] == [2]


async def test_an_open_one_is_settled_and_opens_again_when_it_is_seen(kept: Discrepancies) -> None:
    await record(kept)
    await kept.settle(FOUND, State.JOINED, run="r1", now=later(1), is_told=True)
    (joined,) = await everything(kept)
    assert (joined.state, joined.told_run, joined.last_seen_at) == (State.JOINED, "r1", later(1))
    before = await record(kept, run="r2")
    assert before is not None
    assert before.is_stuck(FOUND, run="r2")
    assert not before.is_stuck(replace(FOUND, says="else"), run="r2")
    assert not before.is_stuck(FOUND, run="r1")


async def test_what_is_settled_is_not_settled_otherwise(kept: Discrepancies) -> None:
    await record(kept)
    await kept.settle(FOUND, State.GONE, run="r1", now=later(1))
    await kept.settle(FOUND, State.JOINED, run="r2", now=later(2))
    (only,) = await everything(kept)
    assert only.state is State.GONE


async def test_open_ones_are_counted_by_kind_of_their_account_alone(kept: Discrepancies) -> None:
    for number in range(3):
        await record(kept, replace(FOUND, payment_id=f"p{number}"))
    await record(kept, replace(FOUND, kind=Kind.NOT_OURS, order_id=None, order_reference=None))
    await record(kept, replace(FOUND, account="other"))
    await kept.settle(replace(FOUND, payment_id="p0"), State.JOINED, run="r1", now=START)
    assert await kept.open_counts(ACCOUNT) == {Kind.REFUND: 2, Kind.NOT_OURS: 1}
    assert len([each async for each in kept.open_ones(ACCOUNT)]) == 3


async def test_of_two_that_find_it_at_once_none_fails_and_it_is_there_once(
    kept: Discrepancies,
) -> None:
    await asyncio.gather(*(record(kept, run=f"r{n}") for n in range(20)))
    (only,) = [each async for each in kept.open_ones(ACCOUNT)]
    assert only.count == 20
