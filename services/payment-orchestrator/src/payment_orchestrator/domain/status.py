"""The order's status, balance and review flags: pure functions of its facts, the rules once."""

from collections.abc import Sequence

from payment_orchestrator.domain.balance import captured_minor, counts, refunded_minor
from payment_orchestrator.domain.order import (
    OperationKind,
    OperationState,
    Order,
    OrderStatus,
    Payment,
    Review,
)
from payments_common.money import Money
from payments_common.schemas.events import Balance

ASKS_BEFORE_REVIEW = 10


def derive(order: Order) -> Order:
    """The same order with status, balance and review flags that follow from its facts."""
    counted = [p for p in order.payments if counts(order, p)]
    balance = _balance(order, counted)
    return order.model_copy(
        update={
            "balance": balance,
            "status": _status(order, balance),
            "review": tuple(flag for flag in Review if _is_flagged(flag, order)),
        }
    )


def _balance(order: Order, counted: Sequence[Payment]) -> Balance:
    currency = order.total_amount.currency
    return Balance(
        authorized=Money(sum(p.facts.authorized_minor for p in counted), currency),
        captured=Money(sum(captured_minor(p.facts) for p in counted), currency),
        refunded=Money(sum(refunded_minor(p.facts) for p in counted), currency),
        voided=Money(sum(p.facts.voided_minor for p in counted), currency),
    )


def _status(order: Order, balance: Balance) -> OrderStatus:
    captured, refunded = balance.captured.amount_minor, balance.refunded.amount_minor
    if captured > 0:
        return _captured_status(captured, refunded, order.total_amount.amount_minor)
    authorized = balance.authorized.amount_minor
    if authorized > 0:
        released = balance.voided.amount_minor >= authorized
        return OrderStatus.VOIDED if released else OrderStatus.AUTHORIZED
    if not order.payments:
        return OrderStatus.CREATED
    if any(not p.facts.failed and not p.facts.expired for p in order.payments):
        return OrderStatus.PENDING
    if any(p.facts.failed for p in order.payments):
        return OrderStatus.FAILED
    return OrderStatus.EXPIRED


def _captured_status(captured: int, refunded: int, total: int) -> OrderStatus:
    if refunded >= captured:
        return OrderStatus.REFUNDED
    if refunded > 0:
        return OrderStatus.PARTIALLY_REFUNDED
    return OrderStatus.CAPTURED if captured >= total else OrderStatus.PARTIALLY_CAPTURED


def _is_flagged(flag: Review, order: Order) -> bool:
    paid = [p for p in order.payments if p.facts.authorized_minor or captured_minor(p.facts)]
    match flag:
        case Review.AMOUNT_MISMATCH:
            return any(p.facts.amounts and not counts(order, p) for p in order.payments)
        case Review.PAID_LATE:
            return any(p.facts.failed or p.facts.expired for p in paid)
        case Review.PAID_TWICE:
            return sum(1 for p in paid if _still_holds_money(p)) > 1
        case Review.OVER_REFUNDED:
            return any(refunded_minor(p.facts) > captured_minor(p.facts) for p in order.payments)
        case Review.CAPTURE_DECLINED:
            return any(
                o.kind is OperationKind.CAPTURE
                and o.state is OperationState.DECLINED
                and o.requested_by == POLICY
                and _still_capturable(order.payment(o.payment_id))
                for o in order.operations
            )
        case Review.OPERATION_UNRESOLVED:
            return any(o.is_open and o.asked_count >= ASKS_BEFORE_REVIEW for o in order.operations)


POLICY = "policy"
"""Named as `requested_by` of operations that no command asked for."""


def _still_capturable(payment: Payment | None) -> bool:
    if payment is None:
        return False
    facts = payment.facts
    return captured_minor(facts) + facts.voided_minor < facts.authorized_minor


def _still_holds_money(payment: Payment) -> bool:
    facts = payment.facts
    held = max(facts.authorized_minor - facts.voided_minor, captured_minor(facts))
    return held > refunded_minor(facts)
