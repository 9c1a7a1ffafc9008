"""The life of an operation after it was recorded (law 3).

requested → submitted → succeeded | declined
                ↓ no answer        ↑ the gateway was asked
             unknown ──────────────┘
                └→ requested again, only after asking showed that it had no effect
"""

from datetime import datetime, timedelta

from payment_orchestrator.domain.balance import (
    effect_ids,
    effect_of,
    never_left,
    unnamed_minor,
    voided_minor,
)
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import (
    Attempt,
    Decline,
    Operation,
    OperationKind,
    OperationState,
)
from payments_common.schemas.observations import PaymentFacts

MOST_ATTEMPTS = 8
BALANCE_CHANGED = "balance_changed"
KEPT_ATTEMPTS = 20
_BACKOFF_SECONDS = (1, 5, 5, 30, 60, 300)


def backoff(count: int) -> timedelta:
    """How long to wait after `count` attempts that came to nothing."""
    return timedelta(seconds=_BACKOFF_SECONDS[min(count, len(_BACKOFF_SECONDS)) - 1])


def submit(change: Change, operation: Operation, *, lease: timedelta) -> Change:
    """Committed before the gateway is called; until `lease` ends nobody else touches it."""
    number = operation.attempt_count + 1
    payment = change.order.payment(operation.payment_id)
    if never_left(operation) and payment is not None:
        operation = _noting_what_is_there(operation, payment.facts)
    submitted = operation.model_copy(
        update={
            "state": OperationState.SUBMITTED,
            "attempt_count": number,
            "attempts": (*operation.attempts, Attempt(number=number, started_at=change.now))[
                -KEPT_ATTEMPTS:
            ],
            "lease_until": change.now + lease,
            "not_before": None,
            "waits_since": None,
        }
    )
    return told(
        change.with_operation(submitted),
        submitted,
        "operation_submitted",
        f"{name_of(submitted)}: sent to the gateway as {submitted.reference}, attempt {number}",
    )


def _noting_what_is_there(operation: Operation, facts: PaymentFacts) -> Operation:
    return operation.model_copy(
        update={
            "known_effects": effect_ids(facts, operation.kind),
            "known_unnamed_minor": unnamed_minor(facts, operation.kind),
        }
    )


def answered(change: Change, operation: Operation) -> Change:
    """The call is over, whatever it said: from now on its effect may be looked for."""
    if operation.state is not OperationState.SUBMITTED:
        return change
    return change.with_operation(ended(operation, change.now, outcome="answered"))


def not_sent(
    change: Change, operation: Operation, *, why: str, retry_after_seconds: float | None
) -> Change:
    """The request never left: the operation waits, nothing is unknown."""
    wait = max(backoff(operation.unsent_count + 1), timedelta(seconds=retry_after_seconds or 0))
    waiting = ended(operation, change.now, outcome="not sent").model_copy(
        update={
            "state": OperationState.REQUESTED,
            "unsent_count": operation.unsent_count + 1,
            "not_before": change.now + wait,
        }
    )
    text = f"{name_of(operation)}: not sent ({why}); tried again in {_seconds(wait)}"
    return told(change.with_operation(waiting), waiting, "operation_waits", text)


def postponed(change: Change, operation: Operation, *, why: str, seconds: float) -> Change:
    """Not even tried, the gateway being away: no attempt, and one line for the whole wait."""
    waiting = operation.model_copy(
        update={
            "not_before": change.now + timedelta(seconds=seconds),
            "waits_since": operation.waits_since or change.now,
        }
    )
    change = change.with_operation(waiting)
    if operation.waits_since is not None:
        return change
    text = f"{name_of(operation)}: waits for its turn ({why})"
    return told(change, waiting, "operation_waits", text)


def outcome_unknown(change: Change, operation: Operation, *, why: str) -> Change:
    """Sent, no answer: the gateway is asked next, and nothing else moves on this payment."""
    unknown = ended(operation, change.now, outcome="unknown").model_copy(
        update={"state": OperationState.UNKNOWN, "not_before": change.now, "lease_until": None}
    )
    text = f"{name_of(operation)}: outcome unknown ({why}); the gateway will be asked"
    return told(change.with_operation(unknown), unknown, "operation_unknown", text)


def said_no(change: Change, operation: Operation, *, code: str, message: str) -> Change:
    """The gateway said no; it is believed only after asking whether the effect is there."""
    decline = Decline(code=code, message=message)
    doubted = ended(operation, change.now, outcome=f"declined: {code}").model_copy(
        update={
            "state": OperationState.UNKNOWN,
            "not_before": change.now,
            "lease_until": None,
            "decline": decline,
        }
    )
    text = f"{name_of(operation)}: the gateway said no ({code}: {message}); asking to be sure"
    return told(change.with_operation(doubted), doubted, "operation_declined", text)


