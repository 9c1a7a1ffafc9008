"""Recording an operation: what may be asked, and the reservation in the same write (law 6).

Every refusal says how much is left and why, or what to do first.
"""

from dataclasses import dataclass

from payment_orchestrator.domain.able import check_able
from payment_orchestrator.domain.balance import (
    authorizable_minor,
    capturable_minor,
    captured_minor,
    counts,
    in_flight_minor,
    refundable_minor,
    refunding_minor,
    voidable_minor,
    voided_minor,
)
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import (
    Operation,
    OperationKind,
    Order,
    Payment,
    ReplyAddress,
)
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.parties import Shipment

MOST_OPERATIONS = 500


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """`amount` None asks for all that is left; `digest` is of the command's content."""

    operation_id: str
    kind: OperationKind
    digest: str
    requested_by: str
    amount: Money | None = None
    payment_id: str | None = None
    sender: str | None = None
    caller_reference: str | None = None
    reason: str | None = None
    shipment: Shipment | None = None
    reply_to: tuple[ReplyAddress, ...] = ()


def request(change: Change, asked: OperationRequest, capabilities: Capabilities) -> Change:
    """Adds the operation, or raises OperationRefused that says what is left and why."""
    order = change.order
    if len(order.operations) >= MOST_OPERATIONS:
        raise OperationRefused(
            f"order {order.order_reference} has {MOST_OPERATIONS} operations, the most it can have",
            code="too_many_operations",
        )
    payment = _target(order, asked)
    left = _left(order, payment, asked.kind)
    amount = asked.amount or Money(left, _currency(order, payment, asked.kind))
    _check_amount(order, payment, asked, amount=amount, left_minor=left, capabilities=capabilities)
    operation = Operation(
        operation_id=asked.operation_id,
        kind=asked.kind,
        payment_id=payment.payment_id,
        amount=amount,
        reference=asked.operation_id,
        is_echoed=_is_echoed(asked.kind, capabilities),
        digest=asked.digest,
        requested_by=asked.requested_by,
        sender=asked.sender,
        caller_reference=asked.caller_reference,
        reason=asked.reason,
        shipment=asked.shipment,
        requested_at=change.now,
        reply_to=asked.reply_to,
    )
    because = f" because: {asked.reason}" if asked.reason else ""
    return change.with_operation(operation).told(
        "operation_requested",
        f"{asked.requested_by} asked to {asked.kind} {amount}{because}; the amount is reserved",
        actor=asked.requested_by,
        payment_id=payment.payment_id,
        operation_id=operation.operation_id,
    )


def _is_echoed(kind: OperationKind, capabilities: Capabilities) -> bool:
    match kind:
        case OperationKind.CAPTURE:
            return capabilities.echoes_capture_reference
        case OperationKind.REFUND:
            return capabilities.echoes_refund_reference
        case OperationKind.AUTHORIZE | OperationKind.VOID:
            return False


def _target(order: Order, asked: OperationRequest) -> Payment:
    if asked.payment_id is not None:
        payment = order.payment(asked.payment_id)
        if payment is None:
            raise OperationRefused(
                f"order {order.order_reference} has no payment {asked.payment_id}",
                code="unknown_payment",
            )
        return payment
    held = [p for p in order.payments if counts(order, p) and p.facts.authorized_minor]
    able = [p for p in held if _left(order, p, asked.kind) > 0]
    if len(able) == 1:
        return able[0]
    if not held:
        raise OperationRefused(
            f"order {order.order_reference} is {order.status}: nothing is authorized, so there "
            f"is nothing to {asked.kind}",
            code="nothing_authorized",
        )
    if len(held) == 1:
        return held[0]
    raise OperationRefused(
        f"order {order.order_reference} was paid {len(held)} times; say which payment_id to "
        f"{asked.kind}: {', '.join(p.payment_id for p in able or held)}",
        code="payment_id_needed",
    )


def _left(order: Order, payment: Payment, kind: OperationKind) -> int:
    match kind:
        case OperationKind.AUTHORIZE:
            return authorizable_minor(order, payment)
        case OperationKind.CAPTURE:
            return capturable_minor(order, payment)
        case OperationKind.VOID:
            return voidable_minor(order, payment)
        case OperationKind.REFUND:
            return refundable_minor(order, payment)


def _currency(order: Order, payment: Payment, kind: OperationKind) -> str:
    """A void releases whatever is held, so it is in the payment's own currency."""
    if kind is OperationKind.VOID and payment.facts.amounts:
        return payment.facts.amounts[0].currency
    return order.total_amount.currency


def _check_amount(
    order: Order,
    payment: Payment,
    asked: OperationRequest,
    *,
    amount: Money,
    left_minor: int,
    capabilities: Capabilities,
) -> None:
    currencies = {m.currency for m in payment.facts.amounts} or {order.total_amount.currency}
    if asked.kind is not OperationKind.VOID:
        currencies.add(order.total_amount.currency)
    if {amount.currency} != currencies:
        raise OperationRefused(
            f"the amount is in {amount.currency}, the order and its payment are in "
            f"{' and '.join(sorted(currencies))}",
            code="currency_mismatch",
        )
    if left_minor == 0 or amount.amount_minor > left_minor:
        left = Money(left_minor, amount.currency)
        raise OperationRefused(
            f"cannot {asked.kind} {amount}: {left} is left to {asked.kind} "
            f"({_why(order, payment)})",
            code="amount_exceeds_balance",
        )
    if asked.kind is OperationKind.REFUND and capabilities.refund_needs_closed:
        _check_closed(order, payment)
    check_able(
        payment.facts,
        asked.kind,
        is_whole=_is_whole(payment.facts, asked.kind, amount.amount_minor, left_minor),
        is_capturing=in_flight_minor(order, payment, OperationKind.CAPTURE) > 0,
        capabilities=capabilities,
    )


def _check_closed(order: Order, payment: Payment) -> None:
    if not payment.facts.closed:
        left = Money(capturable_minor(order, payment), order.total_amount.currency)
        raise OperationRefused(
            f"this gateway refunds only what is fully captured or voided: void or capture the "
            f"{left} that is still held, then refund",
            code="void_first",
        )


def _is_whole(facts: PaymentFacts, kind: OperationKind, amount_minor: int, left_minor: int) -> bool:
    """Whether it moves all that was authorized or captured, or all that is left to void."""
    match kind:
        case OperationKind.CAPTURE:
            return amount_minor == facts.authorized_minor
        case OperationKind.REFUND:
            return amount_minor == captured_minor(facts)
        case OperationKind.AUTHORIZE | OperationKind.VOID:
            return amount_minor == left_minor


def _why(order: Order, payment: Payment) -> str:
    facts, currency = payment.facts, order.total_amount.currency
    amounts = {
        "authorized": facts.authorized_minor,
        "captured": captured_minor(facts),
        "captures under way": in_flight_minor(order, payment, OperationKind.CAPTURE),
        "voided": voided_minor(facts),
        "voids under way": in_flight_minor(order, payment, OperationKind.VOID),
        "refunded": refunding_minor(facts),
        "refunds under way": in_flight_minor(order, payment, OperationKind.REFUND),
    }
    parts = [f"{name} {Money(minor, currency)}" for name, minor in amounts.items() if minor]
    if not counts(order, payment):
        parts.append("its amount is not the order's, so it does not count")
    return ", ".join(parts) or "nothing is authorized"
