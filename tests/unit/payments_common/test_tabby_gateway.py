"""Tabby behind the port: what each answer means, and what is asked after it."""

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
from payments_common.schemas.observations import Observation, ObservationSource
from support.scripted_tabby import (
    CONTEXT,
    Move,
    Script,
    capturing,
    creating,
    no,
    ok,
    reading,
    refunding,
    tabby,
    voiding,
)
from support.tabby_payloads import (
    CAPTURE_ID,
    PAYMENT_ID,
    SECRET_KEY,
    capture,
    create_session,
    payment,
    refund,
    rejected_session_answer,
    session_answer,
)


async def test_a_session_is_created_with_the_secret_key() -> None:
    script = Script(ok(session_answer()))
    async with tabby(script) as gateway:
        created = await creating(gateway)
    assert isinstance(created, SessionCreated)
    assert created.observation.source is ObservationSource.ANSWER
    assert created.observation.evidence == "call-1"
    assert script.asked == ["POST /api/v2/checkout"]
    assert script.headers[0]["authorization"] == f"Bearer {SECRET_KEY}"
    assert script.bodies[0]["payment"]["meta"]["order_id"] == "0192"


async def test_a_rejected_session_is_declined() -> None:
    async with tabby(Script(ok(rejected_session_answer("order_amount_too_low")))) as gateway:
        declined = await creating(gateway)
    assert isinstance(declined, Declined)
    assert declined.code == "order_amount_too_low"


async def test_a_currency_that_the_account_does_not_take_is_refused_unsent() -> None:
    script = Script()
    async with tabby(script, options={"merchant_code": "SA", "currency": "SAR"}) as gateway:
        with pytest.raises(OperationRefused, match="tabby-ksa takes SAR, not AED") as caught:
            await gateway.create_session(create_session(1, "AED"), context=CONTEXT)
    assert caught.value.code == "currency_not_supported"
    assert script.asked == []


@pytest.mark.parametrize(
    ("move", "path", "body"),
    [
        (capturing, "captures", {"amount": "150.00", "reference_id": "capture-1"}),
        (
            refunding,
            "refunds",
            {"amount": "50.00", "reference_id": "refund-1", "reason": "damaged"},
        ),
        (voiding, "close", None),
    ],
)
async def test_a_money_move_is_one_request_and_its_answer_an_observation(
    move: Move, path: str, body: Any
) -> None:
    script = Script(ok(payment("CLOSED", captures=[capture()], refunds=[refund()])))
    async with tabby(script) as gateway:
        seen = await move(gateway)
    assert isinstance(seen, Observation)
    assert (seen.source, seen.evidence) == (ObservationSource.ANSWER, "call-1")
    assert script.asked == [f"POST /api/v2/payments/{PAYMENT_ID}/{path}"]
    assert script.bodies == [body]


@pytest.mark.parametrize(
    ("move", "status", "code", "words"),
    [
        (capturing, 400, "bad_data", "could not capture not authorized payments"),
        (capturing, 400, "bad_data", "could not decode request"),
        (capturing, 403, "no_permission", None),
        (refunding, 400, "bad_data", "can not refund payment that has no captures and not closed"),
        (refunding, 403, "no_permission", None),
        (refunding, 409, "conflict", "payment is disputed"),
        (voiding, 400, "bad_data", "already closed"),
        (voiding, 403, "no_permission", None),
    ],
)
async def test_a_no_to_a_money_move_is_a_decline_with_what_the_payment_is_now(
    move: Move, status: int, code: str, words: str | None
) -> None:
    script = Script(no(status, code, words), ok(payment()))
    async with tabby(script) as gateway:
        declined = await move(gateway)
    assert isinstance(declined, Declined)
    assert (declined.code, declined.message) == (code, words or "")
    assert declined.observation is not None
    assert declined.observation.gateway_status == "AUTHORIZED"
    assert script.asked[1] == f"GET /api/v2/payments/{PAYMENT_ID}"


@pytest.mark.parametrize(
    ("move", "now"),
    [
        (capturing, payment("CLOSED", captures=[capture()])),
        (refunding, payment("CLOSED", captures=[capture()], refunds=[refund()])),
        (voiding, payment("CLOSED")),
    ],
)
async def test_a_no_to_what_was_already_done_is_a_success(move: Move, now: Any) -> None:
    script = Script(no(400, "bad_data", "already closed"), ok(now))
    async with tabby(script) as gateway:
        seen = await move(gateway)
    assert isinstance(seen, Observation)
    assert (seen.source, seen.evidence) == (ObservationSource.READ_BACK, "call-2")


async def test_another_s_capture_is_not_taken_for_ours() -> None:
    now = payment("CLOSED", captures=[capture(reference_id="dashboard")])
    async with tabby(Script(no(400, "bad_data"), ok(now))) as gateway:
        assert isinstance(await capturing(gateway), Declined)


