"""Which operations are due by themselves: a pure function of the order and its account's rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from payment_orchestrator.domain.balance import (
    authorizable_minor,
    capturable_minor,
    captured_minor,
    excess_minor,
    holds_money,
    in_flight_minor,
    refundable_minor,
    voidable_minor,
)
from payment_orchestrator.domain.order import (
    POLICY,
    Operation,
    OperationKind,
    Order,
    Payment,
    Review,
)
from payment_orchestrator.domain.requests import OperationRequest
from payment_orchestrator.domain.review import is_late, open_subjects
from payments_common.config import Remedy
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.commands import CaptureMode


@dataclass(frozen=True, slots=True)
class Remedies:
    """What an account does about payments that come too late or once too often (law 11)."""

    paid_late: Remedy = Remedy.HOLD
    paid_twice: Remedy = Remedy.HOLD

    def against(self, review: Review) -> Remedy:
        """Everything else waits for a person."""
        match review:
            case Review.PAID_LATE:
                return self.paid_late
            case Review.PAID_TWICE:
                return self.paid_twice
            case _:
                return Remedy.HOLD


HOLD = Remedies()


def due_operations(
    order: Order, capabilities: Capabilities, remedies: Remedies = HOLD
) -> tuple[OperationRequest, ...]:
    """What was approved is authorized, in automatic mode all is captured, and what came too late
    or once too often goes back where the account says so.

    Each once, and nothing at all while a review waits for a person. What was captured in part at
    the gateway is left to who did it.
    """
    if any(remedies.against(review) is Remedy.HOLD for review in order.review):
        return ()
    return tuple(
        due
        for payment in order.payments
        for due in _due(order, payment, capabilities)
        if order.operation(due.operation_id) is None
    )


def _due(order: Order, payment: Payment, capabilities: Capabilities) -> Iterator[OperationRequest]:
    reason = _why_it_goes_back(order, payment)
    if reason is not None:
        yield from _whole_return(order, payment, reason)
    elif payment.payment_id in open_subjects(order, Review.PAID_TWICE):
        yield from _excess_return(order, payment)
    if reason is None:
        yield from _authorize(order, payment, capabilities)
        yield from _capture(order, payment)


def _why_it_goes_back(order: Order, payment: Payment) -> str | None:
    if payment.payment_id in open_subjects(order, Review.PAID_LATE):
        return "it was paid after it had failed or expired"
    twice = open_subjects(order, Review.PAID_TWICE)
    if payment.payment_id in twice and holds_money(payment) and payment != _kept(order):
        return "the order was paid twice"
    return None


def _kept(order: Order) -> Payment:
    """Of the payments that hold money, the one to keep: in time, gone furthest, there first.

    What is going back already is never the one.
    """
    return min(
        (p for p in order.payments if holds_money(p)),
        key=lambda p: (
            bool(_returns(order, p)),
            is_late(p),
            -captured_minor(p.facts) - in_flight_minor(order, p, OperationKind.CAPTURE),
            -p.facts.authorized_minor,
            p.first_seen_at,
            p.payment_id,
        ),
    )


def _whole_return(order: Order, payment: Payment, reason: str) -> Iterator[OperationRequest]:
    if voidable_minor(order, payment):
        yield _by_policy(OperationKind.VOID, payment, reason)
    if refundable_minor(order, payment):
        yield _by_policy(OperationKind.REFUND, payment, reason)


def _excess_return(order: Order, payment: Payment) -> Iterator[OperationRequest]:
    excess = min(excess_minor(payment.facts), refundable_minor(order, payment))
    if excess:
        amount = Money(excess, order.total_amount.currency)
        yield _by_policy(OperationKind.REFUND, payment, "more was taken than authorized", amount)


def _authorize(
    order: Order, payment: Payment, capabilities: Capabilities
) -> Iterator[OperationRequest]:
    if capabilities.authorizes_by_call and authorizable_minor(order, payment):
        reason = "the customer has approved, the gateway waits for us"
        yield _by_policy(OperationKind.AUTHORIZE, payment, reason)


def _capture(order: Order, payment: Payment) -> Iterator[OperationRequest]:
    whole = capturable_minor(order, payment) == payment.facts.authorized_minor > 0
    if order.capture_mode is CaptureMode.AUTOMATIC and whole:
        yield _by_policy(OperationKind.CAPTURE, payment, "capture_mode is automatic")


def _returns(order: Order, payment: Payment) -> tuple[Operation, ...]:
    kinds = (OperationKind.VOID, OperationKind.REFUND)
    made = order.operations_of(payment.payment_id, *kinds)
    return tuple(o for o in made if o.requested_by == POLICY)


def _by_policy(
    kind: OperationKind, payment: Payment, reason: str, amount: Money | None = None
) -> OperationRequest:
    return OperationRequest(
        operation_id=f"auto-{kind}-{payment.payment_id}",
        kind=kind,
        digest=POLICY,
        requested_by=POLICY,
        amount=amount,
        payment_id=payment.payment_id,
        reason=reason,
    )
