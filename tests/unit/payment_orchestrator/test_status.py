"""The truth table of the order's status and of its review flags."""

import pytest

from payment_orchestrator.domain.order import OperationKind, OrderStatus, Review
from payments_common.schemas.observations import PaymentFacts
from support.builders import authorized, facts, observed, order, requested

OTHER = "00000000-0000-4000-8000-00000000000f"
HELD = facts(authorized=15000)
TAKEN = facts(authorized=15000, captures={"c": 15000}, closed=True)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([], OrderStatus.CREATED),
        ([facts()], OrderStatus.PENDING),
        ([HELD], OrderStatus.AUTHORIZED),
        ([facts(authorized=15000, captures={"c": 1})], OrderStatus.PARTIALLY_CAPTURED),
        ([TAKEN], OrderStatus.CAPTURED),
        (
            [facts(authorized=15000, captures={"c": 9000}, closed=True)],
            OrderStatus.PARTIALLY_CAPTURED,
        ),
        (
            [facts(authorized=15000, captures={"c": 15000}, refunds={"r": 1}, closed=True)],
            OrderStatus.PARTIALLY_REFUNDED,
        ),
        (
            [facts(authorized=15000, captures={"c": 15000}, refunds={"r": 15000}, closed=True)],
            OrderStatus.REFUNDED,
        ),
        ([facts(authorized=15000, closed=True)], OrderStatus.VOIDED),
        ([facts(failed=True)], OrderStatus.FAILED),
        ([facts(expired=True)], OrderStatus.EXPIRED),
        ([facts(expired=True), facts(failed=True)], OrderStatus.FAILED),
        ([facts(expired=True), HELD], OrderStatus.AUTHORIZED),
    ],
)
def test_status_follows_from_the_facts(told: list[PaymentFacts], status: OrderStatus) -> None:
    assert observed(order(), *told).status is status


def test_an_order_is_pending_while_any_of_its_payments_may_still_succeed() -> None:
    tried_again = observed(observed(order(), facts(failed=True)), facts(), payment_id=OTHER)
    assert tried_again.status is OrderStatus.PENDING


@pytest.mark.parametrize("wrong", [facts(total=1, authorized=1), facts(currency="AED")])
def test_law_5_a_payment_of_another_amount_or_currency_does_not_count(wrong: PaymentFacts) -> None:
    seen = observed(order(), wrong)
    assert seen.review == (Review.AMOUNT_MISMATCH,)
    assert seen.balance.authorized.amount_minor == 0


def test_law_5_a_payment_that_once_named_another_amount_stays_held_for_review() -> None:
    seen = observed(order(), facts(total=1), HELD)
    assert Review.AMOUNT_MISMATCH in seen.review
    assert seen.status is not OrderStatus.AUTHORIZED


@pytest.mark.parametrize("before", [facts(failed=True), facts(expired=True)])
def test_a_success_after_failure_or_expiry_is_flagged_as_paid_late(before: PaymentFacts) -> None:
    assert observed(order(), before, HELD).review == (Review.PAID_LATE,)
    assert observed(order(), HELD, before).review == (Review.PAID_LATE,)


def test_two_payments_that_hold_money_are_flagged_as_paid_twice() -> None:
    twice = observed(observed(order(), HELD), HELD, payment_id=OTHER)
    assert twice.review == (Review.PAID_TWICE,)


def test_a_voided_second_payment_is_no_longer_paid_twice() -> None:
    released = facts(authorized=15000, closed=True)
    assert observed(observed(order(), HELD), released, payment_id=OTHER).review == ()


def test_captures_that_are_shown_after_the_close_were_not_voided() -> None:
    early = facts(authorized=15000, closed=True)
    assert observed(order(), early, TAKEN).balance == observed(order(), TAKEN).balance


def test_more_refunded_than_captured_is_flagged() -> None:
    told = facts(authorized=15000, captures={"c": 100}, refunds={"r": 200}, closed=True)
    assert Review.OVER_REFUNDED in observed(order(), told).review


def test_an_automatic_order_under_review_is_not_captured() -> None:
    late = observed(order(capture_mode="automatic"), facts(expired=True), HELD)
    assert late.operations == ()


def test_an_automatic_order_is_captured_once_however_often_its_authorization_is_told() -> None:
    told = observed(authorized(capture_mode="automatic"), HELD, HELD)
    assert [o.amount.amount_minor for o in told.operations] == [15000]


def test_what_was_captured_in_part_at_the_gateway_is_not_completed_by_policy() -> None:
    made = order(capture_mode="automatic")
    assert observed(made, facts(authorized=15000, captures={"c": 1})).operations == ()


def test_a_manual_order_waits_for_its_capture_command() -> None:
    assert authorized().operations == ()
    assert len(requested(authorized(), OperationKind.CAPTURE).operations) == 1
