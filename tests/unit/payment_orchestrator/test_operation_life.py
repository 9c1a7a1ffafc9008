"""Law 3: each attempt of an operation says what is kept of it, when it goes on, and why."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.operations import (
    KEPT_ATTEMPTS,
    answered,
    backoff,
    not_sent,
    outcome_unknown,
    said_no,
    submit,
)
from payment_orchestrator.domain.order import (
    Attempt,
    Decline,
    OperationKind,
    OperationState,
)
from support.builders import (
    NOW,
    facts,
    later,
    observed,
)
from support.operation_steps import (
    LEASE,
    SENT,
    asked,
    asked_for,
    changed,
    lost,
    sent,
    stepped,
    told,
)


@pytest.mark.parametrize(
    ("count", "seconds"), [(1, 1), (2, 5), (3, 5), (4, 30), (5, 60), (6, 300), (7, 300), (99, 300)]
)
def test_the_pause_grows_to_five_minutes(count: int, seconds: int) -> None:
    assert backoff(count) == timedelta(seconds=seconds)


def test_it_is_submitted_with_a_lease_and_what_was_there_before() -> None:
    known = facts(authorized=15000, captures={"c0": 100}).model_copy(
        update={"captured_total_minor": 350}
    )
    before = asked_for(OperationKind.CAPTURE, known)
    change = stepped(before, lambda c, o: submit(c, o, lease=LEASE))
    assert changed(before, change.order) == {
        "state": OperationState.SUBMITTED,
        "attempts": (SENT,),
        "attempt_count": 1,
        "lease_until": later(30),
        "known_effects": ("c0",),
        "known_unnamed_minor": 250,
    }
    assert told(change) == (
        "operation_submitted",
        "Capture of 50.00 SAR: sent to the gateway as command-1, attempt 1",
    )


def test_what_was_there_is_noted_until_the_first_attempt_has_left() -> None:
    waiting = stepped(
        sent(), lambda c, o: not_sent(c, o, why="away", retry_after_seconds=None)
    ).order
    seen = facts(authorized=15000, captures={"c9": 1})
    again = sent(observed(waiting, seen), at=9).operations[-1]
    assert (again.known_effects, again.not_before) == (("c9",), None)
    assert [a.number for a in again.attempts] == [1, 2]
    may_be_ours = sent(observed(asked(lost(), at=6).order, seen), at=9).operations[-1]
    assert may_be_ours.known_effects == ()


def test_of_many_attempts_the_last_are_kept_and_all_are_counted() -> None:
    order = asked_for()
    for _ in range(KEPT_ATTEMPTS + 2):
        order = sent(order)
    operation = order.operations[-1]
    assert operation.attempt_count == KEPT_ATTEMPTS + 2
    assert [a.number for a in operation.attempts] == list(range(3, KEPT_ATTEMPTS + 3))


def test_an_answer_ends_the_attempt_and_nothing_else() -> None:
    before = sent()
    after = stepped(before, answered, at=2).order
    over = Attempt(number=1, started_at=NOW, ended_at=later(2), outcome="answered")
    assert changed(before, after) == {"attempts": (over,)}
    assert stepped(lost(), answered, at=2).order == lost()


def test_what_never_left_waits_and_says_for_how_long() -> None:
    before = sent()
    change = stepped(
        before, lambda c, o: not_sent(c, o, why="breaker open", retry_after_seconds=None), at=2
    )
    over = Attempt(number=1, started_at=NOW, ended_at=later(2), outcome="not sent")
    assert changed(before, change.order) == {
        "state": OperationState.REQUESTED,
        "attempts": (over,),
        "unsent_count": 1,
        "not_before": later(3),
    }
    assert told(change) == (
        "operation_waits",
        "Capture of 50.00 SAR: not sent (breaker open); tried again in 1 s",
    )


def test_each_time_that_it_never_left_it_waits_longer() -> None:
    order, pauses = asked_for(), []
    for _ in range(3):
        order = stepped(
            sent(order), lambda c, o: not_sent(c, o, why="away", retry_after_seconds=None)
        ).order
        pauses.append(order.operations[-1].not_before)
    assert pauses == [later(1), later(5), later(5)]


@pytest.mark.parametrize(("retry_after", "expected"), [(None, 1), (0.2, 1), (2.5, 2.5)])
def test_it_waits_at_least_as_long_as_the_gateway_asks(
    retry_after: float | None, expected: float
) -> None:
    order = stepped(
        sent(), lambda c, o: not_sent(c, o, why="away", retry_after_seconds=retry_after)
    ).order
    assert order.operations[-1].not_before == later(expected)


def test_an_unknown_outcome_is_asked_about_at_once() -> None:
    before = sent()
    change = stepped(before, lambda c, o: outcome_unknown(c, o, why="timeout"), at=2)
    over = Attempt(number=1, started_at=NOW, ended_at=later(2), outcome="unknown")
    assert changed(before, change.order) == {
        "state": OperationState.UNKNOWN,
        "attempts": (over,),
        "not_before": later(2),
        "lease_until": None,
    }
    assert told(change) == (
        "operation_unknown",
        "Capture of 50.00 SAR: outcome unknown (timeout); the gateway will be asked",
    )


def test_a_no_is_kept_and_asked_about_before_it_is_believed() -> None:
    before = sent()
    change = stepped(before, lambda c, o: said_no(c, o, code="bad_data", message="too late"), at=2)
    over = Attempt(number=1, started_at=NOW, ended_at=later(2), outcome="declined: bad_data")
    assert changed(before, change.order) == {
        "state": OperationState.UNKNOWN,
        "attempts": (over,),
        "not_before": later(2),
        "lease_until": None,
        "decline": Decline(code="bad_data", message="too late"),
    }
    assert told(change) == (
        "operation_declined",
        "Capture of 50.00 SAR: the gateway said no (bad_data: too late); asking to be sure",
    )
