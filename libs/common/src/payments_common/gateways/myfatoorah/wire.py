"""MyFatoorah's V2 JSON, read tolerantly: ids come as numbers and as text, lists as null.

Misspelt member names are the wire's own (gateways/myfatoorah.md section 9). Times are the wall
clock of the account's country and have no zone here; translate knows it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, RootModel

from payments_common.gateways.wire_types import (
    LONGEST_TEXT,
    Text,
    Wire,
    list_or_empty,
    object_or_nothing,
)

NO_ID = ""
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_LONG_DATE = re.compile(r"(?P<month>[A-Za-z]+) (?P<day>\d{1,2}), (?P<year>\d{4})", re.ASCII)
_DIGITS = re.compile(r"\d{1,40}", re.ASCII)
# Thousands are grouped with commas; a lone comma could as well be a decimal point.
_MONEY = re.compile(
    r"(?P<before>[^\d\s,.-]*)\s*"
    r"(?P<number>-?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{1,10})?)\s*"
    r"(?P<after>[^\d\s,]*)",
    re.ASCII,
)
_EARLIEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Displayed:
    """An amount as people see it, "12,345.000 KD"; `symbol` is as it was told."""

    amount: Decimal
    symbol: str


def digits_or_none(value: object) -> str | None:
    """An id as decimal text, or None for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _DIGITS.fullmatch(value) else None


def _digits(value: object) -> str:
    found = digits_or_none(value)
    if found is None:
        raise ValueError("it is not an id of decimal digits")
    return found


def _displayed(value: object) -> Displayed:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        found = _MONEY.fullmatch(text.strip())
        if found:
            number = Decimal(found["number"].replace(",", ""))
            return Displayed(number, found["before"] or found["after"])
    raise ValueError("it is not an amount: a decimal number, as text or number")


def _amount(value: object) -> Decimal:
    return _displayed(value).amount


def _amount_or_none(value: object) -> Decimal | None:
    return None if value in (None, "") else _amount(value)


def _displayed_or_none(value: object) -> Displayed | None:
    """What is only for people to see spoils no payment."""
    try:
        return _displayed(value)
    except ValueError:
        return None


def _wall_clock(value: object) -> datetime | None:
    """.NET's empty time is the year 1; no money depends on a time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.year >= _EARLIEST_YEAR else None


def _calendar_day(value: object) -> date | None:
    """Reads "January 13, 2026", and ISO 8601 as the schema claims; the year 1 is none here too."""
    try:
        day = _day_in(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day and day.year >= _EARLIEST_YEAR else None


def _day_in(text: str) -> date:
    long = _LONG_DATE.fullmatch(text)
    if long is None:
        return datetime.fromisoformat(text).date()
    month = _MONTHS.index(long["month"].lower()) + 1
    return date(int(long["year"]), month, int(long["day"]))


def _time_of_day(value: object) -> time | None:
    try:
        return time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


Digits = Annotated[str, BeforeValidator(_digits)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
MaybeAmount = Annotated[Decimal | None, BeforeValidator(_amount_or_none)]
Status = Annotated[str, Field(min_length=1, max_length=64)]


class InvoiceTransaction(Wire):
    """One attempt to pay, or one capture or release; `status` may be a word nobody knows."""

    status: Annotated[Text, Field(alias="TransactionStatus")] = ""
    payment_id: Annotated[Text, Field(alias="PaymentId", max_length=LONGEST_TEXT)] = NO_ID
    transaction_id: Annotated[Text, Field(alias="TransactionId", max_length=LONGEST_TEXT)] = NO_ID
    reference_id: Annotated[Text, Field(alias="ReferenceId", max_length=LONGEST_TEXT)] = NO_ID
    value: Annotated[MaybeAmount, Field(alias="TransationValue")] = None
    customer_fee: Annotated[MaybeAmount, Field(alias="CustomerServiceCharge")] = None
    error: Annotated[Text, Field(alias="Error")] = ""
    error_code: Annotated[Text, Field(alias="ErrorCode")] = ""
    wall_clock: Annotated[
        datetime | None, Field(alias="TransactionDate"), BeforeValidator(_wall_clock)
    ] = None


class Invoice(Wire):
    """gateways/myfatoorah.md section 3.1; `value` is what was captured, once that is less."""

    id: Annotated[Digits, Field(alias="InvoiceId")]
    status: Annotated[Status, Field(alias="InvoiceStatus")]
    value: Annotated[Amount, Field(alias="InvoiceValue")]
    displayed: Annotated[
        Displayed | None, Field(alias="InvoiceDisplayValue"), BeforeValidator(_displayed_or_none)
    ] = None
    customer_reference: Annotated[Text, Field(alias="CustomerReference")] = ""
    expiry_day: Annotated[
        date | None, Field(alias="ExpiryDate"), BeforeValidator(_calendar_day)
    ] = None
    expiry_time: Annotated[
        time | None, Field(alias="ExpiryTime"), BeforeValidator(_time_of_day)
    ] = None
    transactions: Annotated[
        tuple[InvoiceTransaction, ...],
        Field(alias="InvoiceTransactions"),
        BeforeValidator(list_or_empty),
    ] = ()


class InvoiceAnswer(Wire):
    invoice: Annotated[Invoice, Field(alias="Data")]


class CreatedInvoice(Wire):
    """SendPayment names `InvoiceURL`, ExecutePayment `PaymentURL` (sections 2.2 and 2.3)."""

    invoice_id: Annotated[Digits, Field(alias="InvoiceId")]
    invoice_url: Annotated[Text, Field(alias="InvoiceURL")] = ""
    payment_url: Annotated[Text, Field(alias="PaymentURL")] = ""
    customer_reference: Annotated[Text, Field(alias="CustomerReference")] = ""


class CreatedInvoiceAnswer(Wire):
    created: Annotated[CreatedInvoice, Field(alias="Data")]


class PaymentMethod(Wire):
    """`is_direct` methods want the card's data from us, so no browser can be sent to them."""

    id: Annotated[Digits, Field(alias="PaymentMethodId")]
    code: Annotated[Text, Field(alias="PaymentMethodCode")] = ""
    is_direct: Annotated[bool, Field(alias="IsDirectPayment"), BeforeValidator(bool)] = False


