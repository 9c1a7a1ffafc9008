"""Law 9: what a breaker refused waits, is told once, and counts for nothing."""

import pytest

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.operations import (
    ask_failed,
    ask_postponed,
    backoff,
    postponed,
    submit,
)
from payment_orchestrator.domain.order import Operation, OperationState, Order
from payment_orchestrator.domain.reads import read_failed, read_postponed, want_read
from payment_orchestrator.domain.work import steps
from support.builders import NOW, PAYMENT, change_of, later, order
from support.operation_steps import LEASE, Step, asked_for, changed, lost, sent, stepped, told


def held(order: Order, *, at: float = 0) -> Change:
    return stepped(order, lambda c, o: postponed(c, o, why="away", seconds=60), at=at)


def not_asked(order: Order, *, at: float = 0) -> Change:
    return stepped(order, lambda c, o: ask_postponed(c, o, why="away", seconds=60), at=at)


def asked_in_vain(change: Change, operation: Operation) -> Change:
    return ask_failed(change, operation, why="503", wait=backoff(1))


def test_an_operation_that_may_not_go_was_not_attempted() -> None:
    before = asked_for()
    change = held(before)
    assert changed(before, change.order) == {"not_before": later(60), "waits_since": NOW}
    assert told(change) == (
        "operation_waits",
        "Capture of 50.00 SAR: waits for its turn (away)",
    )


def test_the_whole_wait_is_one_line() -> None:
    change = held(held(asked_for()).order, at=60)
    assert change.history == ()
    assert change.order.operations[0].not_before == later(120)
    assert change.order.operations[0].waits_since == NOW


def test_once_it_goes_the_next_wait_is_another() -> None:
    change = stepped(held(asked_for()).order, lambda c, o: submit(c, o, lease=LEASE), at=90)
    assert change.order.operations[0].waits_since is None
    assert change.order.operations[0].not_before is None


@pytest.mark.parametrize("before", [lost(), sent()])
def test_a_question_that_was_not_put_does_not_count_as_asked(before: Order) -> None:
    change = not_asked(before, at=40)
    (operation,) = change.order.operations
    assert (operation.state, operation.asked_count) == (OperationState.UNKNOWN, 0)
    assert operation.not_before == later(100)
    assert told(change)[0] == "operation_unknown"
    assert not_asked(change.order, at=100).history == ()


@pytest.mark.parametrize("step", [asked_in_vain, lambda c, o: not_asked(c.order, at=40)])
def test_what_a_dead_process_had_sent_is_asked_about_after_a_pause(step: Step) -> None:
    change = stepped(sent(), step, at=40)
    assert steps(change.order)[0].due_at > later(40)


def test_a_read_that_was_refused_stays_due_and_its_pause_does_not_grow() -> None:
    change = want_read(change_of(order()), PAYMENT)
    for _ in range(5):
        change = read_postponed(change, PAYMENT, why="away", seconds=30)
    read = change.order.read(PAYMENT)
    assert read is not None
    assert (read.failures, read.not_before, read.waits_since) == (0, later(30), NOW)
    assert [entry.kind for entry in change.history] == ["gateway_unavailable"]


def test_a_read_that_failed_after_it_was_refused_is_told_again() -> None:
    change = read_postponed(want_read(change_of(order()), PAYMENT), PAYMENT, why="away", seconds=30)
    change = read_failed(change, PAYMENT, why="503")
    read = change.order.read(PAYMENT)
    assert read is not None
    assert (read.failures, read.waits_since) == (1, None)


def test_a_read_that_is_gone_is_not_postponed() -> None:
    change = change_of(order())
    assert read_postponed(change, PAYMENT, why="away", seconds=30) == change
