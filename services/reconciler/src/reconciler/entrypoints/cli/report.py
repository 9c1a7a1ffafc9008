"""What a comparison found: a table for a person, rows for a spreadsheet, an object for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import typer

from payments_common.desk.options import Form
from payments_common.desk.rows import csv_line
from payments_common.desk.telling import plain, told
from reconciler.domain.discrepancy import Discrepancy, State
from reconciler.entrypoints.cli.reconcile_one import Outcome

COLUMNS = (
    "account",
    "kind",
    "state",
    "order_reference",
    "payment_id",
    "says",
    "order_id",
    "first_seen_at",
    "last_seen_at",
    "count",
)
_WIDTHS = {"kind": 18, "state": 6, "order_reference": 20, "payment_id": 36, "says": 0}
_STYLES = {State.OPEN: "red", State.JOINED: "green", State.GONE: "dim"}


@dataclass(frozen=True, slots=True)
class Report:
    since: datetime
    is_dry: bool
    outcomes: Sequence[Outcome]


def tell(report: Report, form: Form) -> None:
    """On stdout; with CSV, which has room for rows only, the summary is on stderr."""
    match form:
        case Form.TABLE:
            _tell_table(report)
        case Form.CSV:
            typer.echo(f"{csv_line(COLUMNS)}\r\n", nl=False)
            for outcome in report.outcomes:
                for each in outcome.found:
                    typer.echo(f"{csv_line(values_of(each).values())}\r\n", nl=False)
                told(summary(outcome), error=True)
        case Form.JSON:
            typer.echo(json.dumps(as_object(report), indent=2, ensure_ascii=False))


def values_of(discrepancy: Discrepancy) -> dict[str, Any]:
    """By column; what is not known is None."""
    found = discrepancy.found
    return {
        "account": found.account,
        "kind": found.kind.value,
        "state": discrepancy.state.value,
        "order_reference": found.order_reference,
        "payment_id": found.payment_id,
        "says": found.says,
        "order_id": found.order_id,
        "first_seen_at": _time(discrepancy.first_seen_at),
        "last_seen_at": _time(discrepancy.last_seen_at),
        "count": discrepancy.count,
    }


def as_object(report: Report) -> dict[str, Any]:
    return {
        "since": _time(report.since),
        "dry_run": report.is_dry,
        "accounts": [
            {
                "account": each.account,
                "problem": each.problem,
                "compared": each.compared,
                "unreadable": each.unreadable,
                **{state.value: each.counts[state] for state in State},
            }
            for each in report.outcomes
        ],
        "discrepancies": [values_of(found) for each in report.outcomes for found in each.found],
    }


def summary(outcome: Outcome) -> str:
    """One line."""
    payments = "1 payment" if outcome.compared == 1 else f"{outcome.compared} payments"
    states = ", ".join(f"{outcome.counts[state]} {state}" for state in State)
    unreadable = f", {outcome.unreadable} not readable" if outcome.unreadable else ""
    line = f"{outcome.account}: {payments} compared{unreadable}; {states}"
    return f"{line}; not all was compared: {outcome.problem}" if outcome.problem else line


def _tell_table(report: Report) -> None:
    for outcome in report.outcomes:
        told(summary(outcome), style="bold" if outcome.is_well else "bold red")
    found = [each for outcome in report.outcomes for each in outcome.found]
    if found:
        told(_line({name: name for name in _WIDTHS}))
    for each in found:
        told(_line(values_of(each)), style=_STYLES[each.state])
    since = f"since {report.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    note = ": a dry run, no order was told and nothing was kept" if report.is_dry else ""
    told(f"{since}{note}", error=True)


def _line(values: dict[str, Any]) -> str:
    cells = (f"{plain(str(values[name] or '')):{width}}" for name, width in _WIDTHS.items())
    return "  ".join(cells).rstrip()


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