class PaymentMethods(Wire):
    methods: Annotated[
        tuple[PaymentMethod, ...], Field(alias="PaymentMethods"), BeforeValidator(list_or_empty)
    ] = ()


class PaymentMethodsAnswer(Wire):
    offered: Annotated[
        PaymentMethods | None, Field(alias="Data"), BeforeValidator(object_or_nothing)
    ] = None


class Refund(Wire):
    """A row of GetRefundStatus, section 4.2."""

    id: Annotated[Digits, Field(alias="RefundId")]
    status: Annotated[Text, Field(alias="RefundStatus")] = ""
    amount: Annotated[Amount, Field(validation_alias=AliasChoices("Amount", "RefundAmount"))]
    reference: Annotated[Text, Field(alias="ExternalIdentifier")] = ""


class Refunds(Wire):
    rows: Annotated[
        tuple[Refund, ...], Field(alias="RefundStatusResult"), BeforeValidator(list_or_empty)
    ] = ()


class RefundRows(RootModel[tuple[Refund, ...]]):
    """The same without an envelope, as other lists come (section 1)."""


class RefundsAnswer(Wire):
    refunds: Annotated[Refunds | None, Field(alias="Data"), BeforeValidator(object_or_nothing)] = (
        None
    )


class FiledRefund(Wire):
    """What MakeRefund answers: filed, for MyFatoorah's people to look at (section 4.2)."""

    id: Annotated[Digits, Field(alias="RefundId")]
    key: Annotated[Text, Field(alias="Key")] = ""
    reference: Annotated[Text, Field(alias="ExternalIdentifier")] = ""
    amount: Annotated[MaybeAmount, Field(alias="Amount")] = None


class FiledRefundAnswer(Wire):
    refund: Annotated[FiledRefund, Field(alias="Data")]


def _whole_number(value: object) -> object:
    found = digits_or_none(value)
    return int(found) if found else None


class LoggedWebhook(Wire):
    """An item of GetWebhooks; its `data` is the Data of the body that was sent."""

    endpoint: Annotated[Text, Field(alias="EndPoint")] = ""
    signature: Annotated[Text, Field(alias="Signature", repr=False)] = ""
    code: Annotated[int | None, Field(alias="EventCode"), BeforeValidator(_whole_number)] = None
    name: Annotated[Text, Field(alias="EventName")] = ""
    status: Annotated[Text, Field(alias="Status")] = ""
    data: Annotated[Any, Field(alias="Data")] = None


class Pagination(Wire):
    pages: Annotated[int | None, Field(alias="PagesCount"), BeforeValidator(_whole_number)] = None


class WebhookPage(Wire):
    """Its items are read one by one, so that one that can't be read hides no other."""

    items: Annotated[tuple[Any, ...], Field(alias="Items"), BeforeValidator(list_or_empty)] = ()
    pagination: Annotated[
        Pagination | None, Field(alias="Pagination"), BeforeValidator(object_or_nothing)
    ] = None


class WebhookPageAnswer(Wire):
    page: Annotated[WebhookPage | None, Field(alias="Data"), BeforeValidator(object_or_nothing)] = (
        None
    )
