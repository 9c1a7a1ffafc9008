"""How an account's webhooks are: lines for a person, a row for a spreadsheet, an object."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from payment_orchestrator.domain.news import COUNTED
from payment_orchestrator.domain.webhook_health import Health, Verdict
from payment_orchestrator.domain.webhook_hours import percentiles

PERCENTILES = ("p50", "p95", "p99")
COLUMNS = (
    "account",
    "verdict",
    "changes",
    *COUNTED,
    *(f"{via}_delay_{name}_seconds" for via in COUNTED for name in PERCENTILES),
    "last_60_minutes",
    "expected",
    "last_webhook_at",
    "next",
)
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def values_of(health: Health) -> dict[str, Any]:
    """By column; what is not known is None."""
    traffic, expected = health.traffic, health.expected
    last = traffic.last_webhook_at
    return {
        "account": health.account,
        "verdict": str(health.verdict),
        "changes": health.changes,
        **{str(via): health.learned[via] for via in COUNTED},
        **{
            f"{via}_delay_{name}_seconds": percentiles(health.delays, via).get(name)
            for via in COUNTED
            for name in PERCENTILES
        },
        "last_60_minutes": traffic.last_60_minutes,
        "expected": None if expected is None else round(expected, 1),
        "last_webhook_at": last.isoformat(timespec="seconds") if last else None,
        "next": next_step(health),
    }


def as_csv(rows: list[dict[str, Any]]) -> str:
    """RFC 4180, with a header; times in seconds are upper ends: at most."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_lines(health: Health, *, now: datetime) -> Iterator[str]:
    """Below the account's name and its verdict."""
    yield _line("learned by", "share", "changes", *(f"{each} ≤" for each in PERCENTILES))
    for via in COUNTED:
        delays = percentiles(health.delays, via)
        shown = (_duration(delays[name]) if delays else "" for name in PERCENTILES)
        count = health.learned[via]
        share = f"{count / health.changes:.0%}" if health.changes else ""
        yield _line(via, share, str(count), *shown)
    yield f"  webhooks    {_received(health)}; {_last(health, now=now)}"
    yield f"  next        {next_step(health)}"


def next_step(health: Health) -> str:
    name = health.account
    match health.verdict:
        case Verdict.WELL:
            return "nothing"
        case Verdict.UNJUDGED:
            return f"wait for more payments; payments webhooks verify {name} proves the way"
        case Verdict.MISSING:
            return (
                f"payments webhooks verify {name}; if that is well, payments webhooks sync {name}"
            )
        case Verdict.SILENT:
            return (
                "see whether webhooks_received_total of the ingress grows; "
                f"payments webhooks verify {name}, then payments webhooks sync {name}"
            )


def _line(way: str, share: str, changes: str, *delays: str) -> str:
    cells = "".join(f"{delay:>9}" for delay in delays)
    return f"  {way:<10}{share:>7}{changes:>9}{cells}".rstrip()


def _received(health: Health) -> str:
    expected = health.expected
    usual = "not known yet what is usual" if expected is None else f"{expected:.1f} are usual"
    return f"{health.traffic.last_60_minutes} in the last 60 minutes, {usual}"


def _last(health: Health, *, now: datetime) -> str:
    at = health.traffic.last_webhook_at
    if at is None:
        return "none is known"
    return f"the last at {at:%Y-%m-%d %H:%M:%S} UTC, {_duration((now - at).total_seconds())} ago"


def _duration(seconds: float) -> str:
    size, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    return f"{max(0, round(seconds / size))} {unit}"
