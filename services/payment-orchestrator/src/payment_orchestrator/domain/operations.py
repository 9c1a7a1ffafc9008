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
    Order,
)
from payments_common.gateways.port import Capabilities
from payments_common.schemas.observations import PaymentFacts

MOST_ATTEMPTS = 8
KEPT_ATTEMPTS = 20
_BACKOFF_SECONDS = (1, 5, 5, 30, 60, 300)


def backoff(count: int) -> timedelta:
    """How long to wait after `count` attempts that came to nothing."""
    return timedelta(seconds=_BACKOFF_SECONDS[min(count, len(_BACKOFF_SECONDS)) - 1])


def submit(change: Change, operation: Operation, *, lease: timedelta) -> Change:
    """Committed before the gateway is called; until `lease` ends nobody else touches it."""
    number = operation.attempt_count + 1
    payment = change.order.payment(operation.payment_id)
    if number == 1 and payment is not None:
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
        }
    )
    return _told(
        change.with_operation(submitted),
        submitted,
        "operation_submitted",
        f"{_name(submitted)}: sent to the gateway as {submitted.reference}, attempt {number}",
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
    return change.with_operation(_ended(operation, change.now, outcome="answered"))


def not_sent(
    change: Change, operation: Operation, *, why: str, retry_after_seconds: float | None
) -> Change:
    """The request never left: the operation waits, nothing is unknown."""
    wait = max(backoff(operation.unsent_count + 1), timedelta(seconds=retry_after_seconds or 0))
    waiting = _ended(operation, change.now, outcome="not sent").model_copy(
        update={
            "state": OperationState.REQUESTED,
            "unsent_count": operation.unsent_count + 1,
            "not_before": change.now + wait,
        }
    )
    text = f"{_name(operation)}: not sent ({why}); tried again in {_seconds(wait)}"
    return _told(change.with_operation(waiting), waiting, "operation_waits", text)


def outcome_unknown(change: Change, operation: Operation, *, why: str) -> Change:
    """Sent, no answer: the gateway is asked next, and nothing else moves on this payment."""
    unknown = _ended(operation, change.now, outcome="unknown").model_copy(
        update={"state": OperationState.UNKNOWN, "not_before": change.now, "lease_until": None}
    )
    text = f"{_name(operation)}: outcome unknown ({why}); the gateway will be asked"
    return _told(change.with_operation(unknown), unknown, "operation_unknown", text)


def said_no(change: Change, operation: Operation, *, code: str, message: str) -> Change:
    """The gateway said no; it is believed only after asking whether the effect is there."""
    decline = Decline(code=code, message=message)
    ended = _ended(operation, change.now, outcome=f"declined: {code}").model_copy(
        update={
            "state": OperationState.UNKNOWN,
            "not_before": change.now,
            "lease_until": None,
            "decline": decline,
        }
    )
    text = f"{_name(operation)}: the gateway said no ({code}: {message}); asking to be sure"
    return _told(change.with_operation(ended), ended, "operation_declined", text)


def ask_failed(change: Change, operation: Operation, *, why: str, wait: timedelta) -> Change:
    asked = operation.model_copy(
        update={"asked_count": operation.asked_count + 1, "not_before": change.now + wait}
    )
    text = f"{_name(operation)}: the gateway could not be asked ({why})"
    return _told(change.with_operation(asked), asked, "operation_unknown", text)


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
    settled_at = _last_ended(operation) + timedelta(seconds=capabilities.settle_seconds)
    asked = _ended(operation, change.now, outcome="no answer kept").model_copy(
        update={"asked_count": operation.asked_count + 1, "state": OperationState.UNKNOWN}
    )
    if asked_at < settled_at:
        waiting = asked.model_copy(update={"not_before": settled_at})
        text = f"{_name(asked)}: no effect seen yet; asking once more"
        return _told(change.with_operation(waiting), waiting, "operation_unknown", text)
    if _may_be_done(asked, change.order):
        waiting = asked.model_copy(update={"not_before": change.now + backoff(asked.asked_count)})
        text = (
            f"{_name(asked)}: the gateway's total has grown and it names nothing for it; it is "
            "asked again, not sent again"
        )
        return _told(change.with_operation(waiting), waiting, "operation_unknown", text)
    if asked.attempt_count - asked.unsent_count >= MOST_ATTEMPTS:
        waiting = asked.model_copy(update={"not_before": change.now + backoff(MOST_ATTEMPTS)})
        text = f"{_name(asked)}: still no effect after {MOST_ATTEMPTS} attempts; see to it"
        return _told(change.with_operation(waiting), waiting, "operation_unknown", text)
    again = asked.model_copy(update={"state": OperationState.REQUESTED, "not_before": None})
    text = f"{_name(asked)}: asked, and it had no effect; sent again under the same reference"
    return _told(change.with_operation(again), again, "operation_waits", text)


def _may_be_done(operation: Operation, order: Order) -> bool:
    """More has moved than when it was first sent, and nothing says by whom."""
    payment = order.payment(operation.payment_id)
    if payment is None:
        return False
    return unnamed_minor(payment.facts, operation.kind) > operation.known_unnamed_minor


def _last_ended(operation: Operation) -> datetime:
    """When the last request can have reached the gateway at the latest."""
    ended = [a.ended_at or operation.lease_until or a.started_at for a in operation.attempts]
    return max(ended, default=operation.requested_at)


def _awaits_answer(operation: Operation, asked_about: Operation) -> bool:
    return (
        operation.state in {OperationState.SUBMITTED, OperationState.UNKNOWN}
        and operation.attempt_count == asked_about.attempt_count
    )


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
    closed = _ended(operation, change.now, outcome=state.value).model_copy(
        update={
            "state": state,
            "closed_at": change.now,
            "not_before": None,
            "lease_until": None,
            "decline": operation.decline if state is OperationState.DECLINED else None,
        }
    )
    result = f"{_name(closed)}: {state}"
    if closed.decline is not None:
        result += f" by the gateway ({closed.decline.code}: {closed.decline.message})"
    elif closed.effect_id is not None:
        result += f", the gateway calls it {closed.effect_id}"
    return _told(change.with_operation(closed), closed, "operation_closed", result)


def _ended(operation: Operation, now: datetime, *, outcome: str) -> Operation:
    if not operation.attempts or operation.attempts[-1].ended_at is not None:
        return operation
    last = operation.attempts[-1].model_copy(update={"ended_at": now, "outcome": outcome})
    return operation.model_copy(update={"attempts": (*operation.attempts[:-1], last)})


def _told(change: Change, operation: Operation, kind: str, text: str) -> Change:
    return change.told(
        kind, text, payment_id=operation.payment_id, operation_id=operation.operation_id
    )


def _name(operation: Operation) -> str:
    return f"{operation.kind.capitalize()} of {operation.amount}"


def _seconds(wait: timedelta) -> str:
    return f"{wait.total_seconds():g} s"
