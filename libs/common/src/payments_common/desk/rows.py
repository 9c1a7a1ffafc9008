"""Rows for spreadsheets: RFC 4180, and no cell of them is a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

from payments_common.desk.telling import plain

# What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_line(values: Iterable[Any]) -> str:
    """One line, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, orjson.Fragment | list):
        text = orjson.dumps(value).decode() if value else ""
    else:
        text = "" if value is None else str(value)
    return plain(f"'{text}" if text.startswith(_FORMULA) else text)
