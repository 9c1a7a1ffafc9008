"""When webhooks are missing and when an account is silent, as tables."""

from collections import Counter
from datetime import datetime

import pytest

from payment_orchestrator.domain.news import Via
from payment_orchestrator.domain.webhook_health import (
    DAY,
    Traffic,
    Verdict,
    expected_in_last_60_minutes,
    health,
    is_silent,
    usual_hours,
)
from payment_orchestrator.domain.webhook_hours import HOUR, Hour
from support.builders import NOW, later


def traffic(
    *, days: float = 28, each: int = 20, received: int = 0, hours: list[datetime] | None = None
) -> Traffic:
    """An account that is so many days old, and had so many webhooks in each of these hours."""
    compared = usual_hours(NOW) if hours is None else hours
    return Traffic(
        first_hour=NOW - days * DAY,
        before={hour: each for hour in compared if hour >= NOW - days * DAY - HOUR},
        last_60_minutes=received,
        last_webhook_at=None,
    )


def same_hour(*days_before: int) -> list[datetime]:
    return [NOW - day * DAY for day in days_before]


@pytest.mark.parametrize(
    ("seen", "at_minute", "expected"),
    [
        (traffic(), 0, 20),
        (traffic(), 30, 20),
        (traffic(days=7), 0, 20),
        # Another hour of the day says nothing of this one.
        (traffic(hours=[NOW - DAY + 3 * HOUR]), 30, 0),
        # The morning's first minute is not yet expected to bring an hour's webhooks.
        (traffic(hours=same_hour(*range(1, 29))), 0, 0),
        (traffic(hours=same_hour(*range(1, 29))), 15, 5),
        (traffic(hours=same_hour(*range(1, 29))), 59, 20 * 59 / 60),
        # A burst on one day does not become the usual of all.
        (traffic(each=280, hours=same_hour(3)), 30, 5),
        (Traffic(None, {}, 0, None), 30, None),
        (traffic(days=2.9), 0, None),
    ],
)
def test_what_is_usual(seen: Traffic, at_minute: int, expected: float | None) -> None:
    found = expected_in_last_60_minutes(seen, now=later(at_minute * 60))
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_night_before_a_clock_change_is_compared_like_any_other() -> None:
    """Hours are UTC's: 28 days have 28 of each, whatever any country's clock shows."""
    autumn = datetime(2026, 10, 26, 1, 30, tzinfo=NOW.tzinfo)
    hours = usual_hours(autumn)
    assert len(hours) == len(set(hours)) == 56
    assert {hour.hour for hour in hours} == {0, 1}


@pytest.mark.parametrize(
    ("expected", "received", "silent"),
    [
        (5.0, 0, True),
        (500.0, 0, True),
        (500.0, 1, False),
        (4.9, 0, False),
        (0.0, 0, False),
        (None, 0, False),
    ],
)
def test_silence(expected: float | None, received: int, silent: bool) -> None:
    assert is_silent(expected, received) is silent


@pytest.mark.parametrize(
    ("learned", "seen", "verdict"),
    [
        ({Via.WEBHOOK: 20}, traffic(received=9), Verdict.WELL),
        ({Via.WEBHOOK: 90, Via.POLL: 10}, traffic(received=9), Verdict.WELL),
        ({Via.WEBHOOK: 89, Via.POLL: 11}, traffic(received=9), Verdict.MISSING),
        # Pages that ask for themselves must not hide that webhooks are lost.
        ({Via.WEBHOOK: 15, Via.POLL: 5, Via.ASKED: 80}, traffic(received=9), Verdict.MISSING),
        ({Via.ASKED: 40}, traffic(received=9), Verdict.UNJUDGED),
        ({Via.WEBHOOK: 10, Via.POLL: 9}, traffic(received=9), Verdict.UNJUDGED),
        # Answers to our own calls make no share smaller.
        ({Via.WEBHOOK: 17, Via.POLL: 3, Via.ANSWER: 100}, traffic(received=9), Verdict.MISSING),
        ({Via.POLL: 3}, traffic(each=0), Verdict.MISSING),
        ({Via.POLL: 2}, traffic(each=0), Verdict.UNJUDGED),
        ({}, traffic(each=0), Verdict.UNJUDGED),
        ({}, traffic(days=0), Verdict.UNJUDGED),
        ({Via.WEBHOOK: 100}, traffic(), Verdict.SILENT),
        ({Via.WEBHOOK: 10, Via.POLL: 90}, traffic(), Verdict.SILENT),
    ],
)
def test_verdicts(learned: dict[Via, int], seen: Traffic, verdict: Verdict) -> None:
    hour = Hour("tabby-ksa", NOW, learned=Counter(learned))
    assert health("tabby-ksa", [hour], seen, now=NOW).verdict is verdict


def test_hours_are_judged_together() -> None:
    hours = [Hour("tabby-ksa", NOW, learned=Counter({Via.WEBHOOK: 10})) for _ in range(2)]
    found = health("tabby-ksa", hours, traffic(received=1), now=NOW)
    assert (found.changes, found.verdict) == (20, Verdict.WELL)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_trouble_is_not_well(verdict: Verdict) -> None:
    assert verdict.is_well is (verdict not in {Verdict.MISSING, Verdict.SILENT})
