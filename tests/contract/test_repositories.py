"""The repositories' promises, kept by MongoDB and by memory alike."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.memory import MemoryCommands, MemoryOrders, MemoryWebhookEvents
from payment_orchestrator.adapters.mongo_commands import MongoCommands
from payment_orchestrator.adapters.mongo_orders import HISTORY_KEPT, MongoOrders
from payment_orchestrator.adapters.mongo_webhook_events import MongoWebhookEvents
from payment_orchestrator.domain.change import Change, begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import OperationKind, new_order
from payment_orchestrator.domain.requests import request
from payment_orchestrator.ports import (
    CommandRepository,
    OrderRepository,
    WebhookEventRepository,
)
from payments_common.errors import IdempotencyConflict, LostRace
from payments_common.schemas.replies import Answer, Outcome
from payments_common.schemas.webhooks import WebhookMessage
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    asked,
    change_of,
    facts,
    later,
    observation,
    session,
)
from support.mongo import fresh_store


@dataclass
class Repositories:
    orders: OrderRepository
    commands: CommandRepository
    webhook_events: WebhookEventRepository


@pytest.fixture(params=["memory", "mongodb"])
async def stored(request: pytest.FixtureRequest) -> AsyncIterator[Repositories]:
    if request.param == "memory":
        yield Repositories(MemoryOrders(), MemoryCommands(), MemoryWebhookEvents())
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        database = store.database
        yield Repositories(
            MongoOrders(database["orders"], database["order_history"]),
            MongoCommands(database["commands"]),
            MongoWebhookEvents(database["webhook_events"]),
        )


def new(order_id: str = "order-1", **changes: object) -> Change:
    order = new_order(session(**changes), order_id=order_id, now=NOW)
    begun = begin_new(order, now=NOW, new_id=lambda: "id").told("created", "made")
    return finish(begun, CAPABILITIES)


async def with_capture(stored: Repositories) -> Change:
    """An order that was authorized and asked to be captured, not yet saved."""
    await stored.orders.insert(new())
    change = await begun(stored)
    told = facts(authorized=15000)
    change = finish(observe(change, observation(told)), CAPABILITIES)
    return finish(request(change, asked(OperationKind.CAPTURE, 5000), CAPABILITIES), CAPABILITIES)


async def begun(stored: Repositories) -> Change:
    order = await stored.orders.get("order-1")
    assert order is not None
    return change_of(order)


async def test_an_order_comes_back_as_it_was_saved(stored: Repositories) -> None:
    change = await with_capture(stored)
    await stored.orders.save(change)
    order = await stored.orders.get("order-1")
    assert order is not None
    assert order.model_dump(exclude={"version"}) == change.order.model_dump(exclude={"version"})


async def test_an_order_is_found_by_its_reference_and_by_its_payment(stored: Repositories) -> None:
    await stored.orders.save(await with_capture(stored))
    by_reference = await stored.orders.find_by_reference("SHOP-1001")
    assert by_reference == await stored.orders.find_by_payment("tabby-ksa", PAYMENT)
    assert by_reference is not None
    assert await stored.orders.find_by_payment("another-account", PAYMENT) is None
    assert await stored.orders.find_by_reference("SHOP-2") is None


async def test_an_order_reference_is_used_once(stored: Repositories) -> None:
    await stored.orders.insert(new())
    with pytest.raises(LostRace):
        await stored.orders.insert(new("order-2"))


async def test_two_orders_without_payments_do_not_collide(stored: Repositories) -> None:
    await stored.orders.insert(new())
    await stored.orders.insert(new("order-2", order_reference="SHOP-2"))
    assert await stored.orders.get("order-2") is not None


async def test_law_8_of_two_writers_of_one_version_one_loses_and_leaves_no_trace(
    stored: Repositories,
) -> None:
    change = await with_capture(stored)
    other = finish((await begun(stored)).told("other", "came second"), CAPABILITIES)
    await stored.orders.save(change)
    with pytest.raises(LostRace):
        await stored.orders.save(other)
    assert "other" not in [entry.kind for entry in await stored.orders.history("order-1")]


async def test_of_many_concurrent_writers_each_version_has_one(stored: Repositories) -> None:
    await stored.orders.insert(new())

    async def write(number: int) -> bool:
        change = (await begun(stored)).told("note", f"writer {number}")
        try:
            await stored.orders.save(change)
        except LostRace:
            return False
        return True

    won = sum(await asyncio.gather(*(write(number) for number in range(20))))
    order = await stored.orders.get("order-1")
    assert order is not None
    assert (won >= 1, order.version) == (True, 1 + won)


async def test_messages_wait_in_the_outbox_until_they_are_delivered(stored: Repositories) -> None:
    change = await with_capture(stored)
    await stored.orders.save(change)
    ids = [message.envelope.id for message in change.messages]
    assert await _outbox(stored) == ids
    await stored.orders.delivered("order-1", ids[:1])
    assert await _outbox(stored) == ids[1:]
    await stored.orders.delivered("order-1", ids[1:])
    assert await _outbox(stored) == []


async def test_the_outbox_gives_the_committing_process_time(stored: Repositories) -> None:
    await stored.orders.save(await with_capture(stored))
    early = [each async for each in stored.orders.undelivered(committed_before=later(-1), limit=9)]
    assert early == []


async def test_clearing_the_outbox_does_not_make_a_writer_lose(stored: Repositories) -> None:
    change = await with_capture(stored)
    await stored.orders.save(change)
    next_change = (await begun(stored)).told("note", "meanwhile")
    await stored.orders.delivered("order-1", [message.envelope.id for message in change.messages])
    await stored.orders.save(next_change)
    assert await _outbox(stored) == []


async def test_history_is_kept_whole_however_long_it_grows(stored: Repositories) -> None:
    await stored.orders.insert(new())
    for _ in range(3):
        change = await begun(stored)
        for number in range(HISTORY_KEPT // 2):
            change = change.told("note", f"line {number}")
        await stored.orders.save(change)
    entries = await stored.orders.history("order-1")
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) == 3 * (HISTORY_KEPT // 2) + 2


async def test_a_command_id_belongs_to_its_first_content(stored: Repositories) -> None:
    claim = stored.commands.claim
    assert await claim("c-1", digest="a", received_at=NOW) is None
    assert await claim("c-1", digest="a", received_at=NOW) is None
    with pytest.raises(IdempotencyConflict):
        await claim("c-1", digest="b", received_at=NOW)


async def test_the_first_answer_is_kept(stored: Repositories) -> None:
    await stored.commands.claim("c-1", digest="a", received_at=NOW)
    first = Answer(command_id="c-1", outcome=Outcome.REFUSED, code="first")
    second = Answer(command_id="c-1", outcome=Outcome.REFUSED, code="second")
    assert await stored.commands.answer("c-1", first) == first
    assert await stored.commands.answer("c-1", second) == first
    assert await stored.commands.claim("c-1", digest="a", received_at=NOW) == first


async def test_a_refusal_without_an_order_is_the_commands_answer(stored: Repositories) -> None:
    await stored.commands.claim("c-1", digest="a", received_at=NOW)
    refused = Answer(command_id="c-1", outcome=Outcome.REFUSED, code="unknown_order")
    assert await stored.commands.refuse("c-1", refused) == refused
    claimed = await stored.commands.claim("c-1", digest="a", received_at=NOW, order_id="order-1")
    assert claimed == refused


@pytest.mark.parametrize("first", [None, "order-1"])
async def test_once_an_order_decides_nobody_else_refuses(
    stored: Repositories, first: str | None
) -> None:
    claim = stored.commands.claim
    await claim("c-1", digest="a", received_at=NOW, order_id=first)
    assert await claim("c-1", digest="a", received_at=NOW, order_id="order-1") is None
    refused = Answer(command_id="c-1", outcome=Outcome.REFUSED, code="unknown_order")
    assert await stored.commands.refuse("c-1", refused) is None
    decided = Answer(command_id="c-1", outcome=Outcome.SUCCEEDED)
    assert await stored.commands.answer("c-1", decided) == decided


async def test_law_2_a_webhook_is_due_until_its_effect_is_stored(stored: Repositories) -> None:
    delivery = webhook()
    assert await stored.webhook_events.record(delivery)
    assert await stored.webhook_events.record(delivery)
    await stored.webhook_events.processed(delivery, outcome="done", at=NOW)
    assert not await stored.webhook_events.record(delivery)
    assert await stored.webhook_events.record(webhook(event_key="another"))


async def test_a_refused_delivery_does_not_stand_for_an_authentic_one(stored: Repositories) -> None:
    refused = webhook(verdict="signature_invalid")
    await stored.webhook_events.record(refused)
    await stored.webhook_events.processed(refused, outcome="refused", at=NOW)
    assert await stored.webhook_events.record(webhook())


async def test_a_webhook_secret_that_no_delivery_matched_is_not_told(stored: Repositories) -> None:
    await stored.webhook_events.record(webhook(secret_id="current"))
    refused = webhook(verdict="signature_invalid", event_key="another")
    await stored.webhook_events.record(refused)
    assert await stored.webhook_events.last_matched("tabby-ksa") == {"current": NOW}
    assert await stored.webhook_events.last_matched("another-account") == {}


async def test_of_many_deliveries_the_latest_match_of_each_secret_counts(
    stored: Repositories,
) -> None:
    record = stored.webhook_events.record
    await record(webhook(secret_id="current", received_at=later(9)))
    await record(webhook(secret_id="current", event_key="b", received_at=later(5)))
    await record(webhook(secret_id="next", event_key="c", received_at=later(7)))
    matched = await stored.webhook_events.last_matched("tabby-ksa")
    assert matched == {"current": later(9), "next": later(7)}


async def test_a_duplicate_under_a_new_secret_counts_for_the_new_one(stored: Repositories) -> None:
    await stored.webhook_events.record(webhook(secret_id="current"))
    await stored.webhook_events.record(webhook(secret_id="next", received_at=later(5)))
    await stored.webhook_events.record(webhook(secret_id="next", received_at=later(3)))
    matched = await stored.webhook_events.last_matched("tabby-ksa")
    assert matched == {"current": NOW, "next": later(5)}


def webhook(
    *,
    event_key: str = "sha256:1",
    verdict: str = "authentic",
    secret_id: str | None = None,
    received_at: datetime = NOW,
) -> WebhookMessage:
    return WebhookMessage(
        account="tabby-ksa",
        event_key=event_key,
        received_at=received_at,
        body_base64=WebhookMessage.encode_body(b'{"id": "1", "$where": {"a.b": 1}}'),
        headers=(("content-type", "application/json"),),
        verdict=verdict,
        secret_id=secret_id,
    )


async def _outbox(stored: Repositories) -> list[str]:
    found = stored.orders.undelivered(committed_before=later(1), limit=9)
    return [m.envelope.id async for _, messages in found for m in messages]
