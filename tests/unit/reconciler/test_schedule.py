"""When an order is asked about next: every rule as a row, and what holds for all of them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments_common.config import POLLS
from reconciler.domain.mark import Mark
from reconciler.domain.schedule import (
    GIVE_UP_PAUSE,
    LONGEST_PAUSE,
    LONGEST_RETRY_AFTER,
    Rhythm,
    after_answer,
    after_no_answer,
    anchor,
    first_due,
    is_over,
)
from support.polled import NOW, later, mark, refund_mark
from support.world import tabby_account

MINUTE = 60.0
STEPS = (10.0, 60.0, 300.0)
RHYTHM = Rhythm(timedelta(minutes=5), tuple(timedelta(seconds=each) for each in STEPS))
WITHOUT_END = mark(expires_at=None)
OF_BOTH = mark(why=("operation", "payment"))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (mark(), 1800),
        (WITHOUT_END, 1800),
        (mark(why=("session",), expires_at=None, payment_ids=()), 1800),
        (refund_mark(), 0),
        (refund_mark(why=("operation",)), 0),
        # A gateway that names no real end.
        (mark(expires_at=datetime(9999, 12, 31, tzinfo=UTC)), 365 * 24 * 60 * MINUTE),
        # Something began after the session's end: the steps are counted from there.
        (mark(why=("operation", "payment"), expires_at=later(-3600)), 0),
    ],
)
def test_steps_are_counted_from_the_sessions_end_or_the_beginning(
    what: Mark, expected: float
) -> None:
    assert anchor(what) == later(expected)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (mark(), 5 * MINUTE),  # webhooks get their chance
        (mark(expires_at=later(4 * MINUTE)), 4 * MINUTE + 10),  # but not beyond the session's end
        (WITHOUT_END, 5 * MINUTE),
        (refund_mark(), 10),
        (OF_BOTH, 10),
    ],
)
def test_the_first_poll_comes(what: Mark, expected: float) -> None:
    assert first_due(what, RHYTHM) == later(expected)


@pytest.mark.parametrize(
    ("what", "done", "asked_at", "expected", "then_done"),
    [
        # While the session is open, every five minutes, and none of these is a step.
        (mark(), 0, 5 * MINUTE, 10 * MINUTE, 0),
        (mark(), 0, 24 * MINUTE, 29 * MINUTE, 0),
        (mark(), 0, 25 * MINUTE, 30 * MINUTE + 10, 0),
        (mark(), 0, 29 * MINUTE, 30 * MINUTE + 10, 0),
        (mark(), 0, 30 * MINUTE + 5, 30 * MINUTE + 10, 0),
        # After it, in steps.
        (mark(), 0, 30 * MINUTE + 10, 31 * MINUTE, 1),
        (mark(), 1, 31 * MINUTE, 35 * MINUTE, 2),
        # Late ones skip nothing: the pause stays that between the steps.
        (mark(), 0, 600 * MINUTE, 600 * MINUTE + 50, 1),
        (mark(), 1, 600 * MINUTE, 604 * MINUTE, 2),
        # Neither does one that is a little late come too early.
        (mark(), 0, 30 * MINUTE + 20, 31 * MINUTE + 10, 1),
        # After the last one it is seen whether it was enough.
        (mark(), 2, 35 * MINUTE, 36 * MINUTE, 3),
        (refund_mark(), 0, 10, 60, 1),
        (refund_mark(), 1, 60, 300, 2),
        # Money on its way in an open session: soon, then as often as the session's payment.
        (OF_BOTH, 0, 10, 20, 0),
        (OF_BOTH, 0, 20, 40, 0),
        (OF_BOTH, 0, 16 * MINUTE, 21 * MINUTE, 0),
    ],
)
def test_after_an_answer_the_next_poll_comes(
    what: Mark, done: int, asked_at: float, expected: float, then_done: int
) -> None:
    then = after_answer(what, RHYTHM, asked_count=done, asked_at=later(asked_at))
    assert (then.due_at, then.asked_count) == (later(expected), then_done)


@pytest.mark.parametrize(
    ("failures", "retry_after", "expected"),
    [
        (1, None, 5),
        (2, None, 10),
        (6, None, 160),
        (7, None, 300),
        (1_000_000, None, 300),
        (1, 42.0, 42),
        (9, 0.0, 1),
        (1, 1e12, 3600),
    ],
)
def test_after_no_answer_the_next_try_comes(
    failures: int, retry_after: float | None, expected: float
) -> None:
    again_at = after_no_answer(NOW, failures=failures, retry_after_seconds=retry_after)
    assert again_at == later(expected)


def test_steps_in_the_wrong_order_are_put_right() -> None:
    account = tabby_account("https://x.example.com").model_copy(
        update={"poll_after_seconds": (60.0, 10.0), "poll_open_seconds": 30.0}
    )
    assert Rhythm.of(account).steps == (timedelta(seconds=10), timedelta(seconds=60))
    assert Rhythm.of(account).open == timedelta(seconds=30)


seconds = st.floats(min_value=0.001, max_value=1e6)
rhythms = st.builds(
    lambda every, steps: Rhythm(
        timedelta(seconds=every), tuple(timedelta(seconds=each) for each in sorted(steps))
    ),
    seconds,
    st.lists(seconds, min_size=1, max_size=12),
)
whys = st.lists(
    st.sampled_from(["session", "payment", "operation", "refund", "of a later version"]),
    min_size=1,
    unique=True,
).map(tuple)
marks = st.builds(
    lambda why, ends: mark(why=why, expires_at=None if ends is None else later(ends)),
    whys,
    st.none() | st.floats(min_value=-1e6, max_value=1e6),
)
delays = st.lists(st.floats(min_value=0, max_value=1e5), min_size=400, max_size=400)


def polled(what: Mark, rhythm: Rhythm, late: list[float]) -> list[datetime]:
    """When an order that stays unsettled is asked about, each time so many seconds late."""
    due_at, done = first_due(what, rhythm), 0
    asked: list[datetime] = []
    for each in late:
        if is_over(rhythm, asked_count=done):
            return asked
        asked_at = due_at + timedelta(seconds=each)
        asked.append(asked_at)
        then = after_answer(what, rhythm, asked_count=done, asked_at=asked_at)
        assert then.due_at > asked_at or then.due_at >= anchor(what)
        due_at, done = then.due_at, then.asked_count
    return asked


@given(marks, rhythms, delays)
def test_however_late_polls_are_no_step_is_skipped_and_pauses_stay_as_long(
    what: Mark, rhythm: Rhythm, late: list[float]
) -> None:
    asked = polled(what, rhythm, late)
    first_step = anchor(what) + rhythm.steps[0]
    steps = [each for each in asked if each >= first_step]
    assert len(steps) <= len(rhythm.steps)
    for k, (before, after) in enumerate(pairwise(steps)):
        assert after - before >= rhythm.steps[k + 1] - rhythm.steps[k]
        assert after >= anchor(what) + rhythm.steps[k + 1]


@given(marks, rhythms)
def test_nobody_is_asked_about_the_same_again_at_once(what: Mark, rhythm: Rhythm) -> None:
    asked = polled(what, rhythm, [0.0] * 200)
    least = min(rhythm.open, rhythm.steps[0])
    open_ones = [each for each in asked if each < anchor(what)]
    for before, after in pairwise(open_ones):
        assert after - before >= least


@given(st.integers(min_value=1, max_value=10**6), st.none() | st.floats(-1e9, 1e9))
def test_a_failure_never_waits_for_ever_and_never_not_at_all(
    failures: int, retry_after: float | None
) -> None:
    pause = after_no_answer(NOW, failures=failures, retry_after_seconds=retry_after) - NOW
    longest = LONGEST_PAUSE if retry_after is None else LONGEST_RETRY_AFTER
    assert timedelta(seconds=1) <= pause <= longest


def test_by_default_polling_goes_on_for_a_week_and_gives_up_a_little_later() -> None:
    rhythm = Rhythm.of(tabby_account("https://x.example.com"))
    asked = polled(mark(), rhythm, [0.0] * 400)
    assert asked[-1] == anchor(mark()) + timedelta(days=7)
    assert len(asked) == 5 + len(POLLS)
    assert timedelta(seconds=30) <= GIVE_UP_PAUSE
