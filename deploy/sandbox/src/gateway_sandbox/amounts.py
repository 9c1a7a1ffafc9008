"""Exact amounts: integer minor units inside, decimal text outside, never a float."""

import re
from decimal import Decimal

EXPONENTS = {
    "AED": 2,
    "BHD": 3,
    "EGP": 2,
    "JOD": 3,
    "KWD": 3,
    "OMR": 3,
    "QAR": 2,
    "SAR": 2,
    "USD": 2,
}
_PLAIN_DECIMAL = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?")


class InvalidAmountError(ValueError):
    """The text is no amount of that currency."""


def parse_minor(value: object, currency: str, *, truncate: bool = False) -> int:
    """The minor units of a decimal text or JSON number; raises InvalidAmountError."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidAmountError(f"{value!r} is not a decimal text or number")
    match = _PLAIN_DECIMAL.fullmatch(_as_text(value))
    if match is None:
        raise InvalidAmountError(f"{value!r} is not a plain positive decimal")
    whole, fraction = match[1], match[2] or ""
    exponent = EXPONENTS[currency]
    if len(fraction) > exponent and not truncate:
        raise InvalidAmountError(f"{value!r} has more than {exponent} decimals for {currency}")
    return int(whole + fraction[:exponent].ljust(exponent, "0"))


def format_fixed(amount_minor: int, currency: str) -> str:
    """Major units with all decimals of the currency: 2500 AED is "25.00"."""
    exponent = EXPONENTS[currency]
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"


def format_short(amount_minor: int, currency: str) -> str:
    """Major units without trailing zeros: 10000 AED is "100", 73030 AED is "730.3"."""
    return format_fixed(amount_minor, currency).rstrip("0").rstrip(".")


def shorten(value: object) -> object:
    """A foreign decimal text without trailing zeros; anything else comes back as it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return value
    text = _as_text(value)
    if _PLAIN_DECIMAL.fullmatch(text) is None:
        return value
    return text.rstrip("0").rstrip(".") if "." in text else text


def split_evenly(amount_minor: int, parts: int) -> list[int]:
    """Parts that add up exactly; the first one carries what cannot be divided."""
    part, remainder = divmod(amount_minor, parts)
    return [part + remainder] + [part] * (parts - 1)


def _as_text(value: str | int | Decimal) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
