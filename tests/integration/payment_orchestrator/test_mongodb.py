"""What only the real database can show."""

import asyncio

import pytest
from pymongo import IndexModel

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_indexes import INDEXES
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.mongo_webhook_events import MongoWebhookEvents
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.order import new_order
from payments_common.errors import Misconfigured, StoreUnavailable
from payments_common.gateways.port import ApiCall, CallContext
from payments_common.schemas.webhooks import WebhookMessage
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_store import MongoStore
from support.builders import NOW, change_of, session
from support.eventually import eventually
from support.mongo import fresh_store


async def test_every_index_is_there_and_creating_them_again_changes_nothing(
    stack: StackUrls,
) -> None:
    async with fresh_store(stack.mongodb_url) as store:
        await ensure_indexes(store.database, INDEXES)
        for collection, wanted in INDEXES.items():
            there = await store.database[collection].index_information()
            for index in wanted:
                options = index.document
                found = there[options["name"]]
                assert found["key"] == list(options["key"].items())
                for option in ("unique", "expireAfterSeconds", "sparse"):
                    assert found.get(option) == options.get(option)


async def test_an_index_that_is_there_with_other_options_stops_the_start(stack: StackUrls) -> None:
    async with fresh_store(stack.mongodb_url) as store:
        await store.database["orders"].drop_index("reference")
        await store.database["orders"].create_indexes(
            [IndexModel([("order_reference", 1)], name="reference")]
        )
        with pytest.raises(Misconfigured, match="indexes of orders"):
            await ensure_indexes(store.database, INDEXES)


async def test_writes_are_acknowledged_by_a_majority_and_journaled(stack: StackUrls) -> None:
    async with fresh_store(stack.mongodb_url) as store:
        concern = store.database["orders"].write_concern.document
        assert (concern["w"], concern["j"]) == ("majority", True)


async def test_a_write_whose_caller_was_cancelled_is_not_torn(stack: StackUrls) -> None:
    """Cancellation is no rollback: the write goes on, and reading shows all of it or nothing."""
    async with fresh_store(stack.mongodb_url) as store:
        orders = MongoOrders(store.database["orders"], store.database["order_history"])
        order = new_order(session(), order_id="order-1", now=NOW)
        await orders.insert(begin_new(order, now=NOW, new_id=lambda: "id"))
        stored = await orders.get("order-1")
        assert stored is not None
        writing = asyncio.create_task(orders.save(change_of(stored).told("note", "cancelled")))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

        async def arrived() -> bool:
            after = await orders.get("order-1")
            return after is not None and after.version == 2

        await eventually(arrived)
        assert [entry.kind for entry in await orders.history("order-1")] == ["note"]


async def test_a_database_that_is_away_is_worth_another_try() -> None:
    store = MongoStore("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200", "nowhere")
    orders = MongoOrders(store.database["orders"], store.database["order_history"])
    with pytest.raises(StoreUnavailable):
        await orders.get("order-1")
    store.close()


async def test_a_webhooks_bytes_are_kept_as_they_came_whatever_their_keys(
    stack: StackUrls,
) -> None:
    body = b'{"$where": "1", "a.b": {"$gt": 0}, "n": 18446744073709551616}'
    delivery = WebhookMessage(
        account="tabby-ksa",
        event_key="sha256:1",
        received_at=NOW,
        body_base64=WebhookMessage.encode_body(body),
        verdict="authentic",
    )
    async with fresh_store(stack.mongodb_url) as store:
        await MongoWebhookEvents(store.database["webhook_events"]).record(delivery)
        found = await store.database["webhook_events"].find_one()
        assert found is not None
        assert (found["body"], found["deliveries"]) == (body, 1)


async def test_a_gateway_call_is_found_by_its_order(stack: StackUrls) -> None:
    call = ApiCall(
        account="tabby-ksa",
        operation="capture",
        method="POST",
        path="/api/v2/payments/1/captures",
        request={"amount": "1.00"},
        status=200,
        answer={"$id": "1", "a.b": 2},
        error=None,
        started_at=NOW,
        duration_seconds=0.1,
        context=CallContext(order_id="order-1", operation_id="command-1", purpose="capture"),
    )
    async with fresh_store(stack.mongodb_url) as store:
        api_calls = MongoApiCalls(store.database["api_calls"], lambda: "call-1")
        assert await api_calls.record(call) == "call-1"
        found = await api_calls.of_order("order-1")
        assert [(each["_id"], each["status"]) for each in found] == [("call-1", 200)]
