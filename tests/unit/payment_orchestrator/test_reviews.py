"""Why a person should look at an order, and of what the reason is about."""

import pytest

from payment_orchestrator.domain.order import (
    POLICY,
    Decline,
    OperationKind,
    OperationState,
    Order,
    Review,
)
from payment_orchestrator.domain.review import is_late, open_reviews, open_subjects
from payments_common.schemas.observations import PaymentFacts
from support.builders import NOW, PAYMENT, authorized, facts, observed, order, requested

AUTHORIZE, CAPTURE = OperationKind.AUTHORIZE, OperationKind.CAPTURE
NO = Decline(code="no", message="no")


def declined(kind: OperationKind, known: PaymentFacts, *, requested_by: str = POLICY) -> Order:
    """Declined is the operation of that kind, and this is known of its payment."""
    plain = requested(authorized(), CAPTURE, 1).operations[0]
    closed = {"state": OperationState.DECLINED, "decline": NO, "closed_at": NOW}
    operation = plain.model_copy(update={"kind": kind, "requested_by": requested_by, **closed})
    return observed(order(), known).with_operation(operation)


@pytest.mark.parametrize(
    ("known", "is_raised"),
    [
        (facts(authorized=15000), True),
        (facts(authorized=15000, captures={"c": 14999}), True),
        (facts(authorized=15000, captures={"c": 15000}), False),
        (facts(authorized=15000, captures={"c": 10000}, closed=True), False),
        (facts(authorized=15000, closed=True), False),
        (facts(authorized=15000, captures={"c": 4000}, voids={"v": 10000}), True),
    ],
)
def test_a_capture_that_policy_was_refused_needs_somebody_while_there_is_something_to_capture(
    known: PaymentFacts, is_raised: bool
) -> None:
    subjects = open_subjects(declined(CAPTURE, known), Review.CAPTURE_DECLINED)
    assert subjects == ({PAYMENT} if is_raised else frozenset())


def test_who_asked_for_a_capture_sees_to_its_refusal() -> None:
    asked = declined(CAPTURE, facts(authorized=15000), requested_by="warehouse")
    assert open_reviews(asked) == ()


def test_another_kind_that_was_refused_raises_no_review_of_a_capture() -> None:
    voided = declined(OperationKind.VOID, facts(authorized=15000))
    assert open_reviews(voided) == ()


@pytest.mark.parametrize(("known", "is_raised"), [(facts(approved=True), True), (facts(), False)])
def test_a_refused_authorization_needs_somebody_while_the_payment_waits_for_it(
    known: PaymentFacts, is_raised: bool
) -> None:
    raised = open_reviews(declined(AUTHORIZE, known))
    assert raised == ((Review.AUTHORIZE_DECLINED,) if is_raised else ())


@pytest.mark.parametrize(
    ("known", "late"),
    [
        (facts(authorized=1, expired=True), True),
        (facts(captures={"c": 1}, failed=True), True),
        (facts(authorized=1), False),
        (facts(expired=True), False),
        (facts(approved=True, expired=True), False),
        (facts(authorized=1, captures={"c": 1}, refunds={"r": 1}, expired=True), False),
    ],
)
def test_the_least_that_a_failed_or_expired_payment_holds_makes_it_late(
    known: PaymentFacts, late: bool
) -> None:
    assert is_late(observed(order(), known).payments[0]) is late
