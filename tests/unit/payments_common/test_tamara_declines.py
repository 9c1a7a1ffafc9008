"""A no to a money move of Tamara's: what the order shows decides what came of it."""

from typing import Any

import httpx
import pytest

from payments_common.errors import OutcomeUnknown
from payments_common.gateways.port import Declined
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)
from support.tamara_payloads import (
    CANCEL_ID,
    CAPTURE_ID,
    ORDER_ID,
    REFUND_ID,
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
    CAPTURE,
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


def captured(amount_minor: int) -> CaptureFact:
    return CaptureFact(capture_id=CAPTURE_ID, amount_minor=amount_minor, reference="capture-1")


def refunded(amount_minor: int) -> RefundFact:
    return RefundFact(
        refund_id=REFUND_ID,
        amount_minor=amount_minor,
        status=RefundStatus.PROCESSED,
        reference="refund-1",
        reason="damaged",
    )


def voided(amount_minor: int) -> VoidFact:
    return VoidFact(void_id=CANCEL_ID, amount_minor=amount_minor, reference="void-1")


async def moved(move: Move, *answers: httpx.Response) -> Observation | Declined:
    async with tamara(TamaraScript(*answers)) as gateway:
        return await move(gateway)


async def seen_after(move: Move, *answers: httpx.Response) -> Observation:
    seen = await moved(move, *answers)
    assert isinstance(seen, Observation), seen
    return seen


@pytest.mark.parametrize("status", ["authorised", "fully_captured", "canceled"])
async def test_a_conflict_over_what_is_authorized_already_is_a_success(status: str) -> None:
    seen = await seen_after(authorizing, CONFLICT, ok(order(status)))
    assert seen.facts.authorized_minor == 15000


@pytest.mark.parametrize("status", ["new", "approved", "declined", "expired", "on_hold"])
async def test_a_conflict_over_what_is_not_authorized_is_a_decline(status: str) -> None:
    declined = await moved(authorizing, CONFLICT, ok(order(status)))
    assert isinstance(declined, Declined)
    assert (declined.code, declined.message) == (
        "transition_not_allowed",
        "Order transition is not allowed",
    )
    assert declined.observation is not None
    assert declined.observation.gateway_status == status


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("status", [400, 405, 409, 422])
async def test_a_no_to_a_money_move_is_a_decline_with_what_the_order_is_now(
    move: Move, status: int
) -> None:
    script = TamaraScript(no(status, "not so", "some_code"), ok(order("approved")))
    async with tamara(script) as gateway:
        declined = await move(gateway)
    assert isinstance(declined, Declined)
    assert (declined.code, declined.message) == ("some_code", "not so")
    assert declined.observation is not None
    assert declined.observation.gateway_status == "approved"
    assert script.asked[1:] == [f"GET /orders/{ORDER_ID}"]


@pytest.mark.parametrize(
    ("move", "now"),
    [
        (capturing, order("fully_captured", captures=[capture()])),
        (
            refunding,
            order(
                "partially_refunded",
                refunds=[refund(merchant_refund_id="refund-1"), refund("1", OTHER_ID)],
            ),
        ),
        (
            refunding,
            order("fully_refunded", captures=[capture("50.00")], refunds=[refund()]),
        ),
        (voiding, order("canceled", cancels=[cancel()])),
    ],
)
async def test_a_no_to_what_is_plainly_done_is_a_success(move: Move, now: dict[str, Any]) -> None:
    seen = await seen_after(move, CONFLICT, ok(now))
    assert (seen.source, seen.evidence) == (ObservationSource.READ_BACK, "call-2")


@pytest.mark.parametrize(
    ("move", "now"),
    [
        (capturing, order("authorised")),
        (capturing, order("fully_captured", captures=[capture("100.00")], total_amount=major(100))),
        (capturing, order("fully_captured", captures=[capture("50.00"), capture("100.00", "b")])),
        (capturing, order("partially_captured", captures=[capture()], total_amount=major(300))),
        (refunding, order("fully_captured", captures=[capture("50.00")])),
        (refunding, order("partially_refunded", captures=[capture()], refunds=[refund()])),
        (
            refunding,
            order(
                "fully_refunded",
                captures=[capture("50.00")],
                refunds=[refund(merchant_refund_id="another")],
            ),
        ),
        (voiding, order("authorised")),
        (voiding, order("updated", cancels=[cancel("50.00")])),
        (voiding, order("fully_captured", captures=[capture()])),
    ],
)
async def test_a_no_to_what_is_not_plainly_done_is_a_decline(
    move: Move, now: dict[str, Any]
) -> None:
    declined = await moved(move, CONFLICT, ok(now))
    assert isinstance(declined, Declined)
    assert declined.observation is not None


UNREADABLE = [
    httpx.Response(500),
    httpx.Response(429),
    httpx.Response(403, html="<html>"),
    no(401, "Invalid token"),
    no(404, "Order not found"),
    ok("[]"),
    ok(order(order_id=CAPTURE_ID)),
]


@pytest.mark.parametrize("unreadable", UNREADABLE)
@pytest.mark.parametrize(
    "first",
    [
        CONFLICT,
        ok(captured_answer("0")),
        ok(captured_answer("40.005")),
        ok(captured_answer(captured_amount=major(150, "AED"))),
    ],
)
async def test_what_cannot_be_checked_is_an_unknown_outcome(
    first: httpx.Response, unreadable: httpx.Response
) -> None:
    script = TamaraScript(first, unreadable)
    async with tamara(script) as gateway:
        with pytest.raises(OutcomeUnknown):
            await gateway.capture(CAPTURE, context=CONTEXT)
    assert len(script.asked) == 2


@pytest.mark.parametrize("unreadable", UNREADABLE)
@pytest.mark.parametrize(
    ("move", "first", "facts"),
    [
        (capturing, captured_answer("40.00"), PaymentFacts(captures=(captured(4000),))),
        (capturing, captured_answer("900.00"), PaymentFacts(captures=(captured(15000),))),
        (refunding, refunded_answer("40.00"), PaymentFacts(refunds=(refunded(4000),))),
        (voiding, canceled_answer("40.00", "updated"), PaymentFacts(voids=(voided(4000),))),
    ],
)
async def test_what_was_made_for_another_amount_is_ours_though_the_order_cannot_be_read(
    move: Move, first: dict[str, Any], facts: PaymentFacts, unreadable: httpx.Response
) -> None:
    """Forgotten, it would be looked for by its amount, in vain, and then made again (law 3)."""
    seen = await seen_after(move, ok(first), unreadable)
    assert (seen.source, seen.facts) == (ObservationSource.ANSWER, facts)


async def test_what_was_made_for_another_amount_is_ours_though_the_order_does_not_list_it_yet() -> (
    None
):
    now = order("partially_captured", captures=[capture("1.00", OTHER_ID)])
    seen = await seen_after(capturing, ok(captured_answer("40.00")), ok(now))
    assert [(c.capture_id, c.amount_minor, c.reference) for c in seen.facts.captures] == [
        (OTHER_ID, 100, ""),
        (CAPTURE_ID, 4000, "capture-1"),
    ]


@pytest.mark.parametrize(
    "errors",
    [
        "no",
        {"total_amount": ["no"]},
        ["no"],
        [[]],
        [{"error_code": {}}],
        [{"data": "no"}],
        [{"data": ["no"]}],
    ],
)
async def test_a_no_is_a_no_whatever_stands_in_its_errors(errors: Any) -> None:
    declined = await moved(capturing, ok({"message": "no", "errors": errors}, 409), ok(order()))
    assert isinstance(declined, Declined)
    assert declined.message == "no"
