"""Tabby's JSON, read tolerantly: it leaves out, nulls and renames more than it documents.

Amounts are strings or numbers of major units and are compared as decimals: "100.00" comes back
as "100" (gateways/tabby.md sections 1 and 3).
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from payments_common.errors import InvalidMoney
from payments_common.money import Money

LONGEST_TEXT = 255
# Decimal arithmetic rounds beyond 28 digits, and an amount must never be rounded.
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class TabbyStatus(StrEnum):
    """gateways/tabby.md section 3; lower case in webhooks, upper case elsewhere."""

    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


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


def _text(value: object) -> object:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _list(value: object) -> object:
    return [] if value in (None, "") else value


def _object(value: object) -> object:
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
Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TabbyMove(Wire):
    """A member of captures[] or refunds[]."""

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    amount: Amount
    reference_id: Text = ""
    reason: Text = ""
    created_at: Moment = None


class TabbyOrder(Wire):
    reference_id: Text = ""


class TabbyPayment(Wire):
    """`status` is in upper case and may be a word that TabbyStatus does not know."""

    id: Uuid
    status: Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_upper)]
    amount: Amount
    currency: str
    order: Annotated[TabbyOrder | None, BeforeValidator(_object)] = None
    captures: Annotated[tuple[TabbyMove, ...], BeforeValidator(_list)] = ()
    refunds: Annotated[tuple[TabbyMove, ...], BeforeValidator(_list)] = ()
    created_at: Moment = None
    expires_at: Moment = None
    closed_at: Moment = None


class TabbyOffer(Wire):
    web_url: Text = ""


class TabbyProduct(Wire):
    rejection_reason: Text = ""


class TabbyAvailableProducts(Wire):
    installments: Annotated[tuple[TabbyOffer, ...], BeforeValidator(_list)] = ()


class TabbyProducts(Wire):
    installments: Annotated[TabbyProduct | None, BeforeValidator(_object)] = None


class TabbyConfiguration(Wire):
    available_products: Annotated[TabbyAvailableProducts | None, BeforeValidator(_object)] = None
    products: Annotated[TabbyProducts | None, BeforeValidator(_object)] = None
    expires_at: Moment = None


class TabbySession(Wire):
    """gateways/tabby.md section 2.2; a rejected one is HTTP 200 as well."""

    id: Text = ""
    status: Annotated[str, BeforeValidator(_upper)]
    payment: Annotated[TabbyPayment | None, BeforeValidator(_object)] = None
    configuration: Annotated[TabbyConfiguration | None, BeforeValidator(_object)] = None


class TabbyPaymentList(Wire):
    """Its payments are read one by one, so that one that can't be read hides no other."""

    payments: Annotated[tuple[Any, ...], BeforeValidator(_list)] = ()


class TabbyWebhookHeader(Wire):
    title: Text = ""
    value: Annotated[str, BeforeValidator(_text), Field(repr=False)] = ""


class TabbyWebhook(Wire):
    id: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    url: str
    header: Annotated[TabbyWebhookHeader | None, BeforeValidator(_object)] = None


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, dict) else _list(value)


class TabbyWebhookList(
    RootModel[Annotated[tuple[TabbyWebhook, ...], BeforeValidator(_one_or_many)]]
):
    """An array by practice, an object or null by the specification (section 5.1)."""


class TabbyError(Wire):
    """gateways/tabby.md section 7: branch on `error_type`, never on `error`."""

    error_type: Annotated[str, Field(alias="errorType", min_length=1, max_length=64)]
    error: Text = ""


def money_of(amount: Decimal, currency: str) -> Money:
    """Raises InvalidMoney for an amount that the currency cannot hold, or below zero."""
    money = Money.from_major(amount, currency)
    if money.amount_minor < 0:
        raise InvalidMoney(f"{money} is below zero; Tabby's amounts are not")
    return money
