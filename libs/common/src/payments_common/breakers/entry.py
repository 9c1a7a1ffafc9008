"""A breaker as all replicas know it, and its moves: pure, so that every board makes the same ones.

closed → open → probing → closed, in recovery → closed
                   └→ open    └→ open, at the first outage

All times are the board's: whose clock is wrong, misses nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

RECOVERY = timedelta(seconds=60)
"""How long nothing may have had to wait before a breaker that closed is as good as any other."""


class CallKind(StrEnum):
    SESSION = "session"
    READ = "read"
    MONEY = "money"


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class Key(NamedTuple):
    """What has a breaker of its own."""

    account: str
    kind: CallKind


@dataclass(frozen=True, slots=True)
class Entry:
    """`version` grows with every move. `reason` is in our own words and holds no secret.

    `prober` is who may say what came of the probe, until `lease_until`.
    """

    key: Key
    since: datetime
    state: BreakerState = BreakerState.CLOSED
    reason: str = ""
    next_probe_at: datetime | None = None
    recovering_since: datetime | None = None
    recovering_until: datetime | None = None
    prober: str | None = None
    lease_until: datetime | None = None
    killed_until: datetime | None = None
    killed_by: str | None = None
    kill_reason: str | None = None
    version: int = 0

    def is_stopped(self, now: datetime) -> bool:
        return self.killed_until is not None and now < self.killed_until

    def is_recovering(self, now: datetime) -> bool:
        is_closed = self.state is BreakerState.CLOSED
        return is_closed and self.recovering_until is not None and now < self.recovering_until


def opened(entry: Entry, now: datetime, *, reason: str, open_seconds: float) -> Entry:
    """The same where it is open already: the first one's reason and time stand."""
    if entry.state is not BreakerState.CLOSED:
        return entry
    return replace(
        entry,
        state=BreakerState.OPEN,
        reason=reason,
        since=now,
        next_probe_at=now + timedelta(seconds=open_seconds),
        recovering_until=None,
        version=entry.version + 1,
    )


def is_probe_due(entry: Entry, now: datetime) -> bool:
    """Also when whoever probed has died; never while a person has stopped it."""
    if entry.is_stopped(now):
        return False
    due_at = {
        BreakerState.CLOSED: None,
        BreakerState.OPEN: entry.next_probe_at,
        BreakerState.PROBING: entry.lease_until,
    }[entry.state]
    return due_at is not None and due_at <= now


def probe_taken(entry: Entry, now: datetime, *, prober: str, lease_seconds: float) -> Entry:
    """The same where no probe is due, or another has it."""
    if not is_probe_due(entry, now):
        return entry
    return replace(
        entry,
        state=BreakerState.PROBING,
        prober=prober,
        lease_until=now + timedelta(seconds=lease_seconds),
        next_probe_at=None,
        version=entry.version + 1,
    )


def probe_ended(
    entry: Entry, now: datetime, *, prober: str, trouble: str | None, open_seconds: float
) -> Entry:
    """Without trouble it closes, in recovery; the same where the probe is another's by now."""
    if entry.state is not BreakerState.PROBING or entry.prober != prober:
        return entry
    ended = replace(entry, prober=None, lease_until=None, version=entry.version + 1)
    if trouble is not None:
        next_probe_at = now + timedelta(seconds=open_seconds)
        return replace(ended, state=BreakerState.OPEN, reason=trouble, next_probe_at=next_probe_at)
    begins_at = max(now, entry.killed_until or now)
    return replace(
        ended,
        state=BreakerState.CLOSED,
        reason="a probe was answered",
        since=now,
        next_probe_at=None,
        recovering_since=begins_at,
        recovering_until=begins_at + RECOVERY,
    )


def is_ending(entry: Entry, now: datetime) -> bool:
    """Whether a good part of its recovery is over, so that it is worth a word to prolong it."""
    return entry.recovering_until is not None and entry.recovering_until - now < RECOVERY * 0.8


def prolonged(entry: Entry, now: datetime) -> Entry:
    """Somebody still has to wait, so the recovery goes on."""
    if not entry.is_recovering(now):
        return entry
    return replace(entry, recovering_until=now + RECOVERY, version=entry.version + 1)


def stopped(entry: Entry, now: datetime, *, seconds: float, by: str, reason: str) -> Entry:
    """A person's word, with its end; what has waited then goes out as after an outage."""
    until = now + timedelta(seconds=seconds)
    return replace(
        entry,
        killed_until=until,
        killed_by=by,
        kill_reason=reason,
        recovering_since=until,
        recovering_until=until + RECOVERY,
        version=entry.version + 1,
    )


def started(entry: Entry, now: datetime) -> Entry:
    """The same where nobody had stopped it."""
    if not entry.is_stopped(now):
        return entry
    return replace(
        entry,
        killed_until=None,
        killed_by=None,
        kill_reason=None,
        recovering_since=now,
        recovering_until=now + RECOVERY,
        version=entry.version + 1,
    )


def as_version(entry: Entry, version: int) -> Entry:
    return replace(entry, version=version)
