"""Law 11: late is not lost, and the account's rule decides what becomes of it."""

import pytest

from payment_orchestrator.domain.order import OperationKind, Order, OrderStatus, Review
from payment_orchestrator.domain.policy import Remedies
from payments_common.config import Remedy
from payments_common.schemas.commands import CaptureMode
from support.builders import CAPABILITIES, PAYMENT, UNECHOING, facts, observed, order, requested

OTHER = "9b2f5f0c-0000-4000-8000-000000000002"
EXPIRED = facts(expired=True)
HELD = facts(authorized=15000)
TAKEN = facts(authorized=15000, captures={"c1": 15000}, closed=True)
PARTLY_TAKEN = facts(authorized=15000, captures={"c1": 5000})
GONE_BACK = facts(authorized=15000, captures={"c1": 15000}, refunds={"r1": 15000}, closed=True)
RETURN = Remedies(paid_late=Remedy.VOID_OR_REFUND, paid_twice=Remedy.VOID_OR_REFUND)
ACCEPT = Remedies(paid_late=Remedy.ACCEPT, paid_twice=Remedy.ACCEPT)


def moves(order: Order) -> list[tuple[OperationKind, str, int]]:
    return [(o.kind, o.payment_id, o.amount.amount_minor) for o in order.operations]


def automatic(**changes: object) -> Order:
    return order(capture_mode="automatic", **changes)


def test_a_late_payment_is_the_orders_payment_and_is_held_for_a_person() -> None:
    late = observed(automatic(), EXPIRED, HELD)
    assert (late.status, late.review) == (OrderStatus.AUTHORIZED, (Review.PAID_LATE,))
    assert moves(late) == []


def test_an_accepted_late_payment_goes_on_as_if_it_had_come_in_time() -> None:
    late = observed(automatic(), EXPIRED, HELD, remedies=ACCEPT)
    assert (late.review, moves(late)) == ((), [(OperationKind.CAPTURE, PAYMENT, 15000)])
    assert [(a.review, a.accepted_by) for a in late.accepted] == [(Review.PAID_LATE, "policy")]


def test_a_late_payment_that_is_held_is_voided_where_the_account_says_so() -> None:
    late = observed(automatic(), EXPIRED, HELD, remedies=RETURN)
    assert moves(late) == [(OperationKind.VOID, PAYMENT, 15000)]
    assert late.review == (Review.PAID_LATE,)


def test_a_late_payment_that_was_captured_is_refunded_where_the_account_says_so() -> None:
    late = observed(order(), EXPIRED, TAKEN, remedies=RETURN)
    assert moves(late) == [(OperationKind.REFUND, PAYMENT, 15000)]


def test_of_a_late_payment_captured_in_part_the_rest_is_voided_before_the_refund() -> None:
    late = observed(order(), EXPIRED, PARTLY_TAKEN, remedies=RETURN)
    assert moves(late) == [(OperationKind.VOID, PAYMENT, 10000)]
    closed = facts(authorized=15000, captures={"c1": 5000}, closed=True)
    after = observed(late, closed, remedies=RETURN)
    assert moves(after)[1:] == [(OperationKind.REFUND, PAYMENT, 5000)]


def test_what_the_gateway_cannot_return_by_itself_stays_with_a_person() -> None:
    late = observed(
        order(), EXPIRED, PARTLY_TAKEN, remedies=RETURN, capabilities=UNECHOING
    )  # voids nothing after a capture, but refunds
    assert moves(late) == [(OperationKind.REFUND, PAYMENT, 5000)]
    assert late.review == (Review.PAID_LATE,)


def test_a_late_payment_whose_money_has_gone_back_needs_nobody_any_more() -> None:
    assert observed(order(), EXPIRED, GONE_BACK).review == ()


def test_a_return_is_asked_for_once_however_often_the_payment_is_told() -> None:
    late = observed(order(), EXPIRED, HELD, HELD, EXPIRED, remedies=RETURN)
    assert len(late.operations) == 1


def test_nothing_is_returned_while_a_capture_of_it_may_still_have_its_effect() -> None:
    held = requested(observed(order(), HELD), OperationKind.CAPTURE)
    late = observed(held, EXPIRED, remedies=RETURN)
    assert [o.kind for o in late.operations] == [OperationKind.CAPTURE]


