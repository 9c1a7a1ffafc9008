"""An order whose work nobody does is found, by MongoDB and by memory alike."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.mongo_indexes import INDEXES
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.domain.change import Change, begin_new
from payment_orchestrator.domain.order import OperationKind
from payment_orchestrator.ports import NeglectedWork, OrderRepository
from payments_common.storage.ensure_indexes import ensure_indexes
from support.builders import NOW, authorized, change_of, later, order, requested
from support.mongo import fresh_store


class Orders(OrderRepository, NeglectedWork, Protocol):
    """What both adapters are."""


@pytest.fixture(params=["memory", "mongodb"])
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[Orders]:
    if request.param == "memory":
        yield MemoryOrders()
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        await ensure_indexes(store.database, INDEXES)
        yield MongoOrders(store.database["orders"], store.database["order_history"])


def with_a_capture() -> Change:
    return begin_new(
        requested(authorized(), OperationKind.CAPTURE, 9000), now=NOW, new_id=lambda: "id"
    )


async def test_an_order_at_rest_is_never_neglected(orders: Orders) -> None:
    await orders.insert(begin_new(order(), now=NOW, new_id=lambda: "id"))
    assert await orders.take_neglected(due_before=later(9999), now=later(9999)) is None


async def test_work_is_neglected_when_it_has_been_due_for_long(orders: Orders) -> None:
    await orders.insert(with_a_capture())
    assert await orders.take_neglected(due_before=later(-1), now=later(59)) is None
    assert await orders.take_neglected(due_before=NOW, now=later(60)) == "order-1"


async def test_who_takes_it_has_it_alone_and_others_have_it_later_and_later(orders: Orders) -> None:
    await orders.insert(with_a_capture())
    taken = [
        at
        for at in range(60, 1000, 10)
        if await orders.take_neglected(due_before=later(at - 60), now=later(at))
    ]
    assert taken == [60, 180, 420, 900]


async def test_work_that_was_done_is_no_longer_neglected(orders: Orders) -> None:
    await orders.insert(with_a_capture())
    stored = await orders.get("order-1")
    assert stored is not None
    await orders.save(change_of(stored).with_order(stored.model_copy(update={"operations": ()})))
    assert await orders.take_neglected(due_before=later(9999), now=later(9999)) is None


async def test_taking_it_makes_no_writer_lose(orders: Orders) -> None:
    await orders.insert(with_a_capture())
    stored = await orders.get("order-1")
    assert stored is not None
    await orders.take_neglected(due_before=NOW, now=later(60))
    await orders.save(change_of(stored).told("note", "meanwhile"))
