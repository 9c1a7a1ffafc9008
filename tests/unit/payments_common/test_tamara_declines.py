"""A no to a money move of Tamara's: what the order shows decides what came of it."""

from typing import Any

import httpx
import pytest

from payments_common.errors import OutcomeUnknown
from payments_common.gateways.port import Declined
from payments_common.schemas.observations import (
    Observation,
    ObservationSource,
)
from support.tamara_payloads import (
    CAPTURE_ID,
    ORDER_ID,
    cancel,
    capture,
    captured_answer,
    major,
    order,
    refund,
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


@pytest.mark.parametrize(
    "unreadable",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.Response(403, html="<html>"),
        no(401, "Invalid token"),
        no(404, "Order not found"),
        ok("[]"),
        ok(order(order_id=CAPTURE_ID)),
    ],
)
@pytest.mark.parametrize("first", [CONFLICT, ok(captured_answer("40.00"))])
async def test_what_cannot_be_checked_is_an_unknown_outcome(
    first: httpx.Response, unreadable: httpx.Response
) -> None:
    script = TamaraScript(first, unreadable)
    async with tamara(script) as gateway:
        with pytest.raises(OutcomeUnknown):
            await gateway.capture(CAPTURE, context=CONTEXT)
    assert len(script.asked) == 2
