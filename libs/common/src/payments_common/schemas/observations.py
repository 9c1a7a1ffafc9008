"""What a gateway said about a payment at a time, normalised to facts.

Facts name everything the gateway has said so far; the orchestrator joins them (law 1). Lists are
sorted by id, so that equal facts are equal values.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from payments_common.money import Money

Minor = Annotated[int, Field(strict=True, ge=0)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RefundStatus(StrEnum):
    PENDING = "pending"
    FAILED = "failed"
    PROCESSED = "processed"


class CaptureFact(Frozen):
    """`reference` is what the gateway echoes of ours; empty where it was captured elsewhere."""

    capture_id: str
    amount_minor: Minor
    reference: str = ""
    occurred_at: AwareDatetime | None = None


class VoidFact(Frozen):
    void_id: str
    amount_minor: Minor
    reference: str = ""
    occurred_at: AwareDatetime | None = None


class RefundFact(Frozen):
    refund_id: str
    amount_minor: Minor
    status: RefundStatus
    reference: str = ""
    reason: str = ""
    occurred_at: AwareDatetime | None = None


class PaymentFacts(Frozen):
    """Amounts are minor units of the payment's own currency, which `amounts` names.

    `amounts` is every total that the gateway has ever named for this payment: more than one, or
    one that is not the order's, is a mismatch. `approved`: the customer is done and the gateway
    waits for our call to authorize. `closed` says that nothing more can be captured.
    `captured_total_minor`, `refunded_total_minor` and `voided_minor` are totals of gateways that
    name no single captures, refunds or voids.
    """

    amounts: tuple[Money, ...] = ()
    approved: bool = False
    authorized_minor: Minor = 0
    captures: tuple[CaptureFact, ...] = ()
    captured_total_minor: Minor = 0
    refunds: tuple[RefundFact, ...] = ()
    refunded_total_minor: Minor = 0
    voids: tuple[VoidFact, ...] = ()
    voided_minor: Minor = 0
    closed: bool = False
    failed: bool = False
    expired: bool = False
    failure_reasons: tuple[str, ...] = ()


class ObservationSource(StrEnum):
    WEBHOOK = "webhook"
    READ_BACK = "read_back"
    ANSWER = "answer"
    POLL = "poll"


class Observation(Frozen):
    """`gateway_status` is the gateway's own word; `evidence` names the stored payload."""

    TYPE: ClassVar[str] = "payment_observed.v1"

    account: str
    payment_id: str
    order_reference: str | None = None
    gateway_status: str
    facts: PaymentFacts
    source: ObservationSource
    observed_at: datetime
    evidence: str | None = None