@pytest.mark.parametrize("unreadable", [httpx.Response(500), httpx.Response(429), ok("[]")])
async def test_a_no_that_cannot_be_checked_is_an_unknown_outcome(
    unreadable: httpx.Response,
) -> None:
    async with tabby(Script(no(400, "bad_data"), unreadable)) as gateway:
        with pytest.raises(OutcomeUnknown, match="bad_data"):
            await capturing(gateway)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "not_authorized", None),
        (401, "not_authorized", "merchant is null"),
        (401, "not_authorized", "missing Bearer scheme"),
        (401, "not_authorized", "authorization"),
        (401, "not_authorized", "invalid secret key"),
        (401, "not_authorized", "auth: provided key doesn't exist"),
        (404, "not_found", "no such payment"),
        (404, "not_found", "no such webhook"),
        (422, "validation", None),
    ],
)
@pytest.mark.parametrize("move", [capturing, refunding, voiding, reading, creating])
async def test_a_wrong_request_of_ours_is_a_refusal(
    move: Move, status: int, code: str, words: str | None
) -> None:
    script = Script(no(status, code, words))
    async with tabby(script) as gateway:
        with pytest.raises(GatewayRefusal) as caught:
            await move(gateway)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert (words or code) in str(caught.value)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("move", "status", "code", "words"),
    [
        (creating, 400, "bad_data", "could not create payment: only 'AED' is supported"),
        (creating, 403, "no_permission", None),
        (reading, 400, "bad_data", "invalid payment id"),
    ],
)
async def test_a_no_that_moves_no_money_is_a_refusal(
    move: Move, status: int, code: str, words: str | None
) -> None:
    async with tabby(Script(no(status, code, words))) as gateway:
        with pytest.raises(GatewayRefusal) as caught:
            await move(gateway)
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize("move", [capturing, refunding, voiding, reading, creating])
async def test_an_unknown_address_is_not_tabby_s_no_and_doubts_the_base_url(move: Move) -> None:
    """A proxy says the same in its own words, and then nothing is known of the payment."""
    async with tabby(Script(httpx.Response(404, text="404 page not found"))) as gateway:
        with pytest.raises(OutcomeUnknown, match="is base_url right"):
            await move(gateway)


@pytest.mark.parametrize("move", [capturing, refunding, voiding, reading, creating])
async def test_a_firewall_s_page_is_not_tabby_s_no(move: Move) -> None:
    async with tabby(Script(httpx.Response(403, html="<html>"))) as gateway:
        with pytest.raises(OutcomeUnknown, match="not by Tabby"):
            await move(gateway)


@pytest.mark.parametrize("move", [capturing, refunding, voiding, reading])
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"status": "ok"},
        payment(amount="150.005"),
        payment(amount=None),
        payment(currency="XXX"),
        {**payment(), "id": CAPTURE_ID},
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_unknown_outcome(move: Move, body: Any) -> None:
    async with tabby(Script(ok(body))) as gateway:
        with pytest.raises(OutcomeUnknown):
            await move(gateway)


async def test_a_session_that_makes_no_sense_is_an_unknown_outcome() -> None:
    async with tabby(Script(ok(session_answer(payment=None)))) as gateway:
        with pytest.raises(OutcomeUnknown, match="web_url"):
            await creating(gateway)


@pytest.mark.parametrize("payment_id", ["", "abc", "../checkout", f"{PAYMENT_ID}/close", "a?b=c"])
async def test_a_payment_id_that_is_no_uuid_never_reaches_a_path(payment_id: str) -> None:
    script = Script()
    async with tabby(script) as gateway:
        for call in (
            gateway.get_payment(payment_id, context=CONTEXT),
            gateway.void(MoneyMove(payment_id, Money(1, "SAR"), "v"), context=CONTEXT),
            gateway.capture(MoneyMove(payment_id, Money(1, "SAR"), "c"), context=CONTEXT),
            gateway.refund(MoneyMove(payment_id, Money(1, "SAR"), "r"), context=CONTEXT),
        ):
            with pytest.raises(InvalidMessage) as caught:
                await call
            assert caught.value.code == "invalid_payment_id"
    assert script.asked == []


async def test_a_read_payment_is_a_read_back() -> None:
    async with tabby(Script(ok(payment()))) as gateway:
        seen = await gateway.get_payment(PAYMENT_ID.upper(), context=CONTEXT)
    assert (seen.source, seen.payment_id) == (ObservationSource.READ_BACK, PAYMENT_ID)


async def test_a_rate_limit_is_not_sent() -> None:
    async with tabby(Script(httpx.Response(429, headers={"Retry-After": "3"}))) as gateway:
        with pytest.raises(NotSent) as caught:
            await capturing(gateway)
    assert caught.value.retry_after_seconds == 3.0