@pytest.mark.parametrize(("first", "second"), [(PAYMENT, OTHER), (OTHER, PAYMENT)])
def test_of_two_payments_the_one_that_came_second_goes_back(first: str, second: str) -> None:
    once = observed(order(), HELD, payment_id=first, remedies=RETURN)
    twice = observed(once, HELD, payment_id=second, remedies=RETURN)
    assert moves(twice) == [(OperationKind.VOID, max(first, second), 15000)]


def test_of_two_payments_the_captured_one_is_kept() -> None:
    twice = observed(order(), TAKEN, payment_id=OTHER)
    twice = observed(twice, HELD, payment_id=PAYMENT, remedies=RETURN)
    assert moves(twice) == [(OperationKind.VOID, PAYMENT, 15000)]


def test_of_two_payments_the_late_one_goes_back() -> None:
    twice = observed(order(), EXPIRED, TAKEN, payment_id=PAYMENT)
    twice = observed(twice, HELD, payment_id=OTHER, remedies=RETURN)
    assert moves(twice) == [(OperationKind.REFUND, PAYMENT, 15000)]


def test_the_payment_that_is_kept_is_captured_while_the_other_goes_back() -> None:
    once = observed(order(), HELD, payment_id=PAYMENT)
    twice = observed(
        once.model_copy(update={"capture_mode": CaptureMode.AUTOMATIC}),
        HELD,
        payment_id=OTHER,
        remedies=RETURN,
    )
    assert set(moves(twice)) == {
        (OperationKind.CAPTURE, PAYMENT, 15000),
        (OperationKind.VOID, OTHER, 15000),
    }


def test_whatever_is_learnt_later_the_payment_that_goes_back_stays_the_same() -> None:
    twice = observed(order(), HELD, payment_id=PAYMENT)
    twice = observed(twice, HELD, payment_id=OTHER, remedies=RETURN)
    further = observed(twice, PARTLY_TAKEN, payment_id=OTHER, remedies=RETURN)
    assert {o.payment_id for o in further.operations} == {OTHER}


def test_only_what_was_taken_beyond_the_authorization_goes_back() -> None:
    doubled = facts(authorized=15000, captures={"c1": 15000, "c2": 15000}, closed=True)
    twice = observed(order(), doubled, remedies=RETURN)
    assert moves(twice) == [(OperationKind.REFUND, PAYMENT, 15000)]
    assert twice.review == (Review.PAID_TWICE,)


def test_an_accepted_double_payment_is_raised_again_by_a_third() -> None:
    twice = observed(order(), HELD, payment_id=PAYMENT)
    twice = observed(twice, HELD, payment_id=OTHER, remedies=ACCEPT)
    assert twice.review == ()
    thrice = observed(twice, HELD, payment_id="third")
    assert thrice.review == (Review.PAID_TWICE,)


@pytest.mark.parametrize("remedies", [RETURN, ACCEPT])
def test_another_amount_than_the_orders_is_held_whatever_the_account_says(
    remedies: Remedies,
) -> None:
    other = facts(total=1, authorized=1)
    seen = observed(automatic(), EXPIRED, other, remedies=remedies)
    assert (Review.AMOUNT_MISMATCH in seen.review, moves(seen)) == (True, [])


def test_a_late_payment_waits_for_the_person_who_must_see_to_the_double_one() -> None:
    rules = Remedies(paid_late=Remedy.VOID_OR_REFUND, paid_twice=Remedy.HOLD)
    twice = observed(order(), HELD, payment_id=PAYMENT)
    twice = observed(twice, EXPIRED, HELD, payment_id=OTHER, remedies=rules)
    assert set(twice.review) == {Review.PAID_LATE, Review.PAID_TWICE}
    assert moves(twice) == []


def test_a_capture_at_the_gateway_beyond_the_authorization_is_not_negative() -> None:
    doubled = facts(authorized=15000, captures={"c1": 20000}, closed=True)
    assert CAPABILITIES.void
    assert observed(order(), doubled, remedies=RETURN).operations[0].amount.amount_minor == 5000
