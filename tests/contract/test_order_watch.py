"""What waits on the orders, told by MongoDB and by memory alike."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.memory_watch import MemoryOrderWatch
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.mongo_watch import MongoOrderWatch
from payment_orchestrator.domain.change import Change, begin_new
from payment_orchestrator.domain.decisions import accept
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import outcome_unknown, submit
from payment_orchestrator.domain.order import OperationKind, OperationState, Review, new_order
from payment_orchestrator.domain.requests import request
from payment_orchestrator.domain.waiting import OpenOperations, Waiting
from payment_orchestrator.ports import OrderRepository, OrderWatch
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    NOW,
    asked,
    change_of,
    facts,
    later,
    observation,
    session,
)
from support.mongo import fresh_store

HELD = facts(authorized=15000)
LATE = facts(expired=True)


@dataclass
class Stored:
    orders: OrderRepository
    watch: OrderWatch

    async def insert(self, name: str, *, account: str = "tabby-ksa") -> None:
        command = session(order_reference=name, account=account)
        order = new_order(command, order_id=name, now=NOW)
        change = begin_new(order, now=NOW, new_id=lambda: "id").told("created", "made")
        await self.orders.insert(finish(change, CAPABILITIES))

    async def begin(self, name: str, *, now: datetime) -> Change:
        order = await self.orders.get(name)
        assert order is not None
        return change_of(order, now=now)

    async def save(self, change: Change) -> None:
        await self.orders.save(finish(change, CAPABILITIES))

    async def observe(self, name: str, *seen: PaymentFacts, at: datetime = NOW) -> None:
        for one in seen:
            change = await self.begin(name, now=at)
            await self.save(observe(change, observation(one, payment_id=f"payment-of-{name}")))

    async def ask(self, name: str, *operation_ids: str, at: datetime = NOW) -> None:
        for operation_id in operation_ids:
            change = await self.begin(name, now=at)
            wanted = asked(OperationKind.CAPTURE, 100, operation_id=operation_id)
            await self.save(request(change, wanted, CAPABILITIES))


@pytest.fixture(params=["memory", "mongodb"])
async def stored(request: pytest.FixtureRequest) -> AsyncIterator[Stored]:
    if request.param == "memory":
        orders = MemoryOrders()
        yield Stored(orders, MemoryOrderWatch(orders))
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        collection = store.database["orders"]
        orders_there = MongoOrders(collection, store.database["order_history"])
        yield Stored(orders_there, MongoOrderWatch(collection))


async def told(waiting: AsyncIterator[Waiting]) -> list[tuple[str, datetime]]:
    return [(each.order.order_reference, each.since) async for each in waiting]


async def test_where_nothing_waits_nothing_is_told(stored: Stored) -> None:
    await stored.insert("one")
    await stored.observe("one", HELD)
    assert await stored.watch.open_operations() == {}
    assert await stored.watch.in_review() == {}
    assert await told(stored.watch.open_since(later(999))) == []
    assert await told(stored.watch.reviewed(Review.PAID_LATE)) == []


async def test_open_operations_are_counted_by_account_and_state(stored: Stored) -> None:
    for name, account in (("one", "tabby-ksa"), ("two", "tabby-ksa"), ("three", "tabby-kwt")):
        await stored.insert(name, account=account)
        await stored.observe(name, HELD)
        await stored.ask(name, f"{name}-a", f"{name}-b", at=later(len(name)))
    change = await stored.begin("one", now=later(9))
    operation = change.order.operations[0]
    change = submit(change, operation, lease=later(9) - NOW)
    await stored.save(outcome_unknown(change, change.order.operations[0], why="no answer"))
    assert await stored.watch.open_operations() == {
        "tabby-ksa": OpenOperations(later(3), _counts(requested=3, unknown=1)),
        "tabby-kwt": OpenOperations(later(5), _counts(requested=2)),
    }


async def test_a_closed_operation_waits_no_longer(stored: Stored) -> None:
    await stored.insert("one")
    await stored.observe("one", HELD)
    await stored.ask("one", "capture-1", at=later(1))
    named = facts(authorized=15000, captures={"c1": 100}, references={"c1": "capture-1"})
    await stored.observe("one", named)
    assert await stored.watch.open_operations() == {}
    assert await told(stored.watch.open_since(later(999))) == []


async def test_orders_with_old_open_operations_are_told_oldest_first(stored: Stored) -> None:
    for name, seconds in (("younger", 20), ("oldest", 1), ("older", 10)):
        await stored.insert(name)
        await stored.observe(name, HELD)
        await stored.ask(name, f"{name}-a", at=later(seconds))
    assert await told(stored.watch.open_since(later(20))) == [
        ("oldest", later(1)),
        ("older", later(10)),
    ]


async def test_orders_in_review_are_counted_and_told_oldest_first(stored: Stored) -> None:
    for name, seconds in (("second", 20), ("first", 10)):
        await stored.insert(name)
        await stored.observe(name, LATE, HELD, at=later(seconds))
    assert await stored.watch.in_review() == {("tabby-ksa", Review.PAID_LATE): 2}
    assert await told(stored.watch.reviewed(Review.PAID_LATE)) == [
        ("first", later(10)),
        ("second", later(20)),
    ]
    assert await told(stored.watch.reviewed(Review.PAID_TWICE)) == []


async def test_an_order_with_several_reviews_is_told_under_each(stored: Stored) -> None:
    await stored.insert("one")
    await stored.observe("one", LATE, facts(total=1, authorized=1), at=later(10))
    assert await stored.watch.in_review() == {
        ("tabby-ksa", Review.PAID_LATE): 1,
        ("tabby-ksa", Review.AMOUNT_MISMATCH): 1,
    }


async def test_what_is_learnt_later_does_not_make_a_review_younger(stored: Stored) -> None:
    await stored.insert("one")
    await stored.observe("one", LATE, HELD, at=later(10))
    await stored.observe("one", HELD, at=later(30))
    assert await told(stored.watch.reviewed(Review.PAID_LATE)) == [("one", later(10))]


async def test_what_was_accepted_waits_no_longer_and_what_is_raised_again_is_new(
    stored: Stored,
) -> None:
    await stored.insert("one")
    await stored.observe("one", LATE, HELD, at=later(10))
    change = await stored.begin("one", now=later(20))
    await stored.save(accept(change, Review.PAID_LATE, by="noor", reason="in stock"))
    assert await stored.watch.in_review() == {}
    change = await stored.begin("one", now=later(30))
    await stored.save(observe(change, observation(facts(total=1), payment_id="another")))
    assert await told(stored.watch.reviewed(Review.AMOUNT_MISMATCH)) == [("one", later(30))]


def _counts(**counts: int) -> dict[OperationState, int]:
    states = (OperationState.REQUESTED, OperationState.SUBMITTED, OperationState.UNKNOWN)
    return {state: counts.get(state.value, 0) for state in states}
