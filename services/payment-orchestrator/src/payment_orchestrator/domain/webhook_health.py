"""Whether an account's webhooks come: what polling alone told, and silence against the usual.

The usual is of the same hours, UTC, of the days before: it knows no weekdays and no feasts. A
country that moves its clocks is an hour off until the days before have moved as well.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from payment_orchestrator.domain.news import COUNTED, Via
from payment_orchestrator.domain.webhook_hours import HOUR, Hour, whole_hour

DAY = timedelta(days=1)
USUAL_DAYS = 28
FEWEST_DAYS = 3
"""Of an account that is younger nobody knows what is usual."""
FEWEST_EXPECTED = 5.0
"""Where fewer are usual in an hour, none at all may be chance."""
FEWEST_CHANGES = 20
FEWEST_WITHOUT_ANY = 3
"""So many polled changes are enough where no webhook told anything at all."""
MOST_POLLED_PERCENT = 10


class Verdict(StrEnum):
    WELL = "well"
    MISSING = "webhooks are missing"
    SILENT = "silent"
    UNJUDGED = "nothing to judge yet"

    @property
    def is_well(self) -> bool:
        return self in {Verdict.WELL, Verdict.UNJUDGED}


@dataclass(frozen=True, slots=True)
class Traffic:
    """`before` are webhooks in the hours of `usual_hours`; an hour that is not there had none.

    `first_hour` is the first of which anything was counted, None for an account without any.
    """

    first_hour: datetime | None
    before: Mapping[datetime, int]
    last_60_minutes: int
    last_webhook_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    account: str
    learned: Counter[Via]
    delays: Counter[tuple[Via, int]]
    traffic: Traffic
    expected: float | None
    verdict: Verdict

    @property
    def changes(self) -> int:
        """Those that a webhook could have told."""
        return sum(self.learned[via] for via in COUNTED)


def usual_hours(now: datetime) -> list[datetime]:
    """This hour and the one before it on each of the days before."""
    this = whole_hour(now)
    days = range(1, USUAL_DAYS + 1)
    return [hour - day * DAY for day in days for hour in (this - HOUR, this)]


def expected_in_last_60_minutes(traffic: Traffic, *, now: datetime) -> float | None:
    """The average of the days that are known, of the two hours by their parts in these minutes.

    None while too few days are known.
    """
    if traffic.first_hour is None:
        return None
    days = min(USUAL_DAYS, (now - traffic.first_hour) // DAY)
    if days < FEWEST_DAYS:
        return None
    this = whole_hour(now)
    part = (now - this) / HOUR
    last, current = _average(traffic, this - HOUR, days), _average(traffic, this, days)
    return last * (1 - part) + current * part


def is_silent(expected: float | None, received: int) -> bool:
    """Both of the last 60 minutes."""
    return expected is not None and expected >= FEWEST_EXPECTED and received == 0


def health(account: str, hours: Iterable[Hour], traffic: Traffic, *, now: datetime) -> Health:
    """`hours` are those to judge what was learned by, `traffic` what came until now."""
    counted = Hour(account, now)
    for hour in hours:
        counted.add(hour)
    expected = expected_in_last_60_minutes(traffic, now=now)
    return Health(
        account=account,
        learned=counted.learned,
        delays=counted.delays,
        traffic=traffic,
        expected=expected,
        verdict=_verdict(counted.learned, expected, traffic.last_60_minutes),
    )


def _verdict(learned: Counter[Via], expected: float | None, received: int) -> Verdict:
    if is_silent(expected, received):
        return Verdict.SILENT
    told, polled = learned[Via.WEBHOOK], learned[Via.POLL]
    if told == 0 and polled >= FEWEST_WITHOUT_ANY:
        return Verdict.MISSING
    # Where somebody asked first nobody knows whether a webhook would have come.
    if told + polled < FEWEST_CHANGES:
        return Verdict.UNJUDGED
    is_missing = polled * 100 > (told + polled) * MOST_POLLED_PERCENT
    return Verdict.MISSING if is_missing else Verdict.WELL


def _average(traffic: Traffic, hour: datetime, days: int) -> float:
    return sum(traffic.before.get(hour - day * DAY, 0) for day in range(1, days + 1)) / days
