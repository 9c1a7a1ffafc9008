from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sandbox.amounts import (
    InvalidAmountError,
    format_fixed,
    format_short,
    parse_minor,
    shorten,
    split_evenly,
)


@pytest.mark.parametrize(
    ("value", "currency", "amount_minor"),
    [
        ("100.00", "AED", 10000),
        ("100", "KWD", 100000),
        ("0.001", "KWD", 1),
        (7, "SAR", 700),
        (Decimal("730.33"), "SAR", 73033),
    ],
)
def test_amounts_become_minor_units(value: Any, currency: str, amount_minor: int) -> None:
    assert parse_minor(value, currency) == amount_minor


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-1",
        "+1",
        "1e2",
        "1.",
        ".5",
        "1,5",
        " 1",
        "NaN",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "1.001",
        True,
        None,
        1.5,
        -1,
    ],
)
def test_anything_else_is_no_amount(value: Any) -> None:
    with pytest.raises(InvalidAmountError):
        parse_minor(value, "AED")


def test_decimals_over_the_limit_are_cut_only_on_request() -> None:
    assert parse_minor("1.239", "AED", truncate=True) == 123


@given(amount_minor=st.integers(0, 10**12), currency=st.sampled_from(["AED", "SAR", "KWD"]))
def test_what_is_written_reads_back_the_same(amount_minor: int, currency: str) -> None:
    assert parse_minor(format_fixed(amount_minor, currency), currency) == amount_minor
    assert parse_minor(format_short(amount_minor, currency), currency) == amount_minor


@pytest.mark.parametrize(
    ("amount_minor", "short"), [(0, "0"), (10000, "100"), (73030, "730.3"), (1, "0.01")]
)
def test_short_amounts_have_no_trailing_zeros(amount_minor: int, short: str) -> None:
    assert format_short(amount_minor, "AED") == short


@pytest.mark.parametrize(
    ("value", "shortened"),
    [("0.00", "0"), ("100", "100"), ("1.50", "1.5"), ("free", "free"), (None, None), (3, "3")],
)
def test_foreign_amounts_are_shortened_and_nothing_else(value: Any, shortened: Any) -> None:
    assert shorten(value) == shortened


@given(amount_minor=st.integers(1, 10**9), parts=st.integers(1, 12))
def test_parts_add_up(amount_minor: int, parts: int) -> None:
    assert sum(split_evenly(amount_minor, parts)) == amount_minor
