"""What of an order is open, for those who watch for what waits too long."""

from payment_orchestrator.domain.order import OperationKind, OperationState, Order
from payment_orchestrator.domain.waiting import OpenOperations, open_operations
from support.builders import authorized, later, requested


def with_states(*states: OperationState) -> Order:
    """Operations that were asked for one second after the other."""
    current = authorized()
    for number, state in enumerate(states):
        current = requested(current, OperationKind.CAPTURE, 1, operation_id=f"o-{number}")
        asked = {"state": state, "requested_at": later(number)}
        current = current.with_operation(current.operations[-1].model_copy(update=asked))
    return current


def test_where_nothing_is_open_nothing_waits() -> None:
    assert open_operations(authorized()) is None
    assert open_operations(with_states(OperationState.SUCCEEDED, OperationState.DECLINED)) is None


def test_open_operations_are_counted_by_state_since_the_oldest_of_them() -> None:
    states = (
        OperationState.SUCCEEDED,
        OperationState.UNKNOWN,
        OperationState.REQUESTED,
        OperationState.REQUESTED,
    )
    assert open_operations(with_states(*states)) == OpenOperations(
        since=later(1),
        counts={
            OperationState.REQUESTED: 2,
            OperationState.SUBMITTED: 0,
            OperationState.UNKNOWN: 1,
        },
    )
