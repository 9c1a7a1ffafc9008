"""What leaves the log: exact, on one line, and harmless to who opens it."""

import csv
import io
import json
from dataclasses import replace

import pytest

from payment_orchestrator.domain.audit_calls import Call, Evidence
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin
from payment_orchestrator.domain.order import OperationKind
from payment_orchestrator.entrypoints.cli.operation_rows import (
    COLUMNS,
    as_csv,
    as_json,
    as_table_row,
    csv_header,
    table_header,
)
from payments_common.money import Money
from support.builders import later

ENTRY = Entry(
    at=later(0.25),
    kind=OperationKind.CAPTURE,
    origin=Origin.OPERATION,
    outcome=EntryOutcome.SUCCEEDED,
    order_id="order-1",
    order_reference="SHOP-1001",
    account="tabby-kwt",
    payment_id="payment-1",
    amount=Money(1050, "KWD"),
    user_id="warehouse",
    attempt=1,
)
CALL = Call(
    call_id="call-1",
    order_id="order-1",
    operation_id="command-1",
    at=later(0.5),
    purpose="capture",
    request="POST /captures",
    status=200,
    answer='{"amount":1.050,"id":123456789012345678901}',
    error=None,
)


def cells(entry: Entry, evidence: Evidence | None = None) -> dict[str, str]:
    """As a program reads them that knows CSV."""
    text = f"{csv_header()}\r\n{as_csv(entry, evidence or Evidence())}\r\n"
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    return row


def test_amounts_are_exact_text_with_their_minor_units_and_currency() -> None:
    row = cells(ENTRY)
    assert (row["amount"], row["amount_minor"], row["currency"]) == ("1.050", "1050", "KWD")
    assert json.loads(as_json(ENTRY, Evidence()))["amount"] == "1.050"


def test_times_are_utc_with_milliseconds() -> None:
    assert cells(ENTRY)["at"] == "2026-11-23T09:00:00.250Z"


def test_every_column_is_there_in_each_form_of_export() -> None:
    assert tuple(cells(ENTRY)) == COLUMNS
    assert tuple(json.loads(as_json(ENTRY, Evidence()))) == COLUMNS


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_made_text(start: str) -> None:
    row = cells(replace(ENTRY, user_id=f"{start}HYPERLINK(1)"))
    assert row["user_id"] == "'" + f"{start}HYPERLINK(1)".replace("\t", " ").replace("\r", " ")


def test_commas_quotes_and_line_ends_stay_within_their_cell_and_their_line() -> None:
    entry = replace(ENTRY, user_id='Ann "the boss", Sales\nB')
    assert cells(entry)["user_id"] == 'Ann "the boss", Sales B'
    assert "\n" not in as_csv(entry, Evidence())
    assert json.loads(as_json(entry, Evidence()))["user_id"] == 'Ann "the boss", Sales\nB'


def test_a_terminal_is_given_no_orders() -> None:
    entry = replace(ENTRY, user_id="\x1b[2Jwarehouse")
    assert "\x1b" not in as_table_row(entry, Evidence()) + as_csv(entry, Evidence())


def test_the_gateway_s_answer_is_told_digit_for_digit() -> None:
    evidence = Evidence(sent=CALL)
    assert cells(ENTRY, evidence)["answer"] == CALL.answer
    assert f'"answer":{CALL.answer}' in as_json(ENTRY, evidence)


def test_questions_after_an_attempt_are_told_with_their_answers() -> None:
    evidence = Evidence()
    evidence.asked.append(replace(CALL, request="GET /payments", answer='{"amount":1.050}'))
    assert '"answer":{"amount":1.050}' in cells(ENTRY, evidence)["asked"]
    (asked,) = json.loads(as_json(ENTRY, evidence))["asked"]
    assert (asked["request"], asked["http_status"]) == ("GET /payments", 200)


def test_what_is_not_known_is_an_empty_cell_and_null() -> None:
    entry = replace(ENTRY, amount=None, user_id=None)
    row, told = cells(entry), json.loads(as_json(entry, Evidence()))
    assert (row["amount"], row["user_id"], row["answer"], row["asked"]) == ("", "", "", "")
    assert (told["amount"], told["user_id"], told["answer"], told["asked"]) == (None,) * 3 + ([],)


def test_a_row_for_a_person_has_its_columns_below_the_header() -> None:
    row = as_table_row(ENTRY, Evidence(sent=CALL))
    assert row.index("capture") == table_header().index("kind")
    assert row.index("1.050 KWD") == table_header().index("amount")
    assert row.index("warehouse") == table_header().index("user_id")
