"""The log of operations, read off an order: every attempt, every refusal, every move elsewhere.

One entry for each time that an operation was sent, one for an operation that was not sent yet, one
for each command that was refused, and one for each capture, refund and void that nobody here asked
for. History says when, the operation and the facts say the rest (law 7).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from payment_orchestrator.domain.audit_elsewhere import made_elsewhere
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin
from payment_orchestrator.domain.audit_lines import MOVING_KINDS, SUBMITTED
from payment_orchestrator.domain.audit_moved import Shares, effect_id_of, effects, shares
from payment_orchestrator.domain.change import HistoryEntry
from payment_orchestrator.domain.order import (
    Attempt,
    Operation,
    OperationKind,
    OperationState,
    Order,
)
from payments_common.money import Money
from payments_common.schemas.observations import RefundFact

_DECLINED = "declined: "
# The state itself where somebody else told of the effect before the answer came.
_CLOSED_BY_IT = frozenset({"answered", OperationState.SUCCEEDED, OperationState.DECLINED})


def entries(order: Order, history: Sequence[HistoryEntry]) -> list[Entry]:
    """In order of time; `history` is all of the order's, or at least its lines of the log."""
    found = [*_refusals(order, history)]
    for payment in order.payments:
        for kind in OperationKind:
            share = shares(order, payment, kind)
            for operation in order.operations_of(payment.payment_id, kind):
                found += _attempts(order, operation, history, share=share)
            if kind in MOVING_KINDS:
                found += made_elsewhere(order, payment, kind, history=history, share=share)
    return sorted(found, key=lambda entry: entry.at)


def _attempts(
    order: Order, operation: Operation, history: Iterable[HistoryEntry], *, share: Shares
) -> Iterator[Entry]:
    blank = _of_operation(order, operation)
    moved = Money(share.by_operation.get(operation.operation_id, 0), operation.amount.currency)
    times = _attempt_times(operation, history)
    if not times:
        outcome = EntryOutcome.WAITING if operation.is_open else EntryOutcome(operation.state)
        yield replace(blank, outcome=outcome, moved=moved)
    kept = {attempt.number: attempt for attempt in operation.attempts}
    for number, at in sorted(times.items()):
        attempt, is_last = kept.get(number), number + 1 not in times
        outcome, code = _outcome(operation, attempt, is_last=is_last)
        yield replace(
            blank,
            at=at,
            attempt=number,
            outcome=outcome,
            code=code or (blank.code if is_last else None),
            ended_at=attempt.ended_at if attempt else None,
            moved=moved if is_last else None,
            calls_until=times.get(number + 1),
        )


def _of_operation(order: Order, operation: Operation) -> Entry:
    payment = order.payment(operation.payment_id)
    effect_id = effect_id_of(operation, order)
    made = effects(payment.facts, operation.kind) if payment else {}
    effect = made.get(effect_id or "")
    return Entry(
        at=operation.requested_at,
        kind=operation.kind,
        origin=Origin.OPERATION,
        outcome=EntryOutcome.WAITING,
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        payment_id=operation.payment_id,
        amount=operation.amount,
        user_id=operation.requested_by,
        sender=operation.sender,
        operation_id=operation.operation_id,
        reference=operation.reference,
        caller_reference=operation.caller_reference,
        code=operation.decline.code if operation.decline else None,
        state=operation.state,
        decided_by=operation.decided_by,
        gateway_reference=effect_id,
        refund_status=effect.status if isinstance(effect, RefundFact) else None,
        gateway_at=effect.occurred_at if effect else None,
    )


def _attempt_times(operation: Operation, history: Iterable[HistoryEntry]) -> dict[int, datetime]:
    """By number: the order keeps its last attempts, history has every one."""
    lines = [
        line.at
        for line in history
        if line.kind == SUBMITTED and line.operation_id == operation.operation_id
    ]
    times = dict(enumerate(lines, start=operation.attempt_count - len(lines) + 1))
    return times | {attempt.number: attempt.started_at for attempt in operation.attempts}


def _outcome(
    operation: Operation, attempt: Attempt | None, *, is_last: bool
) -> tuple[EntryOutcome, str | None]:
    """With the code of its own decline. An answer that showed no effect is as good as none."""
    if attempt is None:
        return EntryOutcome.NOT_KEPT, None
    said = attempt.outcome
    if said is None:
        return EntryOutcome.UNDER_WAY, None
    if said.startswith(_DECLINED):
        return EntryOutcome.DECLINED, said.removeprefix(_DECLINED)
    if said == "not sent":
        return EntryOutcome.NOT_SENT, None
    is_closed = not operation.is_open and operation.decided_by is None
    if is_last and is_closed and said in _CLOSED_BY_IT:
        return EntryOutcome(operation.state), None
    return EntryOutcome.UNKNOWN, None


def _refusals(order: Order, history: Iterable[HistoryEntry]) -> Iterator[Entry]:
    for line in history:
        if line.asked is not None:
            yield Entry(
                at=line.at,
                kind=line.asked.kind,
                origin=Origin.OPERATION,
                outcome=EntryOutcome.REFUSED,
                order_id=order.order_id,
                order_reference=order.order_reference,
                account=order.account,
                payment_id=line.payment_id,
                amount=line.asked.amount,
                user_id=line.actor,
                sender=line.asked.sender,
                operation_id=line.operation_id,
                caller_reference=line.asked.caller_reference,
                code=line.asked.code,
            )
