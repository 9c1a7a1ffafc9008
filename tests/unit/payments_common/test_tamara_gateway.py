"""Tamara behind the port: what each answer means, and what is asked after it."""

from typing import Any

import httpx
import pytest

from payments_common.errors import (
    GatewayRefusal,
    InvalidMessage,
    NotSent,
    OperationRefused,
    OutcomeUnknown,
)
from payments_common.gateways.port import Declined, MoneyMove, SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts
from support.tamara_payloads import (
    API_TOKEN,
    CAPTURE_ID,
    ORDER_ID,
    create_session,
    order,
    session_answer,
)
from support.tamara_script import (
    CONTEXT,
    Move,
    TamaraScript,
    authorizing,
    capturing,
    creating,
    finding,
    no,
    ok,
    reading,
    refunding,
    tamara,
    voiding,
)

MOVES = [authorizing, capturing, refunding, voiding]
CALLS = [*MOVES, reading, creating, finding]
WRONG_ENVIRONMENT = "different environments"


async def test_a_session_is_created_with_the_api_token() -> None:
    script = TamaraScript(ok(session_answer(), 201))
    async with tamara(script) as gateway:
        created = await creating(gateway)
    assert isinstance(created, SessionCreated)
    assert created.observation.source is ObservationSource.ANSWER
    assert created.observation.evidence == "call-1"
    assert script.asked == ["POST /checkout"]
    assert script.headers[0]["authorization"] == f"Bearer {API_TOKEN}"
    assert '"total_amount":{"amount":150.00,"currency":"SAR"}' in script.written[0]


async def test_amounts_are_sent_digit_for_digit() -> None:
    script = TamaraScript(ok(session_answer()))
    async with tamara(script) as gateway:
        await gateway.create_session(create_session(900000000000007, "KWD"), context=CONTEXT)
    assert '"amount":900000000000.007' in script.written[0]


@pytest.mark.parametrize(
    "code",
    [
        "total_amount_invalid_limit",
        "total_amount_invalid_limit_24hrs_gmv",
        "not_supported_delivery_country",
        "consumer_not_eligible",
    ],
)
async def test_a_customer_or_amount_that_tamara_does_not_serve_is_declined(code: str) -> None:
    async with tamara(TamaraScript(no(400, "not available", code))) as gateway:
        declined = await creating(gateway)
    assert declined == Declined(code=code, message="not available")


@pytest.mark.parametrize(
    "code",
    ["consumer_invalid_phone_number", "consumer_empty_email", "total_amount_invalid_currency"],
)
async def test_data_that_tamara_cannot_use_is_a_refusal(code: str) -> None:
    async with tamara(TamaraScript(no(400, "wrong data", code))) as gateway:
        with pytest.raises(GatewayRefusal, match="wrong data") as caught:
            await creating(gateway)
    assert (caught.value.status, caught.value.code) == (400, code)


async def test_a_currency_that_the_account_does_not_take_is_refused_unsent() -> None:
    script = TamaraScript()
    async with tamara(script, options={"currency": "SAR"}) as gateway:
        with pytest.raises(OperationRefused, match="tamara-ksa takes SAR, not AED") as caught:
            await gateway.create_session(create_session(1, "AED"), context=CONTEXT)
    assert caught.value.code == "currency_not_supported"
    assert script.asked == []


async def test_a_method_of_payment_cannot_be_chosen_for_the_customer() -> None:
    script = TamaraScript()
    async with tamara(script) as gateway:
        with pytest.raises(OperationRefused) as caught:
            await gateway.create_session(create_session(payment_method="card"), context=CONTEXT)
    assert caught.value.code == "payment_method_not_supported"
    assert script.asked == []


@pytest.mark.parametrize("body", [{}, [], session_answer(checkout_url=""), {"order_id": ORDER_ID}])
async def test_a_session_that_makes_no_sense_is_an_unknown_outcome(body: Any) -> None:
    async with tamara(TamaraScript(ok(body))) as gateway:
        with pytest.raises(OutcomeUnknown):
            await creating(gateway)


async def test_a_read_order_is_a_read_back() -> None:
    script = TamaraScript(ok(order()))
    async with tamara(script) as gateway:
        seen = await gateway.get_payment(ORDER_ID.upper(), context=CONTEXT)
    assert (seen.source, seen.payment_id) == (ObservationSource.READ_BACK, ORDER_ID)
    assert script.asked == [f"GET /orders/{ORDER_ID}"]


async def test_an_order_is_found_by_its_reference() -> None:
    script = TamaraScript(ok(order()))
    async with tamara(script) as gateway:
        seen = await finding(gateway)
    assert isinstance(seen, Observation)
    assert (seen.payment_id, seen.order_reference) == (ORDER_ID, "order-1")
    assert script.asked == ["GET /merchants/orders/reference-id/order-1"]


async def test_a_reference_is_encoded_in_its_path() -> None:
    script = TamaraScript(ok(order(order_reference_id="a/b?c:d")))
    async with tamara(script) as gateway:
        assert await gateway.find_payment("a/b?c:d", context=CONTEXT)
    assert script.paths == [b"/merchants/orders/reference-id/a%2Fb%3Fc%3Ad"]


@pytest.mark.parametrize("reference", [".", "..", ""])
async def test_a_reference_that_leads_elsewhere_is_not_asked_for(reference: str) -> None:
    script = TamaraScript()
    async with tamara(script) as gateway:
        with pytest.raises(InvalidMessage) as caught:
            await gateway.find_payment(reference, context=CONTEXT)
    assert caught.value.code == "invalid_order_reference"
    assert script.asked == []


