"""Since when an order's next work is due, stored so that an index finds what nobody does."""

from datetime import datetime

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.work import steps


def work_due_at(change: Change) -> datetime | None:
    """None where nothing is or will be due; never before the change that made it due."""
    first = next(iter(steps(change.order)), None)
    return None if first is None else max(first.due_at, change.now)
