"""What follows when the gateway was asked about an operation and showed no effect of it (law 3)."""

from datetime import datetime, timedelta

from payment_orchestrator.domain.balance import is_still_possible, unnamed_minor
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.operations import (
    BALANCE_CHANGED,
    MOST_ATTEMPTS,
    ask_failed,
    ask_postponed,
    backoff,
    close,
    ended,
    name_of,
    told,
)
from payment_orchestrator.domain.order import Decline, Operation, OperationState, Order
from payments_common.gateways.port import Capabilities


def resolve(
    change: Change, asked_about: Operation, capabilities: Capabilities, *, asked_at: datetime
) -> Change:
    """After the gateway was asked and showed no effect: it declined, is asked again, or sent again.

    What was asked before a later attempt says nothing of that attempt.
    """
    operation = change.order.operation(asked_about.operation_id)
    if operation is None or not _awaits_answer(operation, asked_about):
        return change
    if operation.decline is not None:
        return close(change, operation, OperationState.DECLINED)
    settled_at = shows_by(operation, capabilities)
    asked = ended(operation, change.now, outcome="no answer kept").model_copy(
        update={
            "asked_count": operation.asked_count + 1,
            "failed_asks": 0,
            "state": OperationState.UNKNOWN,
            "waits_since": None,
        }
    )
    if asked_at < settled_at:
        return _asked_again(change, asked, settled_at, why="no effect seen yet; asking once more")
    return _without_effect(change, asked)


def unanswered(
    change: Change, asked_about: Operation, *, why: str, retry_after_seconds: float | None
) -> Change:
    """The gateway gave no answer: it is asked again after a pause, longer with each in a row."""
    operation = change.order.operation(asked_about.operation_id)
    if operation is None or not _awaits_answer(operation, asked_about):
        return change
    wait = max(backoff(operation.failed_asks + 1), timedelta(seconds=retry_after_seconds or 0))
    return ask_failed(change, operation, why=why, wait=wait)


def not_asked(change: Change, asked_about: Operation, *, why: str, seconds: float) -> Change:
    """Its breaker was open: that counts for nothing."""
    operation = change.order.operation(asked_about.operation_id)
    if operation is None or not _awaits_answer(operation, asked_about):
        return change
    return ask_postponed(change, operation, why=why, seconds=seconds)


def _without_effect(change: Change, asked: Operation) -> Change:
    if _may_be_done(asked, change.order):
        why = (
            "the gateway's total has grown and it names nothing for it; it is asked again, "
            "not sent again"
        )
        return _asked_again(change, asked, change.now + backoff(asked.asked_count), why=why)
    over = overtaken(change, asked)
    if over is not None:
        return over
    if asked.attempt_count - asked.unsent_count >= MOST_ATTEMPTS:
        why = f"still no effect after {MOST_ATTEMPTS} attempts; see to it"
        return _asked_again(change, asked, change.now + backoff(MOST_ATTEMPTS), why=why)
    again = asked.model_copy(update={"state": OperationState.REQUESTED, "not_before": None})
    text = f"{name_of(asked)}: asked, and it had no effect; sent again under the same reference"
    return told(change.with_operation(again), again, "operation_waits", text)


def _asked_again(change: Change, asked: Operation, at: datetime, *, why: str) -> Change:
    waiting = asked.model_copy(update={"not_before": at})
    text = f"{name_of(asked)}: {why}"
    return told(change.with_operation(waiting), waiting, "operation_unknown", text)


def _may_be_done(operation: Operation, order: Order) -> bool:
    """More has moved than when it was first sent, and nothing says by whom."""
    payment = order.payment(operation.payment_id)
    if payment is None:
        return False
    return unnamed_minor(payment.facts, operation.kind) > operation.known_unnamed_minor


def _awaits_answer(operation: Operation, asked_about: Operation) -> bool:
    """Whether what was asked about is still the question: the same attempt, and no answer yet."""
    return (
        operation.state in {OperationState.SUBMITTED, OperationState.UNKNOWN}
        and operation.attempt_count == asked_about.attempt_count
    )


def shows_by(operation: Operation, capabilities: Capabilities) -> datetime:
    """From when on an effect that the gateway does not show is not there."""
    ended = [a.ended_at or operation.lease_until or a.started_at for a in operation.attempts]
    last = max(ended, default=operation.requested_at)
    return last + timedelta(seconds=capabilities.settle_seconds)


def overtaken(change: Change, operation: Operation) -> Change | None:
    """Closes an operation, surely not done, for which nothing is left; None where it can go on.

    Its amount was reserved, so somebody moved money at the gateway itself.
    """
    payment = change.order.payment(operation.payment_id)
    if payment is None or is_still_possible(operation, payment.facts):
        return None
    message = "meanwhile so much was moved at the gateway itself that this is not possible any more"
    declined = Decline(code=BALANCE_CHANGED, message=message)
    late = operation.model_copy(update={"decline": declined})
    return close(change, late, OperationState.DECLINED)