def ask_failed(change: Change, operation: Operation, *, why: str, wait: timedelta) -> Change:
    asked = operation.model_copy(
        update={
            "asked_count": operation.asked_count + 1,
            "failed_asks": operation.failed_asks + 1,
            # Whoever had submitted it has left it: from now on its pauses count, not its lease.
            "state": OperationState.UNKNOWN,
            "not_before": change.now + wait,
            "waits_since": None,
        }
    )
    text = f"{name_of(operation)}: the gateway could not be asked ({why})"
    return told(change.with_operation(asked), asked, "operation_unknown", text)


def ask_postponed(change: Change, operation: Operation, *, why: str, seconds: float) -> Change:
    """Not even asked, the gateway being away: it counts for nothing, and is told once."""
    waiting = operation.model_copy(
        update={
            "state": OperationState.UNKNOWN,
            "not_before": change.now + timedelta(seconds=seconds),
            "waits_since": operation.waits_since or change.now,
        }
    )
    change = change.with_operation(waiting)
    if operation.waits_since is not None:
        return change
    text = f"{name_of(operation)}: the gateway is not asked now ({why})"
    return told(change, waiting, "operation_unknown", text)


def ask_now(change: Change, payment_id: str) -> Change:
    """Whoever asks about the payment now does not wait for the end of a pause."""
    for operation in change.order.operations_of(payment_id):
        if operation.state is OperationState.UNKNOWN:
            hurried = operation.model_copy(update={"not_before": change.now})
            change = change.with_operation(hurried)
    return change


def settle(change: Change) -> Change:
    """Closes every operation whose effect is among the facts, whoever told of it."""
    for operation in change.order.operations:
        if operation.is_open:
            change = _settle_one(change, operation)
        elif operation.decided_by is not None and operation.effect_id is None:
            found = operation.model_copy(update={"effect_id": effect_of(operation, change.order)})
            change = change.with_operation(found)
    return change


def _settle_one(change: Change, operation: Operation) -> Change:
    effect_id = effect_of(operation, change.order)
    if effect_id is not None:
        found = operation.model_copy(update={"effect_id": effect_id})
        return close(change, found, OperationState.SUCCEEDED)
    match operation.kind:
        case OperationKind.AUTHORIZE:
            return _settle_authorize(change, operation)
        case OperationKind.VOID:
            return _settle_void(change, operation)
        case OperationKind.CAPTURE | OperationKind.REFUND:
            return change


def _settle_authorize(change: Change, operation: Operation) -> Change:
    payment = change.order.payment(operation.payment_id)
    if payment is None or not payment.facts.authorized_minor:
        return change
    return close(change, operation, OperationState.SUCCEEDED)


def _settle_void(change: Change, operation: Operation) -> Change:
    payment = change.order.payment(operation.payment_id)
    if payment is None or not payment.facts.closed:
        return change
    if voided_minor(payment.facts) > 0:
        return close(change, operation, OperationState.SUCCEEDED)
    late = operation.model_copy(
        update={"decline": Decline(code="nothing_to_void", message="all of it was captured")}
    )
    return close(change, late, OperationState.DECLINED)


def close(change: Change, operation: Operation, state: OperationState) -> Change:
    """The operation's end, whoever told of it."""
    closed = ended(operation, change.now, outcome=state.value).model_copy(
        update={
            "state": state,
            "closed_at": change.now,
            "not_before": None,
            "lease_until": None,
            "decline": operation.decline if state is OperationState.DECLINED else None,
        }
    )
    result = f"{name_of(closed)}: {state}"
    if closed.decline is not None:
        said_by = "us" if closed.decline.code == BALANCE_CHANGED else "the gateway"
        said_by = closed.decided_by or said_by
        result += f" by {said_by} ({closed.decline.code}: {closed.decline.message})"
    elif closed.effect_id is not None:
        result += f", the gateway calls it {closed.effect_id}"
    return told(change.with_operation(closed), closed, "operation_closed", result)


def ended(operation: Operation, now: datetime, *, outcome: str) -> Operation:
    """The same with its last attempt over, unless it was already."""
    if not operation.attempts or operation.attempts[-1].ended_at is not None:
        return operation
    last = operation.attempts[-1].model_copy(update={"ended_at": now, "outcome": outcome})
    return operation.model_copy(update={"attempts": (*operation.attempts[:-1], last)})


def told(change: Change, operation: Operation, kind: str, text: str) -> Change:
    return change.told(
        kind, text, payment_id=operation.payment_id, operation_id=operation.operation_id
    )


def name_of(operation: Operation) -> str:
    """As history speaks of it."""
    return f"{operation.kind.capitalize()} of {operation.amount}"


def _seconds(wait: timedelta) -> str:
    return f"{wait.total_seconds():g} s"
