"""Tabby's JSON, read tolerantly: it leaves out, nulls and renames more than it documents.

Amounts are strings or numbers of major units and are compared as decimals: "100.00" comes back
as "100" (gateways/tabby.md sections 1 and 3).
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, RootModel

from payments_common.gateways.wire_types import (
    LONGEST_TEXT,
    Amount,
    Moment,
    Text,
    Uuid,
    Wire,
    as_text,
    list_or_empty,
    object_or_nothing,
    upper_case,
)


class TabbyStatus(StrEnum):
    """gateways/tabby.md section 3; lower case in webhooks, upper case elsewhere."""

    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


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
    status: Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(upper_case)]
    amount: Amount
    currency: str
    order: Annotated[TabbyOrder | None, BeforeValidator(object_or_nothing)] = None
    captures: Annotated[tuple[TabbyMove, ...], BeforeValidator(list_or_empty)] = ()
    refunds: Annotated[tuple[TabbyMove, ...], BeforeValidator(list_or_empty)] = ()
    created_at: Moment = None
    expires_at: Moment = None
    closed_at: Moment = None


class TabbyOffer(Wire):
    web_url: Text = ""


class TabbyProduct(Wire):
    rejection_reason: Text = ""


class TabbyAvailableProducts(Wire):
    installments: Annotated[tuple[TabbyOffer, ...], BeforeValidator(list_or_empty)] = ()


class TabbyProducts(Wire):
    installments: Annotated[TabbyProduct | None, BeforeValidator(object_or_nothing)] = None


class TabbyConfiguration(Wire):
    available_products: Annotated[
        TabbyAvailableProducts | None, BeforeValidator(object_or_nothing)
    ] = None
    products: Annotated[TabbyProducts | None, BeforeValidator(object_or_nothing)] = None
    expires_at: Moment = None


class TabbySession(Wire):
    """gateways/tabby.md section 2.2; a rejected one is HTTP 200 as well."""

    id: Text = ""
    status: Annotated[str, BeforeValidator(upper_case)]
    payment: Annotated[TabbyPayment | None, BeforeValidator(object_or_nothing)] = None
    configuration: Annotated[TabbyConfiguration | None, BeforeValidator(object_or_nothing)] = None


class TabbyPaymentList(Wire):
    """Its payments are read one by one, so that one that can't be read hides no other."""

    payments: Annotated[tuple[Any, ...], BeforeValidator(list_or_empty)] = ()


class TabbyWebhookHeader(Wire):
    title: Text = ""
    value: Annotated[str, BeforeValidator(as_text), Field(repr=False)] = ""


class TabbyWebhook(Wire):
    id: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    url: str
    header: Annotated[TabbyWebhookHeader | None, BeforeValidator(object_or_nothing)] = None


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, dict) else list_or_empty(value)


class TabbyWebhookList(
    RootModel[Annotated[tuple[TabbyWebhook, ...], BeforeValidator(_one_or_many)]]
):
    """An array by practice, an object or null by the specification (section 5.1)."""


class TabbyError(Wire):
    """gateways/tabby.md section 7: branch on `error_type`, never on `error`."""

    error_type: Annotated[str, Field(alias="errorType", min_length=1, max_length=64)]
    error: Text = ""
