"""What is due is read from the order alone, the earliest first."""

import pytest

from payment_orchestrator.domain.order import (
    Attempt,
    Operation,
    OperationKind,
    OperationState,
    Order,
)
from payment_orchestrator.domain.reads import read_failed, want_read
from payment_orchestrator.domain.work import (
    ReadPayment,
    ResolveOperation,
    SubmitOperation,
    steps,
)
from support.builders import NOW, PAYMENT, authorized, change_of, later, order, requested


def in_state(state: OperationState, **times: object) -> tuple[Order, Operation]:
    current = requested(authorized(), OperationKind.CAPTURE, 5000)
    attempts = (Attempt(number=1, started_at=NOW),)
    operation = current.operations[0].model_copy(
        update={"state": state, "attempts": attempts, **times}
    )
    return current.with_operation(operation), operation


def test_nothing_is_due_on_an_order_that_nobody_asked_anything_of() -> None:
    assert steps(authorized()) == []


def test_a_read_is_due_at_once_and_after_a_failure_when_its_pause_ends() -> None:
    wanted = want_read(change_of(order()), PAYMENT)
    assert steps(wanted.order) == [ReadPayment(NOW, PAYMENT)]
    failed = read_failed(wanted, PAYMENT, why="down", retry_after_seconds=7)
    assert steps(failed.order) == [ReadPayment(later(7), PAYMENT)]


def test_a_requested_operation_is_sent_when_it_may_be() -> None:
    current, operation = in_state(OperationState.REQUESTED)
    assert steps(current) == [SubmitOperation(NOW, operation)]
    current, operation = in_state(OperationState.REQUESTED, not_before=later(5))
    assert steps(current) == [SubmitOperation(later(5), operation)]


def test_a_submitted_one_is_asked_about_when_its_lease_is_over() -> None:
    current, operation = in_state(
        OperationState.SUBMITTED, lease_until=later(30), not_before=later(5)
    )
    assert steps(current) == [ResolveOperation(later(30), operation)]
    current, operation = in_state(OperationState.SUBMITTED)
    assert steps(current) == [ResolveOperation(NOW, operation)]


def test_an_unknown_one_is_asked_about_when_its_pause_is_over() -> None:
    current, operation = in_state(
        OperationState.UNKNOWN, lease_until=later(30), not_before=later(5)
    )
    assert steps(current) == [ResolveOperation(later(5), operation)]
    current, operation = in_state(OperationState.UNKNOWN)
    assert steps(current) == [ResolveOperation(NOW, operation)]


def test_what_is_due_earlier_comes_first_whatever_it_is() -> None:
    current, operation = in_state(OperationState.UNKNOWN, not_before=later(3))
    wanted = want_read(change_of(current), PAYMENT)
    failed = read_failed(wanted, PAYMENT, why="down", retry_after_seconds=7).order
    assert steps(failed) == [
        ResolveOperation(later(3), operation),
        ReadPayment(later(7), PAYMENT),
    ]


@pytest.mark.parametrize(
    "state", [OperationState.REQUESTED, OperationState.SUBMITTED, OperationState.UNKNOWN]
)
def test_of_two_open_operations_of_a_payment_only_the_first_may_move(
    state: OperationState,
) -> None:
    current, _ = in_state(state)
    both = requested(current, OperationKind.CAPTURE, 1000, operation_id="command-2")
    moves = [s for s in steps(both) if not isinstance(s, ReadPayment)]
    assert [s.operation.operation_id for s in moves] == ["command-1"]
