"""Which lines of an order's history belong to the log of operations, and when there are any.

The times are kept with the order, so that the log of a period is found by an index.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from payment_orchestrator.domain.balance import effect_ids, unnamed_minor
from payment_orchestrator.domain.change import Change, HistoryEntry, Moved
from payment_orchestrator.domain.order import OperationKind, Order
from payments_common.schemas.observations import PaymentFacts

REQUESTED = "operation_requested"
SUBMITTED = "operation_submitted"
MOVING_KINDS = (OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID)


@dataclass(frozen=True, slots=True)
class Moment:
    """A minute in which something entered the log; `user_id` is None for what a gateway told."""

    minute: datetime
    user_id: str | None


def moments(change: Change) -> tuple[Moment, ...]:
    """Of all that this change adds to the log."""
    found = (
        Moment(whole_minute(line.at), _user_id(line, change.order))
        for line in change.history
        if is_of_log(line)
    )
    return tuple(dict.fromkeys(found))


def is_of_log(line: HistoryEntry) -> bool:
    return line.kind in {REQUESTED, SUBMITTED} or line.asked is not None or bool(line.moved)


def whole_minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def newly_moved(known: PaymentFacts, seen: PaymentFacts) -> Iterator[Moved]:
    """The captures, refunds and voids that were not known, and totals that outgrow the named."""
    for kind in MOVING_KINDS:
        there = effect_ids(known, kind)
        yield from (
            Moved(kind=kind, effect_id=id_) for id_ in effect_ids(seen, kind) if id_ not in there
        )
        if unnamed_minor(seen, kind) > unnamed_minor(known, kind):
            yield Moved(kind=kind, effect_id=None)


def _user_id(line: HistoryEntry, order: Order) -> str | None:
    operation = order.operation(line.operation_id) if line.operation_id and not line.moved else None
    return operation.requested_by if operation else line.actor
