"""What is due by itself, each once, and in words that history repeats."""

import pytest

from payment_orchestrator.domain.decisions import accept
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import (
    POLICY,
    Decline,
    OperationKind,
    OperationState,
    Order,
    Review,
)
from payment_orchestrator.domain.policy import Remedies, due_operations
from payment_orchestrator.domain.requests import OperationRequest
from payments_common.config import Remedy
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    PAYMENT,
    UNECHOING,
    change_of,
    facts,
    observed,
    order,
)

OTHER = "9b2f5f0c-0000-4000-8000-000000000002"
EXPIRED, HELD = facts(expired=True), facts(authorized=15000)
TAKEN = facts(authorized=15000, captures={"c1": 15000}, closed=True)
RETURN = Remedies(paid_late=Remedy.VOID_OR_REFUND, paid_twice=Remedy.VOID_OR_REFUND)
AUTOMATIC = order(capture_mode="automatic")


def due(current: Order, capabilities: Capabilities = CAPABILITIES) -> list[OperationRequest]:
    return list(due_operations(current, capabilities, RETURN))


def moves(current: Order) -> list[tuple[OperationKind, str, int]]:
    return [(o.kind, o.payment_id, o.amount.amount_minor) for o in current.operations]


@pytest.mark.parametrize(
    ("kind", "told", "reason"),
    [
        (
            OperationKind.AUTHORIZE,
            [facts(approved=True)],
            "the customer has approved, the gateway waits for us",
        ),
        (OperationKind.CAPTURE, [HELD], "capture_mode is automatic"),
        (OperationKind.VOID, [EXPIRED, HELD], "it was paid after it had failed or expired"),
        (OperationKind.REFUND, [EXPIRED, TAKEN], "it was paid after it had failed or expired"),
        (
            OperationKind.REFUND,
            [facts(authorized=15000, captures={"c1": 15000, "c2": 15000}, closed=True)],
            "more was taken than authorized",
        ),
    ],
)
def test_what_is_due_says_by_which_rule(
    kind: OperationKind, told: list[PaymentFacts], reason: str
) -> None:
    seen = observed(AUTOMATIC, *told, capabilities=UNECHOING, remedies=RETURN)
    (operation,) = seen.operations
    assert (operation.kind, operation.reason) == (kind, reason)
    assert (operation.operation_id, operation.requested_by) == (f"auto-{kind}-{PAYMENT}", POLICY)
    assert operation.digest == POLICY


def test_a_second_payment_goes_back_because_there_is_another() -> None:
    once = observed(order(), HELD, payment_id=PAYMENT)
    twice = observed(once, HELD, payment_id=OTHER, remedies=RETURN)
    assert [o.reason for o in twice.operations] == ["the order was paid twice"]


def test_of_two_payments_the_one_that_holds_more_is_kept() -> None:
    little = facts(authorized=100)
    twice = observed(observed(order(), little, payment_id=PAYMENT), HELD, payment_id=OTHER)
    assert [d.payment_id for d in due(twice)] == [PAYMENT]


def test_of_two_payments_the_one_that_is_being_captured_is_kept() -> None:
    """Else both would be captured, and one of them refunded."""
    capturing = observed(AUTOMATIC, HELD, payment_id=OTHER)
    twice = observed(capturing, HELD, payment_id=PAYMENT, remedies=RETURN)
    assert moves(twice) == [
        (OperationKind.CAPTURE, OTHER, 15000),
        (OperationKind.VOID, PAYMENT, 15000),
    ]


def test_what_was_declined_is_not_asked_for_again_by_itself() -> None:
    capturing = observed(AUTOMATIC, HELD)
    no = {"state": OperationState.DECLINED, "decline": Decline(code="no", message="no")}
    declined = capturing.with_operation(capturing.operations[0].model_copy(update=no))
    raised = finish(change_of(declined), CAPABILITIES).order
    assert raised.review == (Review.CAPTURE_DECLINED,)
    change = accept(change_of(raised), Review.CAPTURE_DECLINED, by="noor", reason="by hand")
    accepted = finish(change, CAPABILITIES).order
    assert (accepted.review, accepted.operations) == ((), raised.operations)


def test_the_least_that_is_authorized_is_captured_and_nothing_is_not() -> None:
    least = {"amount_minor": 1, "currency": "SAR"}
    tiny = order(
        capture_mode="automatic",
        total_amount=least,
        items=[{"title": "Lamp", "unit_price": least}],
    )
    seen = observed(tiny, facts(total=1, authorized=1))
    assert (seen.status, moves(seen)) == ("authorized", [(OperationKind.CAPTURE, PAYMENT, 1)])
    assert due(observed(AUTOMATIC, facts())) == []
    assert seen.operations[0].amount == Money(1, "SAR")
