"""Each new fact gives its events once: they are read off the difference of two orders."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from payment_orchestrator.domain.balance import (
    captured_minor,
    counts,
    may_be_effects,
    refunded_minor,
    voided_minor,
)
from payment_orchestrator.domain.change import SOURCE, Change, OutboxMessage
from payment_orchestrator.domain.order import OperationKind, Order, Payment
from payments_common.messaging import topology
from payments_common.money import Money
from payments_common.schemas.commands import routing_key
from payments_common.schemas.envelope import wrap
from payments_common.schemas.events import EventType, PaymentEvent, type_of
from payments_common.schemas.observations import PaymentFacts, RefundFact, RefundStatus

_REFUND_EVENTS = {
    RefundStatus.PENDING: EventType.REFUND_PENDING,
    RefundStatus.PROCESSED: EventType.REFUND_PROCESSED,
    RefundStatus.FAILED: EventType.REFUND_FAILED,
}


def announce(change: Change) -> Change:
    """Adds an event for all that is known now and was not before, numbered without gaps."""
    order = change.order
    messages = []
    for event in _events(change.before, order, change.now):
        order = order.model_copy(update={"sequence": order.sequence + 1})
        messages.append(_message(event, order, change.now))
    return replace(change, order=order, messages=(*change.messages, *messages))


def _message(event: PaymentEvent, order: Order, now: datetime) -> OutboxMessage:
    envelope = wrap(
        event,
        type_=type_of(event.event),
        id_=f"{order.order_id}-{order.sequence}",
        source=SOURCE,
        time=now,
        subject=order.order_id,
        sequence=order.sequence,
    )
    return OutboxMessage(
        exchange=topology.EVENTS, routing_key=routing_key(envelope.type), envelope=envelope
    )


def _events(before: Order | None, order: Order, now: datetime) -> Iterator[PaymentEvent]:
    blank = PaymentEvent(
        event=EventType.NEEDS_REVIEW,
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        occurred_at=now,
        status=order.status,
        balance=order.balance,
    )
    for payment in order.payments:
        known = before.payment(payment.payment_id) if before else None
        about = blank.model_copy(update={"payment_id": payment.payment_id})
        if payment.redirect_url and not (known and known.redirect_url):
            yield about.model_copy(update={"event": EventType.SESSION_CREATED})
        if counts(order, payment):
            counted_before = before is not None and known is not None and counts(before, known)
            facts = (
                _announced(before, known) if before and known and counted_before else PaymentFacts()
            )
            yield from _payment_events(about, order, facts, _announced(order, payment))
    for flag in order.review:
        if before is None or flag not in before.review:
            yield blank.model_copy(update={"reason": flag.value})


def _announced(order: Order, payment: Payment) -> PaymentFacts:
    """All but what a call under way may have made: its answer tells who did, in a moment."""
    held = {
        (operation.kind, effect_id)
        for operation in order.operations_of(payment.payment_id)
        for effect_id in may_be_effects(operation, order)
    }
    facts = payment.facts
    return facts.model_copy(
        update={
            "captures": tuple(
                c for c in facts.captures if (OperationKind.CAPTURE, c.capture_id) not in held
            ),
            "refunds": tuple(
                r for r in facts.refunds if (OperationKind.REFUND, r.refund_id) not in held
            ),
        }
    )


def _payment_events(
    about: PaymentEvent, order: Order, known: PaymentFacts, facts: PaymentFacts
) -> Iterator[PaymentEvent]:
    if facts.authorized_minor > known.authorized_minor:
        yield _with(about, EventType.AUTHORIZED, facts.authorized_minor, order)
    yield from _capture_events(about, order, known, facts)
    if voided_minor(facts) > voided_minor(known):
        grown = voided_minor(facts) - voided_minor(known)
        yield _with(about, EventType.VOIDED, grown, order)
    yield from _refund_events(about, order, known, facts)
    if facts.failed and not known.failed:
        reason = ", ".join(facts.failure_reasons) or None
        yield about.model_copy(update={"event": EventType.FAILED, "reason": reason})
    if facts.expired and not known.expired:
        yield about.model_copy(update={"event": EventType.EXPIRED})


def _capture_events(
    about: PaymentEvent, order: Order, known: PaymentFacts, facts: PaymentFacts
) -> Iterator[PaymentEvent]:
    """Add up to what was taken: what a total has told before is not told again by its name."""
    grown = captured_minor(facts) - captured_minor(known)
    there = {c.capture_id for c in known.captures}
    for capture in facts.captures:
        if capture.capture_id not in there and capture.amount_minor <= grown:
            grown -= capture.amount_minor
            event = _with(about, EventType.CAPTURED, capture.amount_minor, order)
            yield _attributed(event, OperationKind.CAPTURE, capture.capture_id, order)
    if grown > 0:
        yield _with(about, EventType.CAPTURED, grown, order)


def _refund_events(
    about: PaymentEvent, order: Order, known: PaymentFacts, facts: PaymentFacts
) -> Iterator[PaymentEvent]:
    """Those that are processed add up to what has gone back, as captures do."""
    grown = refunded_minor(facts) - refunded_minor(known)
    statuses = {r.refund_id: r.status for r in known.refunds}
    for refund in facts.refunds:
        if statuses.get(refund.refund_id) is refund.status:
            continue
        if refund.status is RefundStatus.PROCESSED:
            if refund.amount_minor > grown:
                continue
            grown -= refund.amount_minor
        yield _refunded(about, refund, order)
    if grown > 0:
        yield _with(about, EventType.REFUND_PROCESSED, grown, order)


def _refunded(about: PaymentEvent, refund: RefundFact, order: Order) -> PaymentEvent:
    event = _with(about, _REFUND_EVENTS[refund.status], refund.amount_minor, order)
    return _attributed(event, OperationKind.REFUND, refund.refund_id, order)


def _with(about: PaymentEvent, event: EventType, amount_minor: int, order: Order) -> PaymentEvent:
    amount = Money(amount_minor, order.total_amount.currency)
    return about.model_copy(update={"event": event, "amount": amount})


def _attributed(
    event: PaymentEvent, kind: OperationKind, effect_id: str, order: Order
) -> PaymentEvent:
    """Names the operation that made the capture or refund; else it was made at the gateway."""
    operation = next(
        (o for o in order.operations if o.kind is kind and o.effect_id == effect_id), None
    )
    return event.model_copy(
        update={
            "gateway_reference": effect_id,
            "operation_id": operation.operation_id if operation else None,
            "origin": "operation" if operation else "gateway",
        }
    )
