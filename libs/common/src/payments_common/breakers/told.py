"""What is told of breakers: to Prometheus, over HTTP, and to operators in a terminal."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from payments_common.breakers.entry import BreakerState, CallKind, Entry, Key


class Shown(StrEnum):
    """A breaker's state, or that a person has stopped it, whatever its state is."""

    CLOSED = "closed"
    PROBING = "probing"
    OPEN = "open"
    STOPPED = "stopped"


NUMBERS: Mapping[Shown, int] = {
    Shown.CLOSED: 0,
    Shown.PROBING: 1,
    Shown.OPEN: 2,
    Shown.STOPPED: 3,
}
"""As the metric tells them."""


def shown(entry: Entry, now: datetime) -> Shown:
    if entry.is_stopped(now):
        return Shown.STOPPED
    match entry.state:
        case BreakerState.CLOSED:
            return Shown.CLOSED
        case BreakerState.PROBING:
            return Shown.PROBING
        case BreakerState.OPEN:
            return Shown.OPEN


def told(entry: Entry, now: datetime) -> dict[str, Any]:
    """One breaker as JSON; what does not hold now is null."""
    is_stopped = entry.is_stopped(now)
    return {
        "account": entry.key.account,
        "kind": entry.key.kind.value,
        "state": shown(entry, now).value,
        "reason": entry.reason or None,
        "since": _time(entry.since),
        "next_probe_at": _time(entry.next_probe_at),
        "recovering_until": _time(entry.recovering_until if entry.is_recovering(now) else None),
        "stopped_until": _time(entry.killed_until if is_stopped else None),
        "stopped_by": entry.killed_by if is_stopped else None,
        "stop_reason": entry.kill_reason if is_stopped else None,
    }


def with_closed(entries: Mapping[Key, Entry], accounts: list[str], now: datetime) -> list[Entry]:
    """All of these accounts' breakers: what the board has never heard of is closed."""
    keys = [Key(account, kind) for account in accounts for kind in CallKind]
    return [entries.get(key) or Entry(key, since=now) for key in keys]


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")
