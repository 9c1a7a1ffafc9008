"""What waits is counted every few seconds: the database reads no order for it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.mongo_watch import (
    MongoOrderWatch,
    open_pipeline,
    review_pipeline,
)
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import OperationKind, Review, new_order
from payment_orchestrator.domain.requests import request
from payments_common.storage.mongo_store import Collection, Document
from support.builders import CAPABILITIES, NOW, asked, change_of, facts, observation, session
from support.mongo import fresh_store

ORDERS = 40


@pytest.fixture
async def orders(stack: StackUrls) -> AsyncIterator[Collection]:
    """A quarter of them in review, a quarter with an open operation, half with neither."""
    async with fresh_store(stack.mongodb_url) as store:
        collection = store.database["orders"]
        repository = MongoOrders(collection, store.database["order_history"])
        for number in range(ORDERS):
            order = new_order(
                session(order_reference=f"SHOP-{number}"), order_id=f"order-{number}", now=NOW
            )
            await repository.insert(begin_new(order, now=NOW, new_id=lambda: "id"))
            stored = await repository.get(order.order_id)
            assert stored is not None
            seen = observation(
                facts(authorized=15000, failed=number % 4 == 1), payment_id=f"payment-{number}"
            )
            change = finish(observe(change_of(stored), seen), CAPABILITIES)
            if number % 4 == 0:
                wanted = asked(OperationKind.CAPTURE, 100)
                change = finish(request(change, wanted, CAPABILITIES), CAPABILITIES)
            await repository.save(change)
        yield collection


def _numbers(plan: object, name: str) -> list[int]:
    if isinstance(plan, dict):
        here = [plan[name]] if isinstance(plan.get(name), int) else []
        return here + [n for value in plan.values() for n in _numbers(value, name)]
    if isinstance(plan, list):
        return [n for value in plan for n in _numbers(value, name)]
    return []


async def _explained(orders: Collection, command: Document) -> Any:
    return await orders.database.command(
        {"explain": command, "verbosity": "executionStats"},
    )


@pytest.mark.parametrize("pipeline", [open_pipeline(), review_pipeline(Review.PAID_LATE)])
async def test_counting_reads_the_index_of_what_waits_and_no_order(
    orders: Collection, pipeline: list[Document]
) -> None:
    command = {"aggregate": orders.name, "pipeline": pipeline, "cursor": {}}
    plan = await _explained(orders, command)
    assert set(_numbers(plan, "totalDocsExamined")) == {0}
    assert max(_numbers(plan, "totalKeysExamined")) <= ORDERS // 4 + 1


async def test_listing_reads_only_the_orders_that_it_tells(orders: Collection) -> None:
    listed = [each async for each in MongoOrderWatch(orders).reviewed(Review.PAID_LATE)]
    assert len(listed) == ORDERS // 4
    query = {"review": "paid_late", "review_since": {"$gt": NOW.replace(year=2000)}}
    found = {"find": orders.name, "filter": query, "sort": {"review_since": 1}}
    plan = await _explained(orders, found)
    assert set(_numbers(plan, "totalDocsExamined")) == {ORDERS // 4}
    assert "'SORT'" not in str(plan["queryPlanner"])
