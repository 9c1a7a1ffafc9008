"""Captures, refunds and voids that nobody here asked for (law 11).

Somebody made them in the gateway's dashboard, or the gateway by itself, as with a sale that it
captures at once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin
from payment_orchestrator.domain.audit_moved import Shares, effects
from payment_orchestrator.domain.change import HistoryEntry, Moved
from payment_orchestrator.domain.order import OperationKind, Order, Payment
from payments_common.money import Money
from payments_common.schemas.observations import RefundFact, RefundStatus

_REFUND_OUTCOMES = {
    RefundStatus.PENDING: EntryOutcome.PENDING,
    RefundStatus.PROCESSED: EntryOutcome.SUCCEEDED,
    RefundStatus.FAILED: EntryOutcome.FAILED,
}


def made_elsewhere(
    order: Order,
    payment: Payment,
    kind: OperationKind,
    *,
    history: Sequence[HistoryEntry],
    share: Shares,
) -> Iterator[Entry]:
    """At the time when we were first told; a total that names no single ones is one entry."""
    known = effects(payment.facts, kind)
    for effect_id, moved_minor in share.by_effect.items():
        effect = known[effect_id]
        refund = effect if isinstance(effect, RefundFact) else None
        yield _entry(
            order,
            payment,
            Moved(kind=kind, effect_id=effect_id),
            history=history,
            amount_minor=effect.amount_minor,
            moved_minor=moved_minor,
            outcome=_REFUND_OUTCOMES[refund.status] if refund else EntryOutcome.SUCCEEDED,
            refund_status=refund.status if refund else None,
            reference=effect.reference or None,
            gateway_at=effect.occurred_at,
        )
    if share.unnamed_minor:
        yield _entry(
            order,
            payment,
            Moved(kind=kind, effect_id=None),
            history=history,
            amount_minor=share.unnamed_minor,
            moved_minor=share.unnamed_minor,
        )


def _entry(
    order: Order,
    payment: Payment,
    moved: Moved,
    *,
    history: Sequence[HistoryEntry],
    amount_minor: int,
    moved_minor: int,
    outcome: EntryOutcome = EntryOutcome.SUCCEEDED,
    refund_status: RefundStatus | None = None,
    reference: str | None = None,
    gateway_at: datetime | None = None,
) -> Entry:
    told = _first_told(payment.payment_id, moved, history)
    currency = (payment.facts.amounts or (order.total_amount,))[0].currency
    return Entry(
        at=told.at if told else gateway_at or payment.first_seen_at,
        kind=moved.kind,
        origin=Origin.GATEWAY,
        outcome=outcome,
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        payment_id=payment.payment_id,
        amount=Money(amount_minor, currency),
        moved=Money(moved_minor, currency),
        reference=reference,
        gateway_reference=moved.effect_id,
        refund_status=refund_status,
        gateway_at=gateway_at,
        evidence=told.evidence if told else None,
    )


def _first_told(
    payment_id: str, moved: Moved, history: Sequence[HistoryEntry]
) -> HistoryEntry | None:
    lines = (line for line in history if line.payment_id == payment_id)
    return next((line for line in lines if moved in line.moved), None)
