"""What the customer approved is authorized by policy, once, where the gateway waits for it."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.operations import said_no, submit
from payment_orchestrator.domain.order import OperationState, Order, Review
from payment_orchestrator.domain.resolution import resolve
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    PAYMENT,
    UNECHOING,
    change_of,
    facts,
    later,
    observed,
    order,
)

APPROVED = facts(approved=True)
AUTHORIZED = facts(approved=True, authorized=15000)
ID = f"auto-authorize-{PAYMENT}"


def told(*facts_of: PaymentFacts, **changes: object) -> Order:
    return observed(order(**changes), *facts_of, capabilities=UNECHOING)


def kinds(current: Order) -> list[str]:
    return [operation.kind.value for operation in current.operations]


def test_an_approved_payment_is_pending_and_due_to_be_authorized() -> None:
    approved = told(APPROVED)
    assert (approved.status, kinds(approved)) == ("pending", ["authorize"])
    assert str(approved.operations[0].amount) == "150.00 SAR"


def test_however_often_an_approval_is_told_it_is_authorized_once() -> None:
    assert kinds(told(APPROVED, APPROVED, APPROVED)) == ["authorize"]


def test_what_the_gateway_authorized_by_itself_is_not_authorized_again() -> None:
    assert kinds(told(AUTHORIZED)) == []


@pytest.mark.parametrize("over", [{"expired": True}, {"failed": True}, {"closed": True}])
def test_what_is_over_is_not_authorized(over: dict[str, bool]) -> None:
    assert kinds(told(PaymentFacts(amounts=APPROVED.amounts, approved=True, **over))) == []


def test_an_approval_of_another_amount_is_not_authorized() -> None:
    wrong = told(facts(total=14999, approved=True))
    assert (kinds(wrong), wrong.review) == ([], (Review.AMOUNT_MISMATCH,))


def test_of_two_approvals_the_second_is_left_to_a_person() -> None:
    twice = observed(told(AUTHORIZED), APPROVED, payment_id="another", capabilities=UNECHOING)
    assert (kinds(twice), twice.review) == ([], (Review.PAID_TWICE,))


def test_the_operation_closes_when_the_payment_is_authorized_whoever_told_of_it() -> None:
    done = observed(told(APPROVED), AUTHORIZED, capabilities=UNECHOING)
    assert done.operations[0].state is OperationState.SUCCEEDED
    assert done.status == "authorized"


def test_an_automatic_capture_waits_for_the_authorization() -> None:
    automatic = told(APPROVED, capture_mode="automatic")
    assert kinds(automatic) == ["authorize"]
    assert kinds(observed(automatic, AUTHORIZED, capabilities=UNECHOING)) == [
        "authorize",
        "capture",
    ]


def test_an_authorization_that_captured_at_once_is_not_captured_again() -> None:
    at_once = facts(approved=True, authorized=15000, captures={"c": 15000}, closed=True)
    automatic = told(APPROVED, capture_mode="automatic")
    assert kinds(observed(automatic, at_once, capabilities=UNECHOING)) == ["authorize"]


def test_a_refused_authorization_is_shown_to_a_person_until_the_payment_is_over() -> None:
    sent = finish(
        submit(change_of(told(APPROVED)), told(APPROVED).operations[0], lease=timedelta(seconds=9)),
        UNECHOING,
    ).order
    no = said_no(change_of(sent), sent.operations[0], code="not_allowed", message="no")
    refused = finish(no, UNECHOING).order
    change = change_of(refused, now=later(10))
    asked = resolve(change, refused.operations[0], UNECHOING, asked_at=later(10))
    declined = finish(asked, UNECHOING).order
    assert declined.operations[0].state is OperationState.DECLINED
    assert declined.review == (Review.AUTHORIZE_DECLINED,)
    over = observed(declined, facts(approved=True, expired=True), capabilities=UNECHOING)
    assert (over.status, over.review) == ("expired", ())


def test_a_gateway_that_authorizes_by_itself_is_never_asked_to() -> None:
    assert kinds(observed(order(), APPROVED, capabilities=CAPABILITIES)) == []
