"""What happened to orders, for anyone who listens. Unknown members are ignored by readers."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from payments_common.money import Money


class EventType(StrEnum):
    SESSION_CREATED = "payment.session_created"
    AUTHORIZED = "payment.authorized"
    CAPTURED = "payment.captured"
    FAILED = "payment.failed"
    EXPIRED = "payment.expired"
    VOIDED = "payment.voided"
    REFUND_PENDING = "refund.pending"
    REFUND_PROCESSED = "refund.processed"
    REFUND_FAILED = "refund.failed"
    NEEDS_REVIEW = "payment.needs_review"


class Balance(BaseModel):
    """The order's money so far, all in its currency."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    authorized: Money
    captured: Money
    refunded: Money
    voided: Money


class PaymentEvent(BaseModel):
    """One fact that became known, with the order's state after it.

    `origin` is `operation` when a command asked for it, `gateway` when it was done there.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    event: EventType
    order_id: str
    order_reference: str
    account: str
    payment_id: str | None = None
    amount: Money | None = None
    gateway_reference: str | None = None
    operation_id: str | None = None
    origin: str | None = None
    reason: str | None = None
    occurred_at: datetime
    status: str
    balance: Balance


def type_of(event: EventType) -> str:
    return f"{event}.v1"
