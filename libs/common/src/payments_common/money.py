"""Money is an integer of minor units and a currency; it is never a float and never rounded."""

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import iso4217
from pydantic import ConfigDict, Field

from payments_common.errors import InvalidMoney

LARGEST_AMOUNT_MINOR = 10**15
# Bounded, so that a Decimal holds every digit: its arithmetic rounds beyond 28 of them.
_MAJOR = re.compile(r"-?(0|[1-9]\d{0,15})(\.\d{1,10})?", re.ASCII)
_MOST_DIGITS = 28
_HIGHEST_EXPONENT = 20


@functools.cache
def exponent_of(currency: str) -> int:
    """How many decimals the currency has by ISO 4217: SAR 2, KWD 3, JPY 0.

    Raises InvalidMoney for a code that is unknown or has no minor unit (gold).
    """
    try:
        exponent: int | None = iso4217.Currency(currency).exponent
    except ValueError:
        exponent = None
    if exponent is None or not currency.isupper():
        raise InvalidMoney(
            f"{currency!r} is not a currency with minor units; "
            "use an upper-case ISO 4217 code such as SAR"
        )
    return exponent


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units: 15000 SAR is 150.00 riyals, 15000 KWD is 15.000 dinars."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    amount_minor: Annotated[int, Field(strict=True)]
    currency: Annotated[str, Field(strict=True, min_length=3, max_length=3)]

    def __post_init__(self) -> None:
        amount: Any = self.amount_minor
        if not isinstance(amount, int) or isinstance(amount, bool):
            raise InvalidMoney(f"amount_minor must be an integer of minor units, got {amount!r}")
        if abs(amount) > LARGEST_AMOUNT_MINOR:
            raise InvalidMoney(f"amount_minor must be within ±{LARGEST_AMOUNT_MINOR}, got {amount}")
        exponent_of(self.currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def from_major(
        cls, amount: str | int | Decimal, currency: str, *, exponent: int | None = None
    ) -> "Money":
        """Reads "150.00", 150 or Decimal("150.00"); `exponent` is a gateway's departure from ISO.

        Raises InvalidMoney for a float and for more decimals than the currency has.
        """
        digits = exponent_of(currency) if exponent is None else exponent
        value = _decimal(amount)
        minor = value.scaleb(digits)
        if minor != minor.to_integral_value():
            raise InvalidMoney(
                f"{amount} {currency} has more decimals than the {digits} that {currency} has; "
                "amounts are never rounded"
            )
        return cls(int(minor), currency)

    def to_major(self, *, exponent: int | None = None) -> str:
        """The exact decimal text with all of the currency's digits: "150.00", "15.000"."""
        digits = exponent_of(self.currency) if exponent is None else exponent
        return f"{Decimal(self.amount_minor).scaleb(-digits):.{digits}f}"

    def __str__(self) -> str:
        return f"{self.to_major()} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same(other).amount_minor

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._same(other).amount_minor

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise InvalidMoney(
                f"{other} and {self} are of different currencies", code="currency_mismatch"
            )
        return other


def _decimal(amount: str | int | Decimal) -> Decimal:
    value: Any = amount
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidMoney(f"{value!r} is a {type(value).__name__}; give an amount as text")
    if isinstance(value, str):
        if not _MAJOR.fullmatch(value):
            raise InvalidMoney(f'{value!r} is not a plain decimal amount such as "150.00"')
        return Decimal(value)
    parsed = Decimal(value)
    if not parsed.is_finite():
        raise InvalidMoney(f"{value} is not an amount")
    digits = len(parsed.as_tuple().digits)
    if digits > _MOST_DIGITS or abs(parsed.adjusted()) > _HIGHEST_EXPONENT:
        raise InvalidMoney("the amount has more digits than any amount of money")
    return parsed
