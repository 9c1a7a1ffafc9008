"""What is due on an order, read from the order alone: any process can go on where one died."""

from dataclasses import dataclass
from datetime import datetime

from payment_orchestrator.domain.order import Operation, OperationState, Order


@dataclass(frozen=True, slots=True)
class ReadPayment:
    """Ask the gateway for a payment's details."""

    due_at: datetime
    payment_id: str


@dataclass(frozen=True, slots=True)
class SubmitOperation:
    """Send an operation to the gateway."""

    due_at: datetime
    operation: Operation


@dataclass(frozen=True, slots=True)
class ResolveOperation:
    """Ask the gateway what became of an operation."""

    due_at: datetime
    operation: Operation


Step = ReadPayment | SubmitOperation | ResolveOperation


def steps(order: Order) -> list[Step]:
    """All that is or will be due, the earliest first.

    Of the open operations of one payment only the first may move: no money-moving call starts
    before the one before it is resolved (law 3).
    """
    reads: list[Step] = [
        ReadPayment(read.not_before or order.created_at, read.payment_id) for read in order.reads
    ]
    moves = [_step(first) for p in order.payments if (first := first_open(order, p.payment_id))]
    return sorted(reads + moves, key=lambda step: step.due_at)


def first_open(order: Order, payment_id: str) -> Operation | None:
    return next((o for o in order.operations_of(payment_id) if o.is_open), None)


def _step(operation: Operation) -> Step:
    if operation.state is OperationState.REQUESTED:
        return SubmitOperation(operation.not_before or operation.requested_at, operation)
    if operation.state is OperationState.SUBMITTED:
        return ResolveOperation(operation.lease_until or operation.requested_at, operation)
    return ResolveOperation(operation.not_before or operation.requested_at, operation)