async def test_an_order_that_tamara_does_not_know_is_none() -> None:
    async with tamara(TamaraScript(no(404, "Order not found"))) as gateway:
        assert await gateway.find_payment("order-1", context=CONTEXT) is None


async def test_an_order_of_another_reference_is_not_taken_for_ours() -> None:
    async with tamara(TamaraScript(ok(order(order_reference_id="order-10")))) as gateway:
        with pytest.raises(OutcomeUnknown, match="another reference"):
            await gateway.find_payment("order-1", context=CONTEXT)


async def test_access_is_checked_by_a_read_whatever_it_says() -> None:
    script = TamaraScript(ok([]))
    async with tamara(script) as gateway:
        await gateway.check_access(context=CONTEXT)
    assert script.asked == ["GET /merchants/configs"]


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (no(401, "Invalid token"), 401, "unauthorized"),
        (no(403, ""), 403, "forbidden"),
        (no(404, "Order not found"), 404, "not_found"),
        (no(404, "refund.capture_not_found"), 404, "refund.capture_not_found"),
        (ok({"errors": [{"error_code": "token_expired"}]}, 401), 401, "token_expired"),
    ],
)
@pytest.mark.parametrize("move", [*MOVES, reading, creating])
async def test_a_wrong_request_of_ours_is_a_refusal(
    move: Move, answer: httpx.Response, status: int, code: str
) -> None:
    script = TamaraScript(answer)
    async with tamara(script) as gateway:
        with pytest.raises(GatewayRefusal) as caught:
            await move(gateway)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(script.asked) == 1


@pytest.mark.parametrize("message", ["Merchant is not found", "Merchant is not found."])
@pytest.mark.parametrize("move", CALLS)
async def test_a_token_of_the_other_environment_says_so(move: Move, message: str) -> None:
    async with tamara(TamaraScript(no(404, message))) as gateway:
        with pytest.raises(GatewayRefusal, match=WRONG_ENVIRONMENT) as caught:
            await move(gateway)
        assert caught.value.code == "merchant_not_found"
        assert caught.value.is_of_access


@pytest.mark.parametrize("move", CALLS)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, html="<html>Attention Required! | Cloudflare</html>"),
        httpx.Response(404, text="404 page not found"),
        httpx.Response(400),
        httpx.Response(409, json=[]),
        httpx.Response(409, json={"error": "conflict"}),
        httpx.Response(400, json={"message": {"en": "no"}}),
    ],
)
async def test_what_stands_between_is_not_tamara_s_no(move: Move, answer: httpx.Response) -> None:
    async with tamara(TamaraScript(answer)) as gateway:
        with pytest.raises(OutcomeUnknown, match="not by Tamara"):
            await move(gateway)


@pytest.mark.parametrize("move", CALLS)
async def test_a_rate_limit_is_not_sent(move: Move) -> None:
    script = TamaraScript(httpx.Response(429, headers={"Retry-After": "3"}))
    async with tamara(script) as gateway:
        with pytest.raises(NotSent) as caught:
            await move(gateway)
    assert caught.value.retry_after_seconds == 3.0


@pytest.mark.parametrize("move", CALLS)
@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(502, html="<html>"), httpx.Response(200, text="ok"),
     httpx.Response(200), httpx.Response(302), ok([]), ok({"status": "ok"})],
)  # fmt: skip
async def test_an_answer_that_makes_no_sense_is_an_unknown_outcome(
    move: Move, answer: httpx.Response
) -> None:
    script = TamaraScript(answer)
    async with tamara(script) as gateway:
        with pytest.raises(OutcomeUnknown):
            await move(gateway)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": CAPTURE_ID},
        {"total_amount": None},
        {"total_amount": {"amount": "150.005", "currency": "SAR"}},
        {"total_amount": {"amount": 150, "currency": "XXX"}},
    ],
)
async def test_an_order_that_makes_no_sense_is_an_unknown_outcome(changes: dict[str, Any]) -> None:
    async with tamara(TamaraScript(ok(order(**changes)))) as gateway:
        with pytest.raises(OutcomeUnknown):
            await reading(gateway)


@pytest.mark.parametrize("payment_id", ["", "abc", "../checkout", f"{ORDER_ID}/cancel", "a?b=c"])
async def test_a_payment_id_that_is_no_uuid_never_reaches_a_path(payment_id: str) -> None:
    script, move = TamaraScript(), MoneyMove(payment_id, Money(1, "SAR"), "r")
    async with tamara(script) as gateway:
        for call in (
            gateway.get_payment(payment_id, context=CONTEXT),
            gateway.authorize(move, context=CONTEXT),
            gateway.capture(move, context=CONTEXT),
            gateway.refund(move, context=CONTEXT),
            gateway.void(move, context=CONTEXT),
        ):
            with pytest.raises(InvalidMessage) as caught:
                await call
            assert caught.value.code == "invalid_payment_id"
    assert script.asked == []


async def test_an_unknown_word_is_kept_and_moves_nothing() -> None:
    async with tamara(TamaraScript(ok(order("on_hold")))) as gateway:
        seen = await gateway.get_payment(ORDER_ID, context=CONTEXT)
    assert seen.gateway_status == "on_hold"
    assert seen.facts == PaymentFacts(amounts=(Money(15000, "SAR"),))
