"""Amounts as MyFatoorah writes them: four ways, gateways/myfatoorah.md section 3.1."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gateway_sandbox.amounts import EXPONENTS, format_fixed, format_short
from gateway_sandbox.myfatoorah.countries import SYMBOLS
from gateway_sandbox.strict_body import ExactNumber

MAXIMUM_DIGITS = 15


def as_number(amount_minor: int, currency: str) -> ExactNumber:
    """A JSON number without trailing zeros: 1000 KWD minor is 1, 884 is 0.884."""
    return ExactNumber(format_short(amount_minor, currency))


def plain_number(number: Decimal) -> ExactNumber:
    """A foreign number as JSON number without trailing zeros."""
    text = f"{number:f}"
    return ExactNumber(text.rstrip("0").rstrip(".") if "." in text else text)


def grouped(amount_minor: int, currency: str) -> str:
    """All decimals and thousands commas: "12,345.000"."""
    whole, _, fraction = format_fixed(amount_minor, currency).partition(".")
    return f"{int(whole):,}.{fraction}"


def with_symbol(amount_minor: int, currency: str) -> str:
    """Grouped, with the short symbol that is no ISO code: "1.000 KD"."""
    return f"{grouped(amount_minor, currency)} {SYMBOLS[currency]}"


def as_decimal(value: Any) -> Decimal | None:
    """A JSON number or a decimal text; None for anything else or for too many digits."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    text = str(value).strip()
    # Decimal reads more than a JSON number may be: "1_0", and the digits of any script.
    if not text.isascii() or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if is_sane(number) else None


def is_sane(number: Decimal) -> bool:
    """Whether it is of a size that money can have, so that computing with it is exact."""
    return number.is_finite() and abs(number.adjusted()) < MAXIMUM_DIGITS


def to_minor(number: Decimal, currency: str) -> int:
    """Minor units, halves rounded up; compare with `has_excess_decimals` where that is refused."""
    exponent = EXPONENTS[currency]
    return int(number.scaleb(exponent).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def has_excess_decimals(number: Decimal, currency: str) -> bool:
    """Whether the currency has no coin for it."""
    scaled = number.scaleb(EXPONENTS[currency])
    return scaled != scaled.to_integral_value()
