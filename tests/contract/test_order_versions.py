"""What pages wait for: the versions of many orders in one question."""

from collections.abc import AsyncIterator

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import new_order
from support.builders import CAPABILITIES, NOW, change_of, session
from support.mongo import fresh_store

Orders = MemoryOrders | MongoOrders


@pytest.fixture(params=["memory", "mongodb"])
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[Orders]:
    if request.param == "memory":
        yield MemoryOrders()
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        yield MongoOrders(store.database["orders"], store.database["order_history"])


async def test_each_order_that_there_is_has_its_version(orders: Orders) -> None:
    for number in (1, 2, 3):
        made = new_order(
            session(order_reference=f"SHOP-{number}"), order_id=f"order-{number}", now=NOW
        )
        begun = begin_new(made, now=NOW, new_id=lambda: "id")
        await orders.insert(finish(begun, CAPABILITIES))
    second = await orders.get("order-2")
    assert second is not None
    await orders.save(change_of(second).told("recheck", "somebody looked"))
    wanted = ["order-1", "order-2", "order-9"]
    assert await orders.versions(wanted) == {"order-1": 1, "order-2": 2}
    assert await orders.versions([]) == {}
