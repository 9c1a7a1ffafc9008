"""Law 6: what may still be authorized, captured, voided or refunded."""

from typing import TypeVar

import pytest

from payment_orchestrator.domain.balance import (
    authorizable_minor,
    capturable_minor,
    in_flight_minor,
    is_still_possible,
    may_be_effects,
    refundable_minor,
    voidable_minor,
)
from payment_orchestrator.domain.order import OperationKind, OperationState, Order
from payments_common.money import Money
from payments_common.schemas.observations import (
    PaymentFacts,
)
from support.builders import PAYMENT, UNECHOING, authorized, facts, observed, order, requested

CAPTURE, REFUND = OperationKind.CAPTURE, OperationKind.REFUND
VOID, AUTHORIZE = OperationKind.VOID, OperationKind.AUTHORIZE
HELD = facts(authorized=15000)
APPROVED = facts(approved=True)
Value = TypeVar("Value")


def the(found: Value | None) -> Value:
    assert found is not None
    return found


def left(current: Order) -> tuple[int, int, int]:
    found = the(current.payment(PAYMENT))
    return (
        capturable_minor(current, found),
        voidable_minor(current, found),
        refundable_minor(current, found),
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (PaymentFacts(), (0, 0, 0)),
        (HELD, (15000, 15000, 0)),
        (facts(authorized=15000, captures={"c": 9000}), (6000, 6000, 9000)),
        (facts(authorized=15000, captures={"c": 9000}, closed=True), (0, 0, 9000)),
        (facts(authorized=15000, voids={"v": 5000}), (10000, 10000, 0)),
        (facts(authorized=15000, captures={"c": 16000}), (0, 0, 16000)),
        (facts(authorized=15000, captures={"c": 9}, refunds={"r": 4}), (14991, 14991, 5)),
        (facts(authorized=15000, captures={"c": 9}, refunds={"r": 10}), (14991, 14991, 0)),
        (facts(total=99, authorized=99), (0, 99, 0)),
    ],
)
def test_what_is_left_follows_from_the_facts(
    known: PaymentFacts, expected: tuple[int, int, int]
) -> None:
    assert left(observed(order(), known)) == expected


def test_what_is_under_way_is_reserved_until_its_effect_is_there() -> None:
    capturing = requested(authorized(), CAPTURE, 4000)
    assert left(capturing) == (11000, 11000, 0)
    assert left(requested(capturing, VOID, operation_id="void")) == (0, 0, 0)
    shown = facts(authorized=15000, captures={"c": 4000}, references={"c": "command-1"})
    assert left(observed(capturing, shown)) == (11000, 11000, 4000)
    taken = observed(order(), facts(authorized=15000, captures={"c": 9000}, closed=True))
    assert left(requested(taken, REFUND, 4000)) == (0, 0, 5000)


def test_only_open_operations_of_that_payment_and_kind_are_in_flight() -> None:
    capturing = requested(authorized(), CAPTURE, 4000)
    found = the(capturing.payment(PAYMENT))
    assert in_flight_minor(capturing, found, CAPTURE) == 4000
    assert in_flight_minor(capturing, found, VOID) == 0
    other = found.model_copy(update={"payment_id": "another"})
    assert in_flight_minor(capturing, other, CAPTURE) == 0
    over = capturing.operations[0].model_copy(update={"state": OperationState.DECLINED})
    assert in_flight_minor(capturing.with_operation(over), found, CAPTURE) == 0


def test_all_of_an_approved_payment_may_be_authorized_once() -> None:
    approved = observed(order(), APPROVED)
    found = the(approved.payment(PAYMENT))
    assert authorizable_minor(approved, found) == 15000
    asked = observed(order(), APPROVED, capabilities=UNECHOING)
    assert [o.kind for o in asked.operations] == [AUTHORIZE]
    assert authorizable_minor(asked, found) == 0


@pytest.mark.parametrize("known", [facts(), HELD, facts(total=99, approved=True)])
def test_nothing_else_may_be_authorized(known: PaymentFacts) -> None:
    current = observed(order(), known)
    assert authorizable_minor(current, the(current.payment(PAYMENT))) == 0


@pytest.mark.parametrize(
    ("kind", "amount", "known", "possible"),
    [
        (AUTHORIZE, 15000, APPROVED, True),
        (AUTHORIZE, 15000, HELD, False),
        (CAPTURE, 6000, facts(authorized=15000, captures={"c": 9000}), True),
        (CAPTURE, 6001, facts(authorized=15000, captures={"c": 9000}), False),
        (CAPTURE, 10000, facts(authorized=15000, voids={"v": 5000}), True),
        (CAPTURE, 10001, facts(authorized=15000, voids={"v": 5000}), False),
        (CAPTURE, 1, facts(authorized=15000, closed=True), False),
        (VOID, 15000, facts(authorized=15000, captures={"c": 14999}), True),
        (VOID, 15000, facts(authorized=15000, captures={"c": 15000}), False),
        (VOID, 15000, facts(authorized=15000, closed=True), False),
        (REFUND, 5, facts(captures={"c": 9}, refunds={"r": 4}), True),
        (REFUND, 6, facts(captures={"c": 9}, refunds={"r": 4}), False),
    ],
)
def test_it_is_possible_as_long_as_the_gateway_has_left_enough(
    kind: OperationKind, amount: int, known: PaymentFacts, possible: bool
) -> None:
    plain = requested(authorized(), CAPTURE).operations[0]
    operation = plain.model_copy(update={"kind": kind, "amount": Money(amount, "SAR")})
    assert is_still_possible(operation, known) is possible


def test_nothing_can_be_the_effect_of_an_operation_whose_payment_is_unknown() -> None:
    operation = requested(authorized(), CAPTURE).operations[0]
    assert may_be_effects(operation, order()) == ()
