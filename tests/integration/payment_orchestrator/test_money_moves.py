"""Captures, refunds and voids through the real Tabby client; the sandbox's ledger decides."""

import asyncio

import pytest

from payment_orchestrator.domain.sessions import KEPT_ANSWERS
from payments_common.schemas.replies import Outcome
from support.builders import capture, refund, void
from support.eventually import eventually
from support.world import World, world


async def capture_requests(here: World, reference: str) -> int:
    """How often the gateway was asked for this capture."""
    order = await here.order()
    account = await here.sandbox.account(order.payments[0].payment_id)
    mine = [r for r in account["requests"] if r["reference_id"] == reference]
    return sum(r["count"] for r in mine if r["operation"] == "capture")


async def test_capture_refund_and_ledger_agree_to_the_minor_unit() -> None:
    async with world() as here:
        await here.captured()
        answer = await here.send(refund(amount_minor=4999))
        assert (answer.outcome, answer.status) == (Outcome.SUCCEEDED, "partially_refunded")
        await here.agrees()


async def test_a_manual_order_is_captured_in_parts_and_the_rest_voided() -> None:
    async with world() as here:
        await here.authorized()
        assert (await here.send(capture(amount_minor=4000))).status == "partially_captured"
        assert (await here.send(capture(amount_minor=1))).outcome is Outcome.SUCCEEDED
        answer = await here.send(void())
        assert answer.amount is not None
        assert answer.amount.amount_minor == 10999
        await here.agrees()


async def test_an_automatic_order_is_captured_without_a_command() -> None:
    async with world() as here:
        await here.authorized_automatically()
        await here.agrees()


async def test_two_concurrent_captures_that_together_exceed_end_in_one_clear_refusal() -> None:
    async with world() as here:
        await here.authorized()
        one, other = capture(amount_minor=10000), capture(amount_minor=10001)
        await asyncio.gather(here.send(one, command_id="one"), here.send(other, command_id="other"))
        await eventually(lambda: len({a.command_id for a in here.answers()}) == 3)
        outcomes = {a.outcome for a in here.answers() if a.command_id in {"one", "other"}}
        assert outcomes == {Outcome.SUCCEEDED, Outcome.REFUSED}
        await here.agrees()


async def test_law_3_a_capture_whose_answer_was_lost_after_the_effect_is_not_sent_again() -> None:
    async with world() as here:
        await here.authorized()
        await here.fault("capture", "error", phase="after", status=503)
        answer = await here.send(capture(amount_minor=9000), command_id="lost-answer")
        assert answer.outcome is Outcome.SUCCEEDED
        assert await capture_requests(here, "lost-answer") == 1
        assert "operation_unknown" in await here.story()
        await here.agrees()


async def test_law_3_a_capture_that_failed_before_the_effect_is_sent_again_after_asking() -> None:
    async with world() as here:
        await here.authorized()
        await here.fault("capture", "reset", phase="before")
        answer = await here.send(capture(amount_minor=9000), command_id="reset-before")
        assert answer.outcome is Outcome.SUCCEEDED
        assert await capture_requests(here, "reset-before") == 2
        await here.agrees()


async def test_a_rate_limited_capture_waits_and_is_sent_later() -> None:
    async with world() as here:
        await here.authorized()
        await here.fault("capture", "rate_limit")
        assert (await here.send(capture())).outcome is Outcome.SUCCEEDED
        await here.agrees()


async def test_a_capture_that_the_gateway_declines_is_answered_with_its_words() -> None:
    async with world() as here:
        order = await here.authorized()
        await here.sandbox.control(f"payments/{order.payments[0].payment_id}/close")
        answer = await here.send(capture())
        assert (answer.outcome, answer.code) == (Outcome.DECLINED, "bad_data")
        await here.until("SHOP-1001", "voided")
        await here.agrees()


