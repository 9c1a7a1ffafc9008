"""Tabby's payment as facts, pure; MAPPING.md shows it as a table."""

from collections.abc import Iterable

from payments_common.gateways.tabby.wire import TabbyMove, TabbyPayment, TabbyStatus
from payments_common.gateways.wire_types import LONGEST_TEXT, money_of
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)

REJECTED_REASON = "rejected_by_gateway"


def observation_of(payment: TabbyPayment, witness: Witness) -> Observation:
    """Raises InvalidMoney for an amount that the payment's currency cannot hold."""
    return witness.saw(
        payment.id,
        _facts(payment),
        order_reference=(payment.order.reference_id if payment.order else "") or None,
        gateway_status=payment.status,
    )


def _facts(payment: TabbyPayment) -> PaymentFacts:
    total = money_of(payment.amount, payment.currency)
    match payment.status:
        case TabbyStatus.AUTHORIZED | TabbyStatus.CLOSED:
            return _money_facts(payment, total)
        case TabbyStatus.REJECTED:
            return PaymentFacts(amounts=(total,), failed=True, failure_reasons=(REJECTED_REASON,))
        case TabbyStatus.EXPIRED:
            return PaymentFacts(amounts=(total,), expired=True)
        case _:
            return PaymentFacts(amounts=(total,))


def _money_facts(payment: TabbyPayment, total: Money) -> PaymentFacts:
    captures = tuple(_capture(each, payment) for each in _sorted_by_id(payment.captures))
    closed = payment.status == TabbyStatus.CLOSED
    captured_minor = sum(each.amount_minor for each in captures)
    return PaymentFacts(
        amounts=(total,),
        authorized_minor=total.amount_minor,
        captures=captures,
        refunds=tuple(_refund(each, payment) for each in _sorted_by_id(payment.refunds)),
        # Closing releases what was not captured; without captures that is all, a cancellation.
        voided_minor=max(total.amount_minor - captured_minor, 0) if closed else 0,
        closed=closed,
    )


def _capture(capture: TabbyMove, payment: TabbyPayment) -> CaptureFact:
    return CaptureFact(
        capture_id=capture.id,
        amount_minor=money_of(capture.amount, payment.currency).amount_minor,
        reference=capture.reference_id,
        occurred_at=capture.created_at,
    )


def _refund(refund: TabbyMove, payment: TabbyPayment) -> RefundFact:
    return RefundFact(
        refund_id=refund.id,
        amount_minor=money_of(refund.amount, payment.currency).amount_minor,
        status=RefundStatus.PROCESSED,
        reference=refund.reference_id,
        reason=refund.reason[:LONGEST_TEXT],
        occurred_at=refund.created_at,
    )


def _sorted_by_id(moves: Iterable[TabbyMove]) -> list[TabbyMove]:
    unique = {each.id: each for each in moves}
    return [unique[id_] for id_ in sorted(unique)]
