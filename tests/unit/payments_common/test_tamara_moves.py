"""Tamara's money moves: what is sent, what is believed of the answer, what a no comes to."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from payments_common.errors import OutcomeUnknown
from payments_common.gateways.port import Declined, MoneyMove
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)
from payments_common.schemas.parties import Shipment
from support.clocks import START, ManualClock
from support.tamara_payloads import (
    CANCEL_ID,
    CAPTURE_ID,
    ORDER_ID,
    REFUND_ID,
    authorised_answer,
    cancel,
    canceled_answer,
    capture,
    captured_answer,
    major,
    order,
    refund,
    refunded_answer,
)
from support.tamara_script import (
    CONTEXT,
    Move,
    TamaraScript,
    authorizing,
    capturing,
    no,
    ok,
    refunding,
    tamara,
    voiding,
)

MOVES = [authorizing, capturing, refunding, voiding]
CONFLICT = no(
    409,
    "Order transition is not allowed",
    "transition_not_allowed",
    old_state="fully_captured",
    new_state="fully_captured",
)
OTHER_ID = "00000000-0000-4000-8000-00000000000a"
AUTHORIZED = PaymentFacts(approved=True, authorized_minor=15000)
CAPTURED = CaptureFact(capture_id=CAPTURE_ID, amount_minor=15000, reference="capture-1")
REFUNDED = RefundFact(
    refund_id=REFUND_ID,
    amount_minor=5000,
    status=RefundStatus.PROCESSED,
    reference="refund-1",
    reason="damaged",
)
VOIDED = VoidFact(void_id=CANCEL_ID, amount_minor=15000, reference="void-1")


async def moved(move: Move, *answers: httpx.Response) -> Observation | Declined:
    async with tamara(TamaraScript(*answers)) as gateway:
        return await move(gateway)


async def seen_after(move: Move, *answers: httpx.Response) -> Observation:
    seen = await moved(move, *answers)
    assert isinstance(seen, Observation), seen
    return seen


async def test_an_order_is_authorized_by_one_request() -> None:
    script = TamaraScript(ok(authorised_answer()))
    async with tamara(script) as gateway:
        seen = await authorizing(gateway)
    assert isinstance(seen, Observation)
    assert (seen.facts, seen.gateway_status) == (AUTHORIZED, "authorised")
    assert (seen.source, seen.evidence) == (ObservationSource.ANSWER, "call-1")
    assert script.asked == [f"POST /orders/{ORDER_ID}/authorise"]


@pytest.mark.parametrize("amount", [major(150), [major("150.00")]])
async def test_the_authorized_amount_may_come_in_a_list(amount: Any) -> None:
    answer = authorised_answer(authorized_amount=amount)
    assert (await seen_after(authorizing, ok(answer))).facts == AUTHORIZED


async def test_a_merchant_s_order_that_is_captured_at_once_is_captured() -> None:
    answer = authorised_answer(status="fully_captured", auto_captured=True, capture_id=CAPTURE_ID)
    capture_fact = CAPTURED.model_copy(update={"reference": ""})
    expected = AUTHORIZED.model_copy(update={"captures": (capture_fact,)})
    assert (await seen_after(authorizing, ok(answer))).facts == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"authorized_amount": None},
        {"authorized_amount": major("149.99")},
        {"authorized_amount": major(150, "AED")},
        {"status": "approved"},
        {"auto_captured": True},
        {"status": "fully_captured"},
    ],
)
async def test_an_authorization_that_is_not_told_as_expected_is_read_instead(
    changes: dict[str, Any],
) -> None:
    now = order("fully_captured", captures=[capture()])
    seen = await seen_after(authorizing, ok(authorised_answer(**changes)), ok(now))
    assert (seen.source, seen.evidence) == (ObservationSource.READ_BACK, "call-2")
    assert seen.facts.captures[0].reference == ""


@pytest.mark.parametrize(
    ("move", "answer", "path", "body", "facts"),
    [
        (
            refunding,
            refunded_answer(),
            f"payments/simplified-refund/{ORDER_ID}",
            '{"total_amount":{"amount":50.00,"currency":"SAR"},"comment":"damaged",'
            '"merchant_refund_id":"refund-1"}',
            PaymentFacts(refunds=(REFUNDED,)),
        ),
        (
            voiding,
            canceled_answer(),
            f"orders/{ORDER_ID}/cancel",
            '{"total_amount":{"amount":150.00,"currency":"SAR"}}',
            PaymentFacts(voids=(VOIDED,), closed=True),
        ),
        (
            voiding,
            canceled_answer(status="updated"),
            f"orders/{ORDER_ID}/cancel",
            '{"total_amount":{"amount":150.00,"currency":"SAR"}}',
            PaymentFacts(voids=(VOIDED,)),
        ),
    ],
)
async def test_a_money_move_is_one_request_and_its_answer_an_observation(
    move: Move, answer: dict[str, Any], path: str, body: str, facts: PaymentFacts
) -> None:
    script = TamaraScript(ok(answer))
    async with tamara(script) as gateway:
        seen = await move(gateway)
    assert isinstance(seen, Observation)
    assert (seen.facts, seen.gateway_status) == (facts, answer["status"])
    assert (script.asked, script.written) == ([f"POST /{path}"], [body])


async def test_a_capture_says_that_it_is_shipped_today_where_nobody_says_otherwise() -> None:
    script = TamaraScript(ok(captured_answer()))
    async with tamara(script, clock=ManualClock()) as gateway:
        seen = await capturing(gateway)
    assert isinstance(seen, Observation)
    assert seen.facts == PaymentFacts(captures=(CAPTURED,))
    assert script.asked == ["POST /payments/capture"]
    assert script.bodies[0]["order_id"] == ORDER_ID
    assert script.bodies[0]["shipping_info"] == {
        "shipped_at": START.isoformat(),
        "shipping_company": "N/A",
    }


async def test_a_capture_tells_of_its_shipment() -> None:
    shipment = Shipment(
        carrier="Camel Post",
        shipped_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        tracking_number="77",
        tracking_url="https://post.example.com/77",
    )
    script = TamaraScript(ok(captured_answer()))
    move = MoneyMove(ORDER_ID, Money(15000, "SAR"), "capture-1", shipment=shipment)
    async with tamara(script) as gateway:
        await gateway.capture(move, context=CONTEXT)
    assert script.bodies[0]["shipping_info"] == {
        "shipped_at": "2026-03-02T12:00:00+00:00",
        "shipping_company": "Camel Post",
        "tracking_number": "77",
        "tracking_url": "https://post.example.com/77",
    }


async def test_a_refund_has_a_comment_where_nobody_gives_a_reason() -> None:
    script = TamaraScript(ok(refunded_answer()))
    async with tamara(script) as gateway:
        await gateway.refund(MoneyMove(ORDER_ID, Money(5000, "SAR"), "r"), context=CONTEXT)
    assert script.bodies[0]["comment"] == "refund"


@pytest.mark.parametrize(
    ("move", "answer", "facts"),
    [
        (capturing, captured_answer(captured_amount=None), PaymentFacts(captures=(CAPTURED,))),
        (capturing, captured_answer(captured_amount=[]), PaymentFacts(captures=(CAPTURED,))),
        (capturing, captured_answer("150"), PaymentFacts(captures=(CAPTURED,))),
        (refunding, refunded_answer(refunded_amount=None), PaymentFacts(refunds=(REFUNDED,))),
        (
            voiding,
            canceled_answer(canceled_amount=None, status=None),
            PaymentFacts(voids=(VOIDED,)),
        ),
    ],
)
async def test_an_answer_that_names_no_other_amount_is_of_ours(
    move: Move, answer: dict[str, Any], facts: PaymentFacts
) -> None:
    assert (await seen_after(move, ok(answer))).facts == facts


@pytest.mark.parametrize(
    ("move", "answer", "now"),
    [
        (
            capturing,
            captured_answer("40.00"),
            order("partially_captured", captures=[capture("40.00"), capture("1.00", OTHER_ID)]),
        ),
        (
            capturing,
            captured_answer(captured_amount=major(150, "AED")),
            order("fully_captured", captures=[capture()]),
        ),
        (
            refunding,
            refunded_answer("60.00"),
            order("partially_refunded", refunds=[refund("60.00"), refund("1.00", OTHER_ID)]),
        ),
        (
            voiding,
            canceled_answer("10.00", "updated"),
            order("updated", cancels=[cancel("10.00"), cancel("1.00", OTHER_ID)]),
        ),
    ],
)
async def test_an_answer_with_another_amount_is_not_believed_but_read_and_its_effect_is_ours(
    move: Move, answer: dict[str, Any], now: dict[str, Any]
) -> None:
    """Without our reference on it, what was made would be looked for by its amount, in vain."""
    seen = await seen_after(move, ok(answer), ok(now))
    assert (seen.source, seen.facts.amounts) == (
        ObservationSource.READ_BACK,
        (Money(15000, "SAR"),),
    )
    made = {
        **{each.capture_id: each.reference for each in seen.facts.captures},
        **{each.refund_id: each.reference for each in seen.facts.refunds},
        **{each.void_id: each.reference for each in seen.facts.voids},
    }
    ours = {id_ for id_, reference in made.items() if reference}
    assert ours <= {CAPTURE_ID, REFUND_ID, CANCEL_ID}
    assert len(ours) == 1


@pytest.mark.parametrize(
    ("move", "answer"),
    [
        (authorizing, authorised_answer(order_id=CAPTURE_ID)),
        (capturing, captured_answer(order_id=CAPTURE_ID)),
        (capturing, captured_answer(capture_id="")),
        (refunding, refunded_answer(order_id=None)),
        (refunding, refunded_answer(refund_id=None)),
        (voiding, canceled_answer(cancel_id=None)),
        (voiding, canceled_answer(canceled_amount="150")),
    ],
)
async def test_an_answer_about_something_else_is_an_unknown_outcome(
    move: Move, answer: dict[str, Any]
) -> None:
    script = TamaraScript(ok(answer))
    async with tamara(script) as gateway:
        with pytest.raises(OutcomeUnknown):
            await move(gateway)
    assert len(script.asked) == 1
