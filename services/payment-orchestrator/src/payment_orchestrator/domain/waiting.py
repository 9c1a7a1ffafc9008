"""What of an order waits: operations that are open, and reviews that call for a person."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from payment_orchestrator.domain.order import OPEN_STATES, OperationState, Order


@dataclass(frozen=True, slots=True)
class OpenOperations:
    """How many are in each open state, and when the oldest of them was asked for."""

    since: datetime
    counts: Mapping[OperationState, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """`since` is when the order began to wait for what it waits for."""

    order: Order
    since: datetime


def open_operations(order: Order) -> OpenOperations | None:
    """None where nothing is open."""
    found = [operation for operation in order.operations if operation.is_open]
    if not found:
        return None
    counts = Counter(operation.state for operation in found)
    return OpenOperations(
        since=min(operation.requested_at for operation in found),
        counts={state: counts[state] for state in sorted(OPEN_STATES)},
    )
