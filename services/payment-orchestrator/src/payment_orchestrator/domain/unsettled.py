"""What of an order the gateway has not said the last word on: the reconciler asks about it.

Sessions that were never answered, payments under way, operations with an unknown outcome, refunds
that are pending. What polling gave up on waits for a person instead.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from payment_orchestrator.domain.balance import captured_minor
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import Check, OperationState, Order, Payment
from payments_common.schemas.observations import Frozen, RefundFact, RefundStatus
from payments_common.schemas.reconciliation import PollingGaveUp

USUAL_SESSION = timedelta(minutes=30)
"""How long a session is open where the gateway does not say."""


class Unsettled(Frozen):
    """`subject` names it for ever; `payment_id` is None where no payment is known."""

    why: str
    subject: str
    since: datetime
    payment_id: str | None = None
    expires_at: datetime | None = None


def unsettled(order: Order) -> tuple[Unsettled, ...]:
    """All of it, also what polling gave up on."""
    return tuple(_found(order))


def with_check(change: Change) -> Change:
    """The same with its mark for the reconciler; one that says the same keeps its time."""
    order = change.order
    wanted = _check(order, now=change.now)
    if wanted is not None and order.check is not None:
        wanted = wanted.model_copy(update={"marked_at": order.check.marked_at})
    if wanted == order.check:
        return change
    marked = wanted and wanted.model_copy(update={"marked_at": change.now})
    return change.with_order(order.model_copy(update={"check": marked}))


def gave_up(change: Change, told: PollingGaveUp) -> Change:
    """What began after the reconciler's question is not meant; the same again changes nothing."""
    order = change.order
    given_up = {
        each.subject
        for each in unsettled(order)
        if each.since <= told.since and (each.payment_id in told.payment_ids or not each.payment_id)
    }
    new = given_up - set(order.polled_out)
    if not new:
        return change
    polled_out = tuple(sorted({*order.polled_out, *new}))
    return change.with_order(order.model_copy(update={"polled_out": polled_out})).told(
        "gave_up",
        f"Asked {told.asked_count} times since {told.since:%Y-%m-%d %H:%M} UTC, and the gateway "
        f"never said the last word on {', '.join(sorted(new))}; a person has to",
    )


def _check(order: Order, *, now: datetime) -> Check | None:
    asked_about = [each for each in _found(order) if each.subject not in order.polled_out]
    if not asked_about:
        return None
    payment_ids = {each.payment_id for each in asked_about if each.payment_id}
    return Check(
        since=max(each.since for each in asked_about),
        expires_at=max((e.expires_at for e in asked_about if e.expires_at), default=None),
        payment_ids=tuple(sorted(payment_ids)),
        why=tuple(sorted({each.why for each in asked_about})),
        marked_at=now,
    )


def _found(order: Order) -> Iterator[Unsettled]:
    if order.session_asked and not order.payments and not order.answers:
        expires_at = order.created_at + USUAL_SESSION
        yield Unsettled(
            why="session", subject="session", since=order.created_at, expires_at=expires_at
        )
    for payment in order.payments:
        if _is_under_way(payment):
            yield _open_payment(payment)
        for refund in payment.facts.refunds:
            if refund.status is RefundStatus.PENDING:
                yield _pending_refund(order, payment, refund)
    for operation in order.operations:
        if operation.state is OperationState.UNKNOWN:
            yield Unsettled(
                why="operation",
                subject=f"operation {operation.operation_id}",
                since=operation.attempts[-1].started_at
                if operation.attempts
                else operation.requested_at,
                payment_id=operation.payment_id,
            )


def _is_under_way(payment: Payment) -> bool:
    facts = payment.facts
    is_over = facts.failed or facts.expired or facts.closed
    return not (is_over or facts.authorized_minor or captured_minor(facts))


def _open_payment(payment: Payment) -> Unsettled:
    return Unsettled(
        why="payment",
        subject=f"payment {payment.payment_id}",
        since=payment.first_seen_at,
        payment_id=payment.payment_id,
        expires_at=payment.session_expires_at or payment.first_seen_at + USUAL_SESSION,
    )


def _pending_refund(order: Order, payment: Payment, refund: RefundFact) -> Unsettled:
    asked_for = (o.requested_at for o in order.operations if o.effect_id == refund.refund_id)
    since = refund.occurred_at or next(asked_for, payment.first_seen_at)
    return Unsettled(
        why="refund",
        subject=f"refund {refund.refund_id}",
        since=since,
        payment_id=payment.payment_id,
    )
