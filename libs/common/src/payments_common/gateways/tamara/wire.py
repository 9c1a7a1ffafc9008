"""Tamara's JSON, read tolerantly: PHP writes an empty object as [], and the documents differ.

Amounts are numbers of major units, in places text, and beside each stands its currency; the
reference table calls some of them lists (gateways/tamara.md sections 2.1, 3.4 and 4.5).
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from payments_common.gateways.wire_types import (
    LONGEST_TEXT,
    Amount,
    Moment,
    Text,
    Uuid,
    Wire,
    list_or_empty,
    object_or_nothing,
)

ORDERS = "order"
"""The type of a webhook that hears of orders; another hears of disputes."""


class TamaraStatus(StrEnum):
    """gateways/tamara.md section 3.1; `updated` is cancelled in part."""

    NEW = "new"
    APPROVED = "approved"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"
    UPDATED = "updated"
    PARTIALLY_CAPTURED = "partially_captured"
    FULLY_CAPTURED = "fully_captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    FULLY_REFUNDED = "fully_refunded"


class TamaraMoney(Wire):
    amount: Amount
    currency: Text = ""


def _one_money(value: object) -> object:
    """An object, or a list that holds it; an empty one of either is nothing."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    return None if value == {} else object_or_nothing(value)


def _lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _flag(value: object) -> bool:
    return value is True or value == "true"


Money = Annotated[TamaraMoney | None, BeforeValidator(_one_money)]
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Status = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_lower_case)]


class TamaraCapture(Wire):
    capture_id: Id
    total_amount: Annotated[TamaraMoney, BeforeValidator(_one_money)]
    created_at: Moment = None


class TamaraRefund(Wire):
    """`merchant_refund_id` is stored by Tamara; whether it is shown again is not documented."""

    refund_id: Id
    total_amount: Annotated[TamaraMoney, BeforeValidator(_one_money)]
    merchant_refund_id: Text = ""
    comment: Text = ""
    created_at: Moment = None


class TamaraCancel(Wire):
    cancel_id: Id
    total_amount: Annotated[TamaraMoney, BeforeValidator(_one_money)]
    created_at: Moment = None


class TamaraTransactions(Wire):
    cancels: Annotated[tuple[TamaraCancel, ...], BeforeValidator(list_or_empty)] = ()
    captures: Annotated[tuple[TamaraCapture, ...], BeforeValidator(list_or_empty)] = ()
    refunds: Annotated[tuple[TamaraRefund, ...], BeforeValidator(list_or_empty)] = ()


def _transactions(value: object) -> object:
    return value or {}


class TamaraOrder(Wire):
    """An order as it is read; `status` may be a word that TamaraStatus does not know."""

    order_id: Uuid
    order_reference_id: Text = ""
    status: Status
    total_amount: Annotated[TamaraMoney, BeforeValidator(_one_money)]
    captured_amount: Money = None
    refunded_amount: Money = None
    canceled_amount: Money = None
    transactions: Annotated[TamaraTransactions, BeforeValidator(_transactions)] = (
        TamaraTransactions()
    )


class TamaraSession(Wire):
    order_id: Uuid
    checkout_id: Text = ""
    checkout_url: Text = ""
    status: Annotated[Text, BeforeValidator(_lower_case)] = ""


class TamaraAuthorised(Wire):
    """`capture_id` is "" unless Tamara captured at once (gateways/tamara.md section 3.4)."""

    order_id: Uuid
    status: Status
    authorized_amount: Money = None
    auto_captured: Annotated[bool, BeforeValidator(_flag)] = False
    capture_id: Text = ""


class TamaraCaptured(Wire):
    order_id: Uuid
    capture_id: Id
    status: Annotated[Text, BeforeValidator(_lower_case)] = ""
    captured_amount: Money = None


class TamaraRefunded(Wire):
    order_id: Uuid
    refund_id: Id
    status: Annotated[Text, BeforeValidator(_lower_case)] = ""
    refunded_amount: Money = None


class TamaraCanceled(Wire):
    order_id: Uuid
    cancel_id: Id
    status: Annotated[Text, BeforeValidator(_lower_case)] = ""
    canceled_amount: Money = None


def _type(value: object) -> object:
    return value or ORDERS


def _words(value: object) -> object:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else ()


class TamaraWebhook(Wire):
    """`type` is "order" where it is not told (gateways/tamara.md section 5.1)."""

    type: Annotated[Text, BeforeValidator(_type)] = ORDERS
    webhook_id: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    url: Text = ""
    events: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()


def _if_text(value: object) -> object:
    return value if isinstance(value, str) else ""


def _if_object(value: object) -> object:
    return value if isinstance(value, dict) else None


def _objects(value: object) -> object:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else ()


class TamaraErrorData(Wire):
    webhook_id: Annotated[str, BeforeValidator(_if_text)] = ""


class TamaraErrorItem(Wire):
    error_code: Annotated[str, BeforeValidator(_if_text)] = ""
    data: Annotated[TamaraErrorData | None, BeforeValidator(_if_object)] = None


class TamaraError(Wire):
    """gateways/tamara.md section 7: `message` is a sentence, or a machine's word.

    What stands in `errors` in no known form is left out: a no is a no without it.
    """

    message: Text = ""
    errors: Annotated[tuple[TamaraErrorItem, ...], BeforeValidator(_objects)] = ()


def listed_webhooks(body: Any) -> Any:
    """The list in the answer of an endpoint that is not documented, or None (section 5.1)."""
    if isinstance(body, dict):
        body = next((body[name] for name in ("webhooks", "data") if name in body), None)
    return body if isinstance(body, list) else None
