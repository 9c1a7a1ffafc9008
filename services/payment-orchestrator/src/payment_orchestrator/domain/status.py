"""The order's status and balance: pure functions of its facts, the rules once."""

from collections.abc import Sequence

from payment_orchestrator.domain.balance import (
    captured_minor,
    counts,
    refunded_minor,
    voided_minor,
)
from payment_orchestrator.domain.order import Order, OrderStatus, Payment
from payment_orchestrator.domain.review import open_reviews
from payments_common.money import Money
from payments_common.schemas.events import Balance


def derive(order: Order) -> Order:
    """The same order with status, balance and review flags that follow from its facts."""
    counted = [p for p in order.payments if counts(order, p)]
    balance = _balance(order, counted)
    return order.model_copy(
        update={
            "balance": balance,
            "status": _status(order, balance),
            "review": open_reviews(order),
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
