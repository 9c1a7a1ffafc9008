"""The log of operations on the real database: what is found, in which order, by which index."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_operation_log import (
    MongoOperationLog,
    calls_queries,
    orders_query,
)
from payment_orchestrator.adapters.mongo_orders import HISTORY_KEPT, MongoOrders
from payment_orchestrator.domain.audit_calls import Evidence
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin, Wanted
from payment_orchestrator.domain.order import OperationKind
from payments_common.gateways.port import ApiCall, CallContext
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_store import Document, MongoStore
from support.builders import NOW, facts, later
from support.mongo import fresh_store
from support.order_life import OrderLife
from support.world import SteppingClock

CAPTURE, REFUND = OperationKind.CAPTURE, OperationKind.REFUND
A_DAY = 24 * 60 * 60
ALL = Wanted()


@pytest.fixture
async def store(stack: StackUrls) -> AsyncIterator[MongoStore]:
    async with fresh_store(stack.mongodb_url) as store:
        yield store


def log_in(store: MongoStore, *, most_orders: int = 500) -> MongoOperationLog:
    long_after = SteppingClock(later(400 * A_DAY))
    return MongoOperationLog(store.database, clock=long_after, most_orders=most_orders)


async def read(store: MongoStore, wanted: Wanted = ALL, *, most_orders: int = 500) -> list[Entry]:
    return [entry async for entry, _ in log_in(store, most_orders=most_orders).read(wanted)]


def orders_in(store: MongoStore) -> MongoOrders:
    return MongoOrders(store.database["orders"], store.database["order_history"])


async def captured(
    store: MongoStore, number: int, *, at: float, user_id: str = "warehouse", **changes: object
) -> None:
    """An order of its own with one capture, sent `at`, and its payment `payment-NUMBER`."""
    life = OrderLife(order_id=f"order-{number}", order_reference=f"SHOP-{number}", **changes)  # type: ignore[arg-type]
    payment, command = f"payment-{number}", f"command-{number}"
    total = life.order.total_amount
    held = facts(authorized=total.amount_minor, currency=total.currency)
    life.sees(held, at=at, payment_id=payment)
    life.asks(CAPTURE, at=at, operation_id=command, user_id=user_id).sends(command, at=at)
    told = facts(
        authorized=total.amount_minor,
        captures={f"c{number}": total.amount_minor},
        references={f"c{number}": command},
        closed=True,
    )
    await life.sees(told, at=at + 1, payment_id=payment).store(orders_in(store))


async def refunded_in_dashboard(store: MongoStore, number: int, *, at: float) -> None:
    life = OrderLife(order_id=f"order-{number}", order_reference=f"SHOP-{number}")
    told = facts(authorized=15000, captures={"c1": 15000}, refunds={"r1": 700}, closed=True)
    await life.sees(told, at=at, payment_id=f"payment-{number}", evidence="call-9").store(
        orders_in(store)
    )


async def test_the_log_is_in_order_of_time_over_all_orders_and_windows(store: MongoStore) -> None:
    times = [n * 7919 % 20 * 3600 + 59 - n for n in range(40)]
    for number, at in enumerate(times):
        await captured(store, number, at=at)
    found = await read(store, most_orders=5)
    assert [entry.at for entry in found] == sorted(later(at) for at in times)


async def test_more_orders_than_a_window_holds_are_all_told_though_they_share_a_minute(
    store: MongoStore,
) -> None:
    for number in range(12):
        await captured(store, number, at=number / 10)
    assert len(await read(store, most_orders=3)) == 12


async def test_reading_is_a_stream_whose_windows_hold_few_orders(store: MongoStore) -> None:
    for number in range(8):
        await captured(store, number, at=number * 3600)
    log = log_in(store, most_orders=2).read(ALL)
    first, _ = await anext(log)
    await store.database["orders"].delete_many({"_id": {"$ne": "order-0"}})
    assert first.order_id == "order-0"
    assert [entry.order_id async for entry, _ in log] == ["order-1"]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(order_reference="SHOP-1"), [1]),
        (Wanted(payment_id="payment-2"), [2]),
        (Wanted(payment_id="payment-2", account="tabby-kwt"), []),
        (Wanted(account="tabby-kwt"), [1]),
        (Wanted(user_id="warehouse"), [0, 1, 2]),
        (Wanted(user_id="nobody"), []),
        (Wanted(kinds=frozenset({REFUND})), [3]),
        (Wanted(kinds=frozenset({CAPTURE, REFUND})), [0, 1, 2, 3, 3]),
        (Wanted(outcomes=frozenset({EntryOutcome.DECLINED})), []),
        (Wanted(since=later(A_DAY)), [1, 2, 3, 3]),
        (Wanted(since=later(A_DAY + 0.001)), [2, 3, 3]),
        (Wanted(until=later(A_DAY)), [0]),
        (Wanted(until=later(A_DAY + 0.001)), [0, 1]),
        (Wanted(since=later(A_DAY), until=later(2 * A_DAY)), [1]),
        (Wanted(since=later(9 * A_DAY)), []),
    ],
)
async def test_each_filter_leaves_what_it_names(
    store: MongoStore, wanted: Wanted, numbers: list[int]
) -> None:
    kuwait = {"account": "tabby-kwt"}
    for number, more in enumerate(({}, kuwait, {})):
        await captured(store, number, at=number * A_DAY, **more)
    await refunded_in_dashboard(store, 3, at=3 * A_DAY)
    found = await read(store, wanted)
    assert [int(entry.order_reference.removeprefix("SHOP-")) for entry in found] == numbers


async def test_what_a_gateway_told_is_found_by_time_and_by_no_user(store: MongoStore) -> None:
    await refunded_in_dashboard(store, 3, at=60)
    found = await read(store, Wanted(since=later(60), until=later(61)))
    assert [(e.kind, e.origin, e.user_id) for e in found] == [
        (CAPTURE, Origin.GATEWAY, None),
        (REFUND, Origin.GATEWAY, None),
    ]


async def test_attempts_and_refusals_that_left_the_order_s_document_are_still_told(
    store: MongoStore,
) -> None:
    life = OrderLife().sees(facts(authorized=15000), at=1)
    life.is_refused(REFUND, 1, at=2, operation_id="no-1").asks(CAPTURE, 5000, at=3)
    attempts = HISTORY_KEPT
    for number in range(attempts):
        life.sends(at=10 + 400 * number).is_not_sent(at=11 + 400 * number)
    await life.store(orders_in(store))
    document = await store.database["orders"].find_one({"_id": "order-1"})
    assert document is not None
    assert len(document["history"]) == HISTORY_KEPT < document["history_length"]
    found = await read(store)
    assert [e.outcome for e in found[:2]] == [EntryOutcome.REFUSED, EntryOutcome.NOT_KEPT]
    assert [e.attempt for e in found[1:]] == list(range(1, attempts + 1))


async def test_each_attempt_is_told_with_the_gateway_s_raw_answer(store: MongoStore) -> None:
    life = OrderLife().sees(facts(authorized=15000), at=1).asks(CAPTURE, 5000, at=2)
    life.sends(at=3).is_not_sent(at=4).sends(at=9)
    await life.store(orders_in(store))
    await record(store, "call-1", at=3.1, status=None, answer=None, error="away")
    await record(store, "call-2", at=9.1, status=200, answer={"amount": "50.00"}, error=None)
    one, two = [evidence.sent async for _, evidence in log_in(store).read(ALL)]
    assert one
    assert two
    assert (one.error, one.answer, one.request) == ("away", None, "POST /captures")
    assert (two.status, two.answer) == (200, '{"amount":"50.00"}')


async def test_what_was_made_elsewhere_is_told_with_the_answer_that_told_of_it(
    store: MongoStore,
) -> None:
    await refunded_in_dashboard(store, 3, at=60)
    await record(store, "call-9", at=59, status=200, answer={"refunds": []}, error=None)
    found = [evidence async for _, evidence in log_in(store).read(ALL)]
    assert [answer_in(evidence) for evidence in found] == ['{"refunds":[]}'] * 2


async def test_the_log_of_an_empty_database_is_empty(store: MongoStore) -> None:
    assert await read(store) == []


A_PERIOD = Wanted(since=later(A_DAY), until=later(2 * A_DAY))
ALL_TIME = Wanted(since=NOW, until=later(40 * A_DAY))


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        (A_PERIOD, {"logged"}),
        (replace(A_PERIOD, account="tabby-ksa"), {"logged"}),
        (replace(ALL_TIME, user_id="support"), {"logged_user"}),
        (Wanted(order_reference="SHOP-1"), {"reference"}),
        (Wanted(payment_id="payment-1"), {"payment_id"}),
        (Wanted(payment_id="payment-1", account="tabby-ksa"), {"payment_id", "payment"}),
    ],
)
async def test_each_way_to_ask_is_answered_by_an_index(
    store: MongoStore, wanted: Wanted, indexes: set[str]
) -> None:
    for number in range(8):
        who = "support" if number == 1 else "warehouse"
        await captured(store, number, at=number * A_DAY, user_id=who)
    plan = await explained(store, "orders", orders_query(wanted))
    assert index_of(plan) in indexes
    assert plan["executionStats"]["totalDocsExamined"] == 1


async def test_the_calls_of_attempts_are_found_and_ordered_by_an_index(store: MongoStore) -> None:
    for number in range(8):
        await captured(store, number, at=number)
        await record(store, f"call-{number}", at=number, status=200, answer=None, error=None)
    found = await read(store, Wanted(order_reference="SHOP-1"))
    (query,) = calls_queries(found)
    plan = await explained(store, "api_calls", query, sort={"order_id": 1, "started_at": 1})
    assert index_of(plan) == "order"
    assert "SORT" not in stages_of(plan)


async def explained(
    store: MongoStore, collection: str, query: Document, **more: Document
) -> Document:
    command = {"find": collection, "filter": query, **more}
    answer: Document = await store.database.command("explain", command, verbosity="executionStats")
    return answer


def stages_of(plan: Document) -> dict[str, Document]:
    """By name, of the winning plan."""
    stages, stage = {}, plan["queryPlanner"]["winningPlan"]
    while stage:
        stage = stage.get("queryPlan", stage)
        stages[stage["stage"]] = stage
        stage = stage.get("inputStage")
    return stages


def index_of(plan: Document) -> str:
    return str(stages_of(plan)["IXSCAN"]["indexName"])


async def record(
    store: MongoStore,
    call_id: str,
    *,
    at: float,
    status: int | None,
    answer: dict[str, Any] | None,
    error: str | None,
) -> None:
    call = ApiCall(
        account="tabby-ksa",
        operation="capture",
        method="POST",
        path="/captures",
        request={"amount": "50.00"},
        status=status,
        answer=answer,
        error=error,
        started_at=NOW + timedelta(seconds=at),
        duration_seconds=0.1,
        context=CallContext(order_id="order-1", operation_id="command-1", purpose="capture"),
    )
    await MongoApiCalls(store.database["api_calls"], lambda: call_id).record(call)


def answer_in(evidence: Evidence) -> str | None:
    return evidence.sent.answer if evidence.sent else None
