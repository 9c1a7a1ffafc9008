"""Amounts from one currency to another, exactly; rates are this sandbox's own (section 2.2)."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from gateway_sandbox.amounts import EXPONENTS

# How much of each currency one Kuwaiti dinar buys.
_PER_DINAR = {
    "KWD": Decimal(1),
    "SAR": Decimal("12.25"),
    "BHD": Decimal("1.23"),
    "AED": Decimal("12.00"),
    "QAR": Decimal("11.90"),
    "OMR": Decimal("1.26"),
    "JOD": Decimal("2.32"),
    "USD": Decimal("3.26"),
    "EUR": Decimal("3.00"),
    "EGP": Decimal("160.00"),
}
LISTED = tuple(_PER_DINAR)
_RATE_DECIMALS = Decimal("0.00000001")


def rate(base: str, currency: str) -> Decimal:
    """How much of `currency` one unit of `base` buys, with 8 decimals."""
    return (_PER_DINAR[currency] / _PER_DINAR[base]).quantize(_RATE_DECIMALS)


def converted(amount_minor: int, currency: str, *, to: str) -> int:
    """Minor units of the other currency, halves rounded up."""
    if to == currency:
        return amount_minor
    exact = _exact(amount_minor, currency, to) * Fraction(10) ** EXPONENTS[to]
    return floor(exact + Fraction(1, 2))


def charged(amount_minor: int, currency: str, *, to: str) -> int:
    """What the payer pays: converted, then rounded UP to 2 decimals (section 3.1)."""
    hundredths = ceil(_exact(amount_minor, currency, to) * 100)
    return int(hundredths * 10 ** (EXPONENTS[to] - 2))


def _exact(amount_minor: int, currency: str, to: str) -> Fraction:
    major = Fraction(amount_minor, 10 ** EXPONENTS[currency])
    return major * Fraction(_PER_DINAR[to]) / Fraction(_PER_DINAR[currency])
