"""Money: exact, in minor units, never a float (law 4)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from payments_common.errors import InvalidMoney
from payments_common.money import LARGEST_AMOUNT_MINOR, Money, exponent_of

EXPONENTS = {"AED": 2, "SAR": 2, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "JPY": 0}
amounts = st.integers(-LARGEST_AMOUNT_MINOR, LARGEST_AMOUNT_MINOR)
currencies = st.sampled_from(sorted(EXPONENTS))


@given(amounts, currencies)
def test_an_amount_survives_the_way_to_major_units_and_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    text = money.to_major()
    assert Money.from_major(text, currency) == money
    assert Money.from_major(Decimal(text), currency) == money


@given(amounts, currencies)
def test_major_units_show_all_of_the_currency_s_digits(minor: int, currency: str) -> None:
    _, _, fraction = Money(minor, currency).to_major().partition(".")
    assert len(fraction) == EXPONENTS[currency]


@given(st.floats(), currencies)
def test_a_float_is_never_an_amount(value: float, currency: str) -> None:
    unchecked: Any = value
    with pytest.raises(InvalidMoney):
        Money(unchecked, currency)
    with pytest.raises(InvalidMoney):
        Money.from_major(unchecked, currency)


@given(amounts, amounts)
def test_addition_and_subtraction_undo_each_other(first: int, second: int) -> None:
    if abs(first + second) <= LARGEST_AMOUNT_MINOR:
        left, right = Money(first, "SAR"), Money(second, "SAR")
        assert left + right - right == left
        assert (left < right) == (first < second)
        assert (left <= right) == (first <= second)


@pytest.mark.parametrize(("currency", "exponent"), EXPONENTS.items())
def test_exponents_are_those_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize("currency", ["", "sar", "SA", "XAU", "ZZZ", "SARR"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(InvalidMoney, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.005", "SAR"), ("1.0005", "KWD"), ("1.5", "JPY"), ("0.001", "AED")]
)
def test_more_decimals_than_the_currency_has_are_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidMoney, match="never rounded"):
        Money.from_major(amount, currency)


def test_zeros_beyond_the_currency_s_digits_are_no_decimals() -> None:
    assert Money.from_major("1.5000", "SAR") == Money(150, "SAR")


@pytest.mark.parametrize(
    "amount", ["", "1,5", "1e2", " 1", "1 ", "1.", ".5", "+1", "0x1", "NaN", "\u0661", "1\n", "01"]
)
def test_anything_but_a_plain_decimal_is_refused(amount: str) -> None:
    with pytest.raises(InvalidMoney, match="plain decimal"):
        Money.from_major(amount, "SAR")


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), True, None, b"1"])
def test_what_only_resembles_a_number_is_refused(amount: Any) -> None:
    with pytest.raises(InvalidMoney):
        Money.from_major(amount, "SAR")


@pytest.mark.parametrize("minor", [LARGEST_AMOUNT_MINOR + 1, -LARGEST_AMOUNT_MINOR - 1, True])
def test_an_amount_out_of_bounds_is_refused(minor: int) -> None:
    with pytest.raises(InvalidMoney):
        Money(minor, "SAR")


def test_a_gateway_s_departure_from_iso_is_an_argument() -> None:
    assert Money.from_major("1.5", "KWD", exponent=2) == Money(150, "KWD")
    assert Money(150, "KWD").to_major(exponent=2) == "1.50"


def test_different_currencies_do_not_mix() -> None:
    with pytest.raises(InvalidMoney) as caught:
        Money(1, "SAR") + Money(1, "AED")
    assert caught.value.code == "currency_mismatch"


@pytest.mark.parametrize(
    "wire",
    [
        {"amount_minor": 1.0, "currency": "SAR"},
        {"amount_minor": "1", "currency": "SAR"},
        {"amount_minor": True, "currency": "SAR"},
        {"amount_minor": 1, "currency": "sar"},
        {"amount_minor": 1, "currency": "SAR", "amount": 1},
        {"amount_minor": 1},
    ],
)
def test_a_message_s_money_is_read_strictly(wire: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_python(wire)


def test_money_reads_like_an_invoice() -> None:
    assert str(Money(15000, "SAR")) == "150.00 SAR"
    assert str(Money(-1, "KWD")) == "-0.001 KWD"


@pytest.mark.parametrize(
    "amount",
    [
        "100.000000000000000000000000000001",
        Decimal("100.000000000000000000000000000001"),
        Decimal("1E+400000"),
        Decimal("1E-400000"),
    ],
)
def test_law_4_digits_beyond_what_arithmetic_keeps_are_refused_not_rounded(
    amount: str | Decimal,
) -> None:
    with pytest.raises(InvalidMoney):
        Money.from_major(amount, "SAR")
