"""What gateways' JSON has in common: members left out, nulled, and numbers written as text.

Amounts are strings or numbers of major units and are compared as decimals: "100.00" comes back
as "100".
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from payments_common.errors import InvalidMoney
from payments_common.money import Money

LONGEST_TEXT = 255
# Decimal arithmetic rounds beyond 28 digits, and an amount must never be rounded.
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def uuid_or_none(value: object) -> str | None:
    """The id in lower case, or None for what is not a UUID in its usual form."""
    if not isinstance(value, str):
        return None
    lowered = value.lower()
    return lowered if _UUID.fullmatch(lowered) else None


def _uuid(value: object) -> str:
    found = uuid_or_none(value)
    if found is None:
        raise ValueError("it is not a UUID")
    return found


def _amount(value: object) -> Decimal:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        if _AMOUNT.fullmatch(text):
            return Decimal(text)
    raise ValueError("it is not an amount: a plain decimal number, as text or number")


def as_text(value: object) -> object:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else value


def upper_case(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def list_or_empty(value: object) -> object:
    return [] if value in (None, "") else value


def object_or_nothing(value: object) -> object:
    """PHP-made JSON shows an empty object as an empty list."""
    return None if value in ("", []) else value


def _moment(value: object) -> datetime | None:
    """A time that can't be read is as good as none: no money depends on it."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Uuid = Annotated[str, BeforeValidator(_uuid)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Text = Annotated[str, BeforeValidator(as_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def money_of(amount: Decimal, currency: str) -> Money:
    """Raises InvalidMoney for an amount that the currency cannot hold, or below zero."""
    money = Money.from_major(amount, currency)
    if money.amount_minor < 0:
        raise InvalidMoney(f"{money} is below zero; a gateway's amounts are not")
    return money
