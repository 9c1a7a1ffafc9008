"""Strict JSON: what two parsers could read differently is refused."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments_common import strict_json
from payments_common.errors import InvalidMessage

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_json_can_say_exactly_is_read_unchanged(value: Any) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_one_error(raw: bytes) -> None:
    with suppress(InvalidMessage):
        strict_json.loads(raw)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9))
def test_fractions_are_exact_decimals(number: Decimal) -> None:
    read = strict_json.loads(format(number, "f").encode())
    assert isinstance(read, Decimal)
    assert read == number


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'{"a":1,"a":2}', "same key twice"),
        (b'{"a":{"b":1,"\\u0062":2}}', "same key twice"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"-Infinity", "Infinity"),
        (b"9007199254740993", "2\\^53"),
        (b"1" * 5000, "2\\^53"),
        (b"1e400", "too large"),
        (b"0." + b"1" * 50, "too long"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" * 100_000, "deeper than 32"),
        (b"{} {}", "Extra data"),
        (b"", "Expecting value"),
        (b"{'a':1}", "property name"),
    ],
)
def test_what_parsers_disagree_on_is_refused(raw: bytes, problem: str) -> None:
    with pytest.raises(InvalidMessage, match=problem):
        strict_json.loads(raw)


def test_brackets_in_strings_are_not_depth() -> None:
    assert strict_json.loads(b'"' + b"[" * 100 + b'\\""') == "[" * 100 + '"'


def test_the_error_has_its_code_and_never_repeats_the_body() -> None:
    with pytest.raises(InvalidMessage) as caught:
        strict_json.loads(b'{"card": "4000000000000002", oops}')
    assert caught.value.code == "invalid_json"
    assert "4000" not in str(caught.value)
