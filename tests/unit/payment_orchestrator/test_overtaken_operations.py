"""An operation for which somebody at the gateway left nothing is declined, not sent for ever."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import outcome_unknown, settle, submit
from payment_orchestrator.domain.order import Operation, OperationKind, OperationState, Order
from payment_orchestrator.domain.resolution import overtaken, resolve
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    UNECHOING,
    authorized,
    change_of,
    facts,
    later,
    observation,
    observed,
    requested,
)

HELD = facts(authorized=15000)
TAKEN = facts(authorized=15000, captures={"c1": 15000}, closed=True)
PARTLY_TAKEN = facts(authorized=15000, captures={"c1": 10000})
RETURNED = facts(authorized=15000, captures={"c1": 15000}, refunds={"r1": 15000}, closed=True)
RELEASED = facts(authorized=15000, closed=True)


def asked_for(kind: OperationKind, amount_minor: int, known: PaymentFacts) -> Order:
    return requested(observed(authorized(), known), kind, amount_minor)


@pytest.mark.parametrize(
    ("kind", "amount_minor", "known", "then"),
    [
        (OperationKind.REFUND, 5000, TAKEN, RETURNED),
        (OperationKind.CAPTURE, 15000, HELD, PARTLY_TAKEN),
        (OperationKind.CAPTURE, 5000, HELD, RELEASED),
    ],
)
def test_what_is_not_possible_any_more_is_declined_without_a_call(
    kind: OperationKind, amount_minor: int, known: PaymentFacts, then: PaymentFacts
) -> None:
    order = asked_for(kind, amount_minor, known)
    seen = settle(observe(change_of(order), observation(then))).order
    waiting = next(o for o in seen.operations if o.kind is kind)
    change = overtaken(change_of(seen), waiting)
    assert change is not None
    declined = finish(change, UNECHOING).order.operations[-1]
    assert (declined.state, declined.attempt_count) == (OperationState.DECLINED, 0)
    assert declined.answer is not None
    assert declined.answer.code == "balance_changed"


@pytest.mark.parametrize(
    ("kind", "amount_minor", "known"),
    [
        (OperationKind.REFUND, 15000, TAKEN),
        (OperationKind.CAPTURE, 15000, HELD),
        (OperationKind.CAPTURE, 5000, PARTLY_TAKEN),
        (OperationKind.VOID, 15000, HELD),
    ],
)
def test_what_is_still_possible_goes_on(
    kind: OperationKind, amount_minor: int, known: PaymentFacts
) -> None:
    order = asked_for(kind, amount_minor, known)
    assert overtaken(change_of(order), order.operations[-1]) is None


def resolved(order: Order, told: PaymentFacts, *, after_seconds: float) -> Operation:
    operation = order.operations[-1]
    change = observe(change_of(order, now=later(after_seconds)), observation(told))
    change = resolve(settle(change), operation, UNECHOING, asked_at=later(after_seconds))
    return change.order.operations[-1]


def unknown_refund() -> Order:
    order = asked_for(OperationKind.REFUND, 15000, TAKEN)
    order = observed(order, RETURNED)  # somebody else's, before ours was sent
    change = submit(change_of(order), order.operations[-1], lease=timedelta(seconds=30))
    change = outcome_unknown(change, change.order.operations[-1], why="no answer")
    return finish(change, UNECHOING).order


def test_an_unknown_operation_that_is_impossible_is_declined_once_its_effect_could_be_seen() -> (
    None
):
    assert resolved(unknown_refund(), RETURNED, after_seconds=1).state is OperationState.UNKNOWN
    late = resolved(unknown_refund(), RETURNED, after_seconds=60)
    assert (late.state, late.attempt_count) == (OperationState.DECLINED, 1)
    assert late.decline is not None
    assert late.decline.code == "balance_changed"
