"""create_session, through the real Tabby client to the sandbox."""

import asyncio

import pytest

from payments_common.schemas.replies import Outcome
from support.builders import recheck, session
from support.eventually import eventually
from support.world import World, world


async def test_a_session_is_answered_with_where_to_send_the_customer() -> None:
    async with world() as here:
        answer = await here.send(session())
        order = await here.order()
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.redirect_url == order.payments[0].redirect_url
        assert (order.status, answer.payment_id) == ("pending", order.payments[0].payment_id)


async def test_the_same_command_again_gets_the_same_answer_and_makes_no_second_session() -> None:
    async with world() as here:
        first = await here.send(session(), command_id="once")
        assert await here.send(session(), command_id="once") == first
        assert len((await here.order()).payments) == 1


async def test_a_command_that_two_processes_carry_out_at_once_has_one_answer() -> None:
    async with world() as here:
        await here.join_another_process()
        both = [here.send(session(), command_id="twice") for _ in range(2)]
        await asyncio.gather(*both)
        await eventually(lambda: len(here.answers()) == 2)
        assert len({answer.redirect_url for answer in here.answers()}) == 1


async def test_the_same_command_id_with_other_content_is_refused() -> None:
    async with world() as here:
        await here.send(session(), command_id="once")
        answer = await here.send(session(order_reference="SHOP-2"), command_id="once")
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "idempotency_conflict")
        assert await here.tools.orders.find_by_reference("SHOP-2") is None


async def test_a_customer_that_the_gateway_rejects_is_a_decline_with_its_reason() -> None:
    customer = {"name": "T", "email": "otp.success@tabby.ai", "phone": "+966500000002"}
    async with world() as here:
        answer = await here.send(session(customer=customer))
        assert (answer.outcome, answer.code) == (Outcome.DECLINED, "not_available")
        assert (await here.order()).status == "failed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": "nobody"}, "unknown_account"),
        (
            {
                "total_amount": {"amount_minor": 1, "currency": "USD"},
                "items": [{"title": "L", "unit_price": {"amount_minor": 1, "currency": "USD"}}],
            },
            "currency_mismatch",
        ),
    ],
)
async def test_what_cannot_work_is_refused_before_an_order_is_made(
    changes: dict[str, object], code: str
) -> None:
    async with world() as here:
        answer = await here.send(session(**changes))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, code)
        assert await here.tools.orders.find_by_reference("SHOP-1001") is None


async def test_a_second_order_under_a_used_reference_is_refused() -> None:
    other = {"amount_minor": 99, "currency": "SAR"}
    async with world() as here:
        await here.send(session())
        answer = await here.send(
            session(total_amount=other, items=[{"title": "L", "unit_price": other}])
        )
        assert answer.code == "order_mismatch"


async def test_another_attempt_may_not_change_how_the_order_is_captured() -> None:
    async with world() as here:
        await here.pending(capture_mode="automatic")
        assert (await here.send(session(capture_mode="manual"))).code == "order_mismatch"


async def test_an_order_that_holds_money_of_another_amount_is_not_paid_again() -> None:
    async with world() as here:
        await here.captured()
        await here.fault("get_payment", "wrong_amount", amount="1.00")
        await here.send(recheck())
        assert (await here.order()).review == ("amount_mismatch",)
        assert (await here.send(session())).code == "order_already_paid"


async def test_an_order_paid_while_another_session_is_made_gives_out_no_page() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.fault("checkout", "delay", delay_seconds=0.5)
        sending = asyncio.create_task(here.send(session()))
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await here.webhook({"id": payment_id, "status": "authorized"})
        await here.until("SHOP-1001", "authorized")
        answer = await sending
        assert (answer.code, answer.redirect_url) == ("order_already_paid", None)


async def test_a_customer_who_failed_may_try_again_and_a_paid_order_may_not() -> None:
    async with world() as here:
        order = await here.pending()
        await here.sandbox.control(f"payments/{order.payments[0].payment_id}/decline")
        await here.webhook({"id": order.payments[0].payment_id, "status": "rejected"})
        await here.until("SHOP-1001", "failed")
        assert (await here.send(session())).outcome is Outcome.SUCCEEDED
        await _pay_the_open_one(here)
        assert (await here.send(session())).code == "order_already_paid"


async def test_a_gateway_that_is_down_is_answered_at_once_and_the_command_may_come_again() -> None:
    async with world() as here:
        await here.fault("checkout", "error", status=503)
        answer = await here.send(session(), command_id="once")
        assert (answer.outcome, answer.code) == (Outcome.UNAVAILABLE, "gateway_unavailable")
        assert answer.retry_after_seconds is not None
        assert (await here.send(session(), command_id="once")).outcome is Outcome.SUCCEEDED


async def _pay_the_open_one(here: World) -> None:
    order = await here.order()
    open_ = next(p.payment_id for p in order.payments if not p.facts.failed)
    await here.sandbox.control(f"payments/{open_}/pay")
    await here.webhook({"id": open_, "status": "authorized"})
    await here.until("SHOP-1001", "authorized")
