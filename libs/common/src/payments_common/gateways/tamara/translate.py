"""Tamara's order as facts, pure; MAPPING.md shows it as a table."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from payments_common.errors import InvalidMoney
from payments_common.gateways.tamara.wire import (
    TamaraCancel,
    TamaraCapture,
    TamaraMoney,
    TamaraOrder,
    TamaraRefund,
    TamaraStatus,
)
from payments_common.gateways.wire_types import LONGEST_TEXT, money_of
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)

DECLINED_REASON = "declined_by_gateway"
_AUTHORIZED = frozenset(
    {
        TamaraStatus.AUTHORISED,
        TamaraStatus.CANCELED,
        TamaraStatus.UPDATED,
        TamaraStatus.PARTIALLY_CAPTURED,
        TamaraStatus.FULLY_CAPTURED,
        TamaraStatus.PARTIALLY_REFUNDED,
        TamaraStatus.FULLY_REFUNDED,
    }
)

Move = TypeVar("Move")


def observation_of(order: TamaraOrder, witness: Witness) -> Observation:
    """Raises InvalidMoney for an amount that its currency, or the order's, cannot hold."""
    return witness.saw(
        order.order_id,
        _facts(order),
        order_reference=order.order_reference_id or None,
        gateway_status=order.status,
    )


def minor_of(money: TamaraMoney, currency: str) -> int:
    """Minor units; nothing is nothing in any currency.

    Raises InvalidMoney for money of another currency.
    """
    if not money.amount:
        return 0
    if money.currency != currency:
        raise InvalidMoney(
            f"an amount is in {money.currency[:8]!r}, the order in {currency}",
            code="currency_mismatch",
        )
    return money_of(money.amount, currency).amount_minor


def _facts(order: TamaraOrder) -> PaymentFacts:
    total = money_of(order.total_amount.amount, order.total_amount.currency)
    facts = _money_facts(order, total)
    match order.status:
        case TamaraStatus.APPROVED:
            return facts.model_copy(update={"approved": True})
        case TamaraStatus.DECLINED:
            reasons = (DECLINED_REASON,)
            return facts.model_copy(update={"failed": True, "failure_reasons": reasons})
        case TamaraStatus.EXPIRED:
            return facts.model_copy(update={"expired": True})
        case _:
            return facts


def _money_facts(order: TamaraOrder, total: Money) -> PaymentFacts:
    """Of whatever status: a move that is overlooked under a word we do not know is sent again."""
    listed, currency = order.transactions, total.currency
    captures = [_capture(each, currency) for each in _by_id(listed.captures, _capture_id)]
    refunds = [_refund(each, currency) for each in _by_id(listed.refunds, _refund_id)]
    voids = [_void(each, currency) for each in _by_id(listed.cancels, _cancel_id)]
    captured = sum(each.amount_minor for each in captures)
    refunded = sum(each.amount_minor for each in refunds)
    voided = sum(each.amount_minor for each in voids)
    captured_total = _beyond(order.captured_amount, captured, currency)
    refunded_total = _beyond(order.refunded_amount, refunded, currency)
    voided_total = _beyond(order.canceled_amount, voided, currency)
    taken = max(captured, captured_total)
    if order.status == TamaraStatus.CANCELED:
        voided_total = max(voided_total, total.amount_minor - taken)
    is_authorized = order.status in _AUTHORIZED or taken + refunded + refunded_total > 0
    rest_minor = total.amount_minor - taken - max(voided, voided_total)
    return PaymentFacts(
        amounts=(total,),
        approved=is_authorized,
        authorized_minor=total.amount_minor * is_authorized,
        captures=tuple(captures),
        captured_total_minor=captured_total,
        refunds=tuple(refunds),
        refunded_total_minor=refunded_total,
        voids=tuple(voids),
        voided_minor=voided_total,
        closed=is_authorized and _is_closed(order.status, rest_minor=rest_minor),
    )


def _is_closed(status: str, *, rest_minor: int) -> bool:
    match status:
        case TamaraStatus.CANCELED:
            return True
        case TamaraStatus.AUTHORISED | TamaraStatus.UPDATED:
            return False
        case _:
            return rest_minor <= 0


def _beyond(told: TamaraMoney | None, listed_minor: int, currency: str) -> int:
    """A total that says more than the list beside it, else 0: the list has the ids."""
    told_minor = minor_of(told, currency) if told else 0
    return told_minor if told_minor > listed_minor else 0


def _capture(capture: TamaraCapture, currency: str) -> CaptureFact:
    return CaptureFact(
        capture_id=capture.capture_id,
        amount_minor=minor_of(capture.total_amount, currency),
        occurred_at=capture.created_at,
    )


def _refund(refund: TamaraRefund, currency: str) -> RefundFact:
    return RefundFact(
        refund_id=refund.refund_id,
        amount_minor=minor_of(refund.total_amount, currency),
        status=RefundStatus.PROCESSED,
        reference=refund.merchant_refund_id[:LONGEST_TEXT],
        reason=refund.comment[:LONGEST_TEXT],
        occurred_at=refund.created_at,
    )


def _void(cancel: TamaraCancel, currency: str) -> VoidFact:
    return VoidFact(
        void_id=cancel.cancel_id,
        amount_minor=minor_of(cancel.total_amount, currency),
        occurred_at=cancel.created_at,
    )


def _capture_id(capture: TamaraCapture) -> str:
    return capture.capture_id


def _refund_id(refund: TamaraRefund) -> str:
    return refund.refund_id


def _cancel_id(cancel: TamaraCancel) -> str:
    return cancel.cancel_id


def _by_id(moves: Iterable[Move], id_of: Callable[[Move], str]) -> list[Move]:
    unique = {id_of(each): each for each in moves}
    return [unique[id_] for id_ in sorted(unique)]
