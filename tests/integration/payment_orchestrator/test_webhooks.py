"""Webhooks as hints: read back, coalesced, never believed by themselves, never lost (law 5)."""

import pytest

from payment_orchestrator.handlers.read_payment import MOST_PENDING_ANSWERS
from payments_common.messaging.topology import QUEUE_OPERATIONS
from support.builders import recheck
from support.eventually import eventually
from support.world import World, world

UNKNOWN_PAYMENT = "11111111-1111-4111-8111-111111111111"


def outcomes(here: World) -> list[str]:
    return list(here.tools.webhook_events.outcomes.values())  # type: ignore[attr-defined]


def reads(here: World) -> int:
    return sum(call.context.purpose == "read_back" for call in here.api_calls.calls)


async def test_a_webhook_that_claims_another_amount_changes_nothing_by_itself() -> None:
    """Tabby may still say CREATED when its webhook is here: it is asked a few times more."""
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.webhook(
            {"id": payment_id, "status": "closed", "amount": "9999", "currency": "SAR"}
        )
        await eventually(lambda: reads(here) == 1 + MOST_PENDING_ANSWERS)
        assert (await here.order()).status == "pending"
        told = await here.tools.orders.history(order.order_id)
        assert any("9999" in entry.text for entry in told if entry.kind == "webhook")


async def test_an_amount_that_the_gateway_itself_changed_is_held_for_review() -> None:
    async with world() as here:
        order = await here.pending(capture_mode="automatic")
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await here.fault("get_payment", "wrong_amount", amount="1.00")
        await here.webhook({"id": payment_id, "status": "authorized"})

        async def flagged() -> bool:
            return (await here.order()).review == ("amount_mismatch",)

        await eventually(flagged)
        assert (await here.order()).operations == ()


async def test_the_same_delivery_again_only_counts_up() -> None:
    async with world() as here:
        order = await here.authorized()
        before = reads(here)
        payment_id = order.payments[0].payment_id
        body = {"id": payment_id, "status": "authorized", "amount": "150"}
        for _ in range(20):
            await here.webhook(body)
        counts = here.tools.webhook_events.counts  # type: ignore[attr-defined]
        await eventually(lambda: max(counts.values()) == 21)
        assert reads(here) == before


async def test_a_burst_of_webhooks_costs_few_reads() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        for number in range(30):
            await here.webhook({"id": payment_id, "status": "authorized", "n": number})
        await eventually(lambda: len(outcomes(here)) == 30)
        await eventually(lambda: not here.broker.queued(QUEUE_OPERATIONS))
        await here.until("SHOP-1001", "authorized")
        assert reads(here) <= 10


async def test_a_webhook_for_an_unknown_payment_is_kept_and_hurts_nobody() -> None:
    async with world() as here:
        await here.webhook({"id": UNKNOWN_PAYMENT, "order": {"reference_id": "NOT-OURS"}})
        await eventually(lambda: outcomes(here) == ["unknown_order: NOT-OURS"])
        assert here.dead_letters() == []


async def test_a_hint_that_names_another_orders_payment_moves_nothing_here() -> None:
    async with world() as here:
        await here.pending()
        theirs = await here.sandbox.authorized(amount="150.00", reference_id="SOMEBODY-ELSE")
        await here.webhook({"id": theirs, "order": {"reference_id": "SHOP-1001"}})
        await eventually(lambda: reads(here) == 1)

        async def ignored() -> bool:
            return "not_ours" in await here.story()

        await eventually(ignored)
        assert (await here.order()).status == "pending"


async def test_a_read_back_that_cannot_be_done_stays_due_and_is_done_later() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await here.fault("get_payment", "error", status=503, count=3)
        await here.webhook({"id": payment_id, "status": "authorized"})
        await here.until("SHOP-1001", "authorized")
        assert (await here.story()).count("gateway_unavailable") == 3


async def test_a_lost_webhook_is_made_up_for_by_a_recheck() -> None:
    async with world() as here:
        order = await here.pending()
        await here.sandbox.control(f"payments/{order.payments[0].payment_id}/pay")
        answer = await here.send(recheck())
        assert (answer.outcome, answer.status) == ("succeeded", "authorized")


@pytest.mark.parametrize("payment_id", ["not-a-uuid", UNKNOWN_PAYMENT])
async def test_a_payment_id_that_the_gateway_does_not_know_stops_nothing(payment_id: str) -> None:
    async with world() as here:
        order = await here.pending()
        assert (await here.send(recheck(payment_id=payment_id))).outcome == "succeeded"
        assert "unknown_payment" in await here.story()
        await here.sandbox.control(f"payments/{order.payments[0].payment_id}/pay")
        assert (await here.send(recheck())).status == "authorized"


async def test_a_payment_of_an_older_session_is_joined_when_it_names_the_order() -> None:
    async with world() as here:
        first = await here.pending()
        await here.pending()
        older = first.payments[0].payment_id
        await here.sandbox.control(f"payments/{older}/pay")
        await here.webhook({"id": older, "status": "authorized"})
        assert (await here.until("SHOP-1001", "authorized")).review == ()


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b'{"id": "1", "id": "2"}',
        b'{"id": NaN}',
        b'{"id": 99999999999999999999}',
        b"[]",
        b'{"id": "not-a-uuid"}',
    ],
)
async def test_an_authentic_body_that_cannot_be_read_becomes_a_dead_letter(body: bytes) -> None:
    async with world() as here:
        await here.webhook(body)
        await eventually(lambda: len(here.dead_letters()) == 1)
        assert here.dead_letters()[0]["x-payments-reason"]
        assert outcomes(here)[0].startswith("invalid_")


async def test_a_webhook_that_could_not_be_processed_has_its_effect_when_replayed() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        account = here.gateways.pop("tabby-ksa")
        await here.webhook({"id": payment_id, "status": "authorized"})
        await eventually(lambda: len(here.dead_letters()) == 1)
        here.gateways["tabby-ksa"] = account
        await here.webhook({"id": payment_id, "status": "authorized"})
        await here.until("SHOP-1001", "authorized")


async def test_a_proxys_page_loses_no_read_back() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await here.fault("get_payment", "html", status=404)
        await here.webhook({"id": payment_id, "status": "authorized"})
        await here.until("SHOP-1001", "authorized")


async def test_an_authentic_delivery_that_is_about_no_payment_is_ignored() -> None:
    async with world() as here:
        await here.webhook({"dispute_id": "d-1", "payment_id": UNKNOWN_PAYMENT, "status": "new"})
        await eventually(lambda: len(outcomes(here)) == 1)
        assert outcomes(here)[0].startswith("ignored")
