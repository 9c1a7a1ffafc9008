"""What other services may ask for. Amounts are in minor units; ids are the callers' to choose."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AnyHttpUrl, Field, model_validator

from payments_common.money import Money
from payments_common.schemas.parties import (
    Actor,
    Address,
    Customer,
    Item,
    Reference,
    Shipment,
    Strict,
    Text,
)


class CaptureMode(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Language(StrEnum):
    ARABIC = "ar"
    ENGLISH = "en"


class Command(Strict):
    """`order_reference` says which order; `requested_by` says who answers for it."""

    TYPE: ClassVar[str]

    order_reference: Reference
    requested_by: Actor


class CreateSession(Command):
    """Makes the order, or another attempt to pay it; the answer says where the customer pays.

    `payment_method` is the gateway's own name of one method, where it has several to choose from.
    `alternatives` are accounts to take instead, in this order, while `account` is unavailable.
    """

    TYPE = "create_session.v1"

    account: Reference
    alternatives: Annotated[tuple[Reference, ...], Field(max_length=5)] = ()
    total_amount: Money
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC
    customer: Customer
    shipping_address: Address | None = None
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=200)]
    success_url: AnyHttpUrl
    failure_url: AnyHttpUrl
    cancel_url: AnyHttpUrl
    language: Language = Language.ENGLISH
    description: Text | None = None
    payment_method: Text | None = None

    @model_validator(mode="after")
    def _amounts_make_sense(self) -> "CreateSession":
        if self.total_amount.amount_minor <= 0:
            raise ValueError("total_amount must be more than zero")
        for item in self.items:
            if item.unit_price.currency != self.total_amount.currency:
                raise ValueError("every unit_price must be in the currency of total_amount")
            if item.unit_price.amount_minor < 0:
                raise ValueError("a unit_price must not be negative")
        return self


class _MovesMoney(Command):
    amount: Money | None = None
    payment_id: Text | None = None
    reason: Text | None = None
    reference: Reference | None = None

    @model_validator(mode="after")
    def _amount_is_positive(self) -> "_MovesMoney":
        if self.amount is not None and self.amount.amount_minor <= 0:
            raise ValueError("amount must be more than zero")
        return self


class CapturePayment(_MovesMoney):
    """Takes held funds: `amount`, or all that is left to capture; `shipment` says what left."""

    TYPE = "capture_payment.v1"

    shipment: Shipment | None = None


class RefundPayment(_MovesMoney):
    """Returns captured funds: `amount`, or all that is left to refund."""

    TYPE = "refund_payment.v1"


class VoidPayment(_MovesMoney):
    """Releases held funds: `amount`, or all that is held and not captured."""

    TYPE = "void_payment.v1"


class RecheckPayment(Command):
    """Asks the gateway what it knows of the order's payments, now."""

    TYPE = "recheck_payment.v1"

    payment_id: Text | None = None


class AcceptReview(Command):
    """Says that somebody has looked at what the order was flagged for, and that it may go on."""

    TYPE = "accept_review.v1"

    review: Text
    reason: Text


class DecideOperation(Command):
    """Says what became of an operation whose outcome asking the gateway could not tell.

    Taken only after the review `operation_unresolved`, and after the gateway was asked once more.
    """

    TYPE = "decide_operation.v1"

    operation_id: Text
    was_done: bool
    reason: Text


class RegisterWebhook(Strict):
    """Tells the gateway to send the account's webhooks to `url`; repeating it changes nothing."""

    TYPE: ClassVar[str] = "register_webhook.v1"

    account: Reference
    url: AnyHttpUrl
    requested_by: Actor


AnyCommand = (
    CreateSession
    | CapturePayment
    | RefundPayment
    | VoidPayment
    | RecheckPayment
    | AcceptReview
    | DecideOperation
    | RegisterWebhook
)
COMMANDS: dict[str, type[AnyCommand]] = {
    model.TYPE: model
    for model in (
        CreateSession,
        CapturePayment,
        RefundPayment,
        VoidPayment,
        RecheckPayment,
        AcceptReview,
        DecideOperation,
        RegisterWebhook,
    )
}


def routing_key(type_: str) -> str:
    """`capture_payment.v1` is published under `capture_payment`."""
    return type_.rpartition(".v")[0]
