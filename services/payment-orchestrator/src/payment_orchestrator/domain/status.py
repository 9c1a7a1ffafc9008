"""The order's status, balance and review flags: pure functions of its facts, the rules once."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from payment_orchestrator.domain.balance import (
    awaits_authorization,
    captured_minor,
    counts,
    effect_of,
    holds_money,
    refunded_minor,
    voided_minor,
)
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
from payments_common.schemas.observations import PaymentFacts

ASKS_BEFORE_REVIEW = 10
POLICY = "policy"
"""Named as `requested_by` of operations that no command asked for."""


def derive(order: Order) -> Order:
    """The same order with status, balance and review flags that follow from its facts."""
    counted = [p for p in order.payments if counts(order, p)]
    balance = _balance(order, counted)
    return order.model_copy(
        update={
            "balance": balance,
            "status": _status(order, balance),
            "review": tuple(flag for flag in Review if _FLAGS[flag](order)),
        }
    )


def _balance(order: Order, counted: Sequence[Payment]) -> Balance:
    currency = order.total_amount.currency
    return Balance(
        authorized=Money(sum(p.facts.authorized_minor for p in counted), currency),
        captured=Money(sum(captured_minor(p.facts) for p in counted), currency),
        refunded=Money(sum(refunded_minor(p.facts) for p in counted), currency),
        voided=Money(sum(voided_minor(p.facts) for p in counted), currency),
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


def _amount_mismatch(order: Order) -> bool:
    return any(p.facts.amounts and not counts(order, p) for p in order.payments)


def _paid_late(order: Order) -> bool:
    return any(
        p.facts.failed or p.facts.expired
        for p in order.payments
        if p.facts.authorized_minor or captured_minor(p.facts)
    )


def _paid_twice(order: Order) -> bool:
    """By two payments, or by one that took more than was authorized."""
    more = any(captured_minor(p.facts) > p.facts.authorized_minor > 0 for p in order.payments)
    return more or sum(1 for p in order.payments if holds_money(p)) > 1


def _over_refunded(order: Order) -> bool:
    return any(refunded_minor(p.facts) > captured_minor(p.facts) for p in order.payments)


def _authorize_declined(order: Order) -> bool:
    return any(awaits_authorization(f) for f in _declined_by_policy(order, OperationKind.AUTHORIZE))


def _capture_declined(order: Order) -> bool:
    return any(_still_capturable(f) for f in _declined_by_policy(order, OperationKind.CAPTURE))


def _declined_by_policy(order: Order, kind: OperationKind) -> Iterator[PaymentFacts]:
    """Nobody waits for these answers who could see to them."""
    for operation in order.operations:
        payment = order.payment(operation.payment_id)
        is_declined = operation.kind is kind and operation.state is OperationState.DECLINED
        if is_declined and operation.requested_by == POLICY and payment is not None:
            yield payment.facts


def _declined_but_done(order: Order) -> bool:
    declined = (o for o in order.operations if o.state is OperationState.DECLINED)
    return any(effect_of(o, order) is not None for o in declined)


def _operation_unresolved(order: Order) -> bool:
    return any(o.is_open and o.asked_count >= ASKS_BEFORE_REVIEW for o in order.operations)


_FLAGS: Mapping[Review, Callable[[Order], bool]] = {
    Review.AMOUNT_MISMATCH: _amount_mismatch,
    Review.PAID_LATE: _paid_late,
    Review.PAID_TWICE: _paid_twice,
    Review.OVER_REFUNDED: _over_refunded,
    Review.AUTHORIZE_DECLINED: _authorize_declined,
    Review.CAPTURE_DECLINED: _capture_declined,
    Review.DECLINED_BUT_DONE: _declined_but_done,
    Review.OPERATION_UNRESOLVED: _operation_unresolved,
}


def _still_capturable(facts: PaymentFacts) -> bool:
    return captured_minor(facts) + voided_minor(facts) < facts.authorized_minor
