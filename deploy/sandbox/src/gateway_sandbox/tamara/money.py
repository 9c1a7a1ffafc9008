"""Amounts on Tamara's wire: JSON numbers of major units, gateways/tamara.md section 2.1."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway_sandbox.amounts import EXPONENTS, format_fixed, format_short
from gateway_sandbox.strict_body import ExactNumber
from gateway_sandbox.tamara import errors
from gateway_sandbox.tamara.errors import TamaraError, invalid
from gateway_sandbox.tamara.settings import TamaraSettings

CURRENCIES = frozenset({"SAR", "AED", "KWD", "BHD", "OMR"})
# What sums of binary fractions go astray by at most, far below any minor unit.
_NOISE = Decimal("0.000001")
_NOTHING = Decimal(0)
_MAXIMUM_MAJOR = Decimal(10**12)
_MAXIMUM_TEXT_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units with their currency."""

    amount_minor: int
    currency: str


def decode_money(value: Any, name: str, settings: TamaraSettings) -> Money:
    """A positive {amount, currency}; raises TamaraError 400."""
    money = decode_any_money(value, name, settings)
    if money.amount_minor == 0:
        raise invalid(f"{name} must be more than 0", errors.INVALID_AMOUNT)
    return money


def decode_any_money(value: Any, name: str, settings: TamaraSettings) -> Money:
    """An {amount, currency} of 0 or more; raises TamaraError 400."""
    if not isinstance(value, Mapping):
        raise invalid(f"{name} must be an object of amount and currency")
    currency = value.get("currency")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        raise invalid(f"{name} has an unsupported currency", errors.UNSUPPORTED_CURRENCY)
    major = _major(value.get("amount"), name)
    rounded = _rounded(major, currency, settings)
    if not _is_acceptable(major, rounded, settings):
        raise invalid(f"{name} has too many decimals for {currency}", errors.INVALID_AMOUNT)
    return Money(_minor(rounded, currency), currency)


def decode_discount(value: Any, name: str, currency: str, settings: TamaraSettings) -> int:
    """An optional discount; Magento and WooCommerce count some of them below zero."""
    return abs(_part(value, name, currency, settings, lowest_major=-_MAXIMUM_MAJOR))


def decode_part(value: Any, name: str, currency: str, settings: TamaraSettings) -> int:
    """An optional part of a total in its currency, rounded as unit prices need it."""
    return _part(value, name, currency, settings, lowest_major=_NOTHING)


def wrong_currency(message: str) -> TamaraError:
    """400: another currency than the order's or the country's."""
    return invalid(message, errors.WRONG_CURRENCY)


def money_document(amount_minor: int, currency: str, settings: TamaraSettings) -> dict[str, Any]:
    """{amount, currency} with the amount as an exact JSON number."""
    write = format_short if settings.amount_form == "short" else format_fixed
    return {"amount": ExactNumber(write(amount_minor, currency)), "currency": currency}


def _part(
    value: Any, name: str, currency: str, settings: TamaraSettings, *, lowest_major: Decimal
) -> int:
    if value is None or value == []:
        return 0
    if not isinstance(value, Mapping):
        raise invalid(f"{name} must be an object of amount and currency")
    if value.get("currency", currency) != currency:
        raise wrong_currency(f"{name} must be in {currency}")
    major = _major(value.get("amount"), name, lowest_major)
    return _minor(_rounded(major, currency, settings), currency)


def _major(value: Any, name: str, lowest_major: Decimal = _NOTHING) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise invalid(f"{name} has no amount", errors.INVALID_AMOUNT)
    text = str(value).strip()
    is_plain = text.isascii() and "_" not in text and len(text) <= _MAXIMUM_TEXT_LENGTH
    try:
        major = Decimal(text) if is_plain else None
    except ArithmeticError:
        major = None
    if major is None or not major.is_finite() or not lowest_major <= major < _MAXIMUM_MAJOR:
        raise invalid(f"{name} has an invalid amount", errors.INVALID_AMOUNT)
    return major


def _rounded(major: Decimal, currency: str, settings: TamaraSettings) -> Decimal:
    decimals = EXPONENTS[currency]
    if decimals == 3:
        decimals = settings.decimals_of_kwd_bhd_omr
    # The width of a double in decimal is well below this, even with the largest exponent.
    if major.adjusted() < -_MAXIMUM_TEXT_LENGTH:
        return Decimal(0)
    return major.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _is_acceptable(major: Decimal, rounded: Decimal, settings: TamaraSettings) -> bool:
    match settings.excess_decimals:
        case "refuse":
            return major == rounded
        case "noise":
            return abs(major - rounded) < _NOISE
        case "round":
            return True


def _minor(rounded: Decimal, currency: str) -> int:
    return int(rounded.scaleb(EXPONENTS[currency]))
