"""When an order is asked about next: pure, so that every rule is a row of a table.

While the session is open now and then, since webhooks tell most; after its end in the steps of the
account's list, the last of which is the last. Each answered poll is one step, however late it was:
the pauses between steps stay what the list says. A poll without an answer is no step.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from payments_common.config import Account
from reconciler.domain.mark import Mark

USUAL_SESSION = timedelta(minutes=30)
"""How long a session is open where the gateway does not say."""
LONGEST_SESSION = timedelta(days=365)
"""A gateway that names a later end, such as the year 9999, means none."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_RETRY_AFTER = timedelta(hours=1)
"""A gateway that asks for more is asked again all the same."""
GIVE_UP_PAUSE = timedelta(minutes=1)
"""What the last answer told must have reached the order before polling may give up on it."""
PARKED = timedelta(days=1)
"""How often an entry that was given up on is looked at, in case its order needs it no more."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`open` is the pause while a session is open, `steps` are counted from its end."""

    open: timedelta
    steps: tuple[timedelta, ...]

    @classmethod
    def of(cls, account: Account) -> "Rhythm":
        steps = sorted(account.poll_after_seconds)
        return cls(
            timedelta(seconds=account.poll_open_seconds),
            tuple(timedelta(seconds=each) for each in steps),
        )


@dataclass(frozen=True, slots=True)
class Next:
    """`asked_count` is how many steps are done."""

    due_at: datetime
    asked_count: int


def anchor(mark: Mark) -> datetime:
    """What the steps are counted from: the session's end, or when the latest of it began."""
    if mark.expires_at is not None:
        return min(max(mark.expires_at, mark.since), mark.since + LONGEST_SESSION)
    return mark.since + USUAL_SESSION if mark.is_of_session else mark.since


def first_due(mark: Mark, rhythm: Rhythm) -> datetime:
    """Webhooks get their chance first, but no longer than the session is open."""
    first_step = anchor(mark) + rhythm.steps[0]
    if mark.is_of_money:
        return min(mark.since + rhythm.steps[0], first_step)
    return min(mark.since + rhythm.open, first_step)


def after_answer(mark: Mark, rhythm: Rhythm, *, asked_count: int, asked_at: datetime) -> Next:
    """After the last step nothing is left but to see whether it was enough."""
    first_step = anchor(mark) + rhythm.steps[0]
    if asked_at < first_step:
        again_at = asked_at + _pause_while_open(mark, rhythm, asked_at)
        return Next(again_at if again_at < anchor(mark) else first_step, asked_count)
    done = asked_count + 1
    if is_over(rhythm, asked_count=done):
        return Next(asked_at + GIVE_UP_PAUSE, done)
    before, step = list(pairwise(rhythm.steps))[done - 1]
    return Next(max(anchor(mark) + step, asked_at + (step - before)), done)


def _pause_while_open(mark: Mark, rhythm: Rhythm, now: datetime) -> timedelta:
    """Where money is on its way, too, sooner: after as long as it already takes."""
    if not mark.is_of_money:
        return rhythm.open
    return min(rhythm.open, max(rhythm.steps[0], now - mark.since))


def is_over(rhythm: Rhythm, *, asked_count: int) -> bool:
    return asked_count >= len(rhythm.steps)


def after_no_answer(
    now: datetime, *, failures: int, retry_after_seconds: float | None = None
) -> datetime:
    """`failures` includes this one; what the gateway asks for counts, within reason."""
    if retry_after_seconds is not None:
        asked_for = max(timedelta(seconds=retry_after_seconds), timedelta(seconds=1))
        return now + min(asked_for, LONGEST_RETRY_AFTER)
    pause = FIRST_PAUSE * (1 << min(max(failures - 1, 0), 10))
    return now + min(pause, LONGEST_PAUSE)
