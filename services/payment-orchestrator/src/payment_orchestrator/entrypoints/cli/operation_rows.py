"""An entry of the log of operations as a line: for a person, a spreadsheet or a program."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from payment_orchestrator.domain.audit_calls import Call, Evidence
from payment_orchestrator.domain.audit_entry import Entry
from payments_common.desk.rows import csv_line
from payments_common.desk.telling import plain
from payments_common.money import Money

COLUMNS = (
    "at",
    "kind",
    "origin",
    "order_reference",
    "account",
    "payment_id",
    "amount",
    "amount_minor",
    "currency",
    "moved",
    "moved_minor",
    "user_id",
    "sender",
    "operation_id",
    "reference",
    "caller_reference",
    "attempt",
    "outcome",
    "code",
    "ended_at",
    "state",
    "decided_by",
    "gateway_reference",
    "refund_status",
    "gateway_at",
    "request",
    "http_status",
    "answer",
    "error",
    "asked",
)
_WIDTHS = {
    "at": 24,
    "kind": 9,
    "amount": 14,
    "outcome": 10,
    "state": 9,
    "order_reference": 20,
    "user_id": 16,
    "http": 4,
    "gateway_reference": 0,
}


def values_of(entry: Entry, evidence: Evidence) -> dict[str, Any]:
    """By column; bodies are JSON text exactly as it was recorded, times and amounts are text."""
    sent = evidence.sent
    return {
        "at": _time(entry.at),
        "kind": entry.kind,
        "origin": entry.origin,
        "order_reference": entry.order_reference,
        "account": entry.account,
        "payment_id": entry.payment_id,
        "amount": _major(entry.amount),
        "amount_minor": _minor(entry.amount),
        "currency": entry.amount.currency if entry.amount else None,
        "moved": _major(entry.moved),
        "moved_minor": _minor(entry.moved),
        "user_id": entry.user_id,
        "sender": entry.sender,
        "operation_id": entry.operation_id,
        "reference": entry.reference,
        "caller_reference": entry.caller_reference,
        "attempt": entry.attempt,
        "outcome": entry.outcome,
        "code": entry.code,
        "ended_at": _time(entry.ended_at),
        "state": entry.state,
        "decided_by": entry.decided_by,
        "gateway_reference": entry.gateway_reference,
        "refund_status": entry.refund_status,
        "gateway_at": _time(entry.gateway_at),
        "request": sent.request if sent else None,
        "http_status": sent.status if sent else None,
        "answer": _json(sent.answer) if sent else None,
        "error": sent.error if sent else None,
        "asked": [_question(call) for call in evidence.asked],
    }


def as_json(entry: Entry, evidence: Evidence) -> str:
    """One line; what is not known is null."""
    return orjson.dumps(values_of(entry, evidence)).decode()


def csv_header() -> str:
    return csv_line(COLUMNS)


def as_csv(entry: Entry, evidence: Evidence) -> str:
    """One line of RFC 4180, without its end; no cell of it is a formula."""
    return csv_line(values_of(entry, evidence).values())


def table_header() -> str:
    return _line({name: name for name in _WIDTHS})


def as_table_row(entry: Entry, evidence: Evidence) -> str:
    """The columns that fit on a screen; a long value moves the rest, so that none is cut."""
    values = values_of(entry, evidence)
    shown = {name: "" if values.get(name) is None else str(values[name]) for name in _WIDTHS}
    shown["amount"] = str(entry.amount or "all that is left")
    shown["user_id"] = entry.user_id or f"({entry.origin})"
    shown["http"] = str(values["http_status"] or "")
    return _line(shown)


def _line(shown: Mapping[str, str]) -> str:
    return "  ".join(f"{plain(shown[name]):{width}}" for name, width in _WIDTHS.items()).rstrip()


def _question(call: Call) -> dict[str, Any]:
    return {
        "at": _time(call.at),
        "request": call.request,
        "http_status": call.status,
        "answer": _json(call.answer),
        "error": call.error,
    }


def _json(text: str | None) -> orjson.Fragment | None:
    """Put in as it is: to read and write it again might change a number."""
    return None if text is None else orjson.Fragment(text)


def _time(time: datetime | None) -> str | None:
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _major(money: Money | None) -> str | None:
    return money.to_major() if money else None


def _minor(money: Money | None) -> int | None:
    return money.amount_minor if money else None