async def test_a_capture_made_in_the_dashboard_is_a_fact_without_an_operation() -> None:
    async with world() as here:
        order = await here.authorized()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/capture", amount="150.00")
        await here.webhook({"id": payment_id, "status": "closed"})
        seen = await here.until("SHOP-1001", "captured")
        assert seen.operations == ()
        await here.agrees()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (capture(amount_minor=15001), "amount_exceeds_balance"),
        (capture(amount={"amount_minor": 1, "currency": "AED"}), "currency_mismatch"),
        (capture(payment_id="unknown"), "unknown_payment"),
        (refund(amount_minor=1), "amount_exceeds_balance"),
        (capture(order_reference="NOBODY"), "unknown_order"),
    ],
)
async def test_what_the_order_does_not_allow_is_refused_with_a_reason(
    command: object, code: str
) -> None:
    async with world() as here:
        await here.authorized()
        answer = await here.send(command)  # type: ignore[arg-type]
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, code)
        assert (await here.ledger(await here.order()))["captured"] == 0


async def test_the_same_refused_command_again_gets_the_same_answer_although_more_is_left() -> None:
    async with world() as here:
        await here.authorized()
        first = await here.send(refund(amount_minor=100), command_id="early")
        await here.send(capture())
        assert await here.send(refund(amount_minor=100), command_id="early") == first


async def test_a_refusal_is_remembered_however_many_follow_it() -> None:
    async with world() as here:
        await here.authorized()
        first = await here.send(refund(amount_minor=100), command_id="early")
        for number in range(KEPT_ANSWERS):
            await here.send(refund(amount_minor=100), command_id=f"later-{number}")
        await here.send(capture())
        assert await here.send(refund(amount_minor=100), command_id="early") == first


async def test_a_dashboard_capture_of_the_same_amount_is_not_taken_for_ours() -> None:
    async with world() as here:
        order = await here.authorized()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/capture", amount="50.00")
        await here.fault("capture", "reset", phase="before")
        answer = await here.send(capture(amount_minor=5000), command_id="ours")
        assert answer.outcome is Outcome.SUCCEEDED
        assert (await here.ledger(await here.order()))["captured"] == 10000
        await here.agrees()


async def test_a_proxys_page_is_no_decline() -> None:
    async with world() as here:
        await here.authorized()
        await here.fault("capture", "html", status=404)
        assert (await here.send(capture())).outcome is Outcome.SUCCEEDED
        await here.agrees()


async def test_a_repeated_capture_command_moves_money_once() -> None:
    async with world() as here:
        await here.authorized()
        first = await here.send(capture(amount_minor=100), command_id="again")
        assert await here.send(capture(amount_minor=100), command_id="again") == first
        changed = await here.send(capture(amount_minor=200), command_id="again")
        assert changed.code == "idempotency_conflict"
        assert (await here.ledger(await here.order()))["captured"] == 100


async def test_a_command_cannot_pass_for_an_operation_of_policy() -> None:
    async with world() as here:
        order = await here.authorized_automatically()
        name = f"auto-capture-{order.payments[0].payment_id}"
        answer = await here.send(capture(amount_minor=1), command_id=name)
        assert answer.code == "idempotency_conflict"


async def test_of_several_processes_one_sends_each_operation() -> None:
    async with world() as here:
        await here.authorized()
        for _ in range(3):
            await here.join_another_process()
        ids = [f"capture-{number}" for number in range(8)]
        sent = [here.send(capture(amount_minor=100), command_id=each) for each in ids]
        await asyncio.gather(*sent)
        await eventually(lambda: {a.command_id for a in here.answers()} >= set(ids))
        assert [await capture_requests(here, each) for each in ids] == [1] * len(ids)
        await here.agrees()


async def test_law_7_the_history_names_who_asked_why_and_what_the_gateway_said() -> None:
    async with world() as here:
        order = await here.captured()
        await here.send(refund(amount_minor=100, reason="too small"))
        entries = await here.tools.orders.history(order.order_id)
        asked = next(e for e in entries if e.kind == "operation_requested" and "refund" in e.text)
        assert asked.actor == "warehouse"
        assert "too small" in asked.text
        facts = [e for e in entries if e.kind == "fact"]
        assert all(e.evidence for e in facts)
        assert [e.number for e in entries] == list(range(1, len(entries) + 1))
