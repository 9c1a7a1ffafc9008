"""Orders, observations and changes for tests, with sensible values for what a test leaves out."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from payment_orchestrator.domain.change import Change, Wake, begin
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import OperationKind, Order, new_order
from payment_orchestrator.domain.policy import HOLD, Remedies
from payment_orchestrator.domain.requests import OperationRequest, request
from payments_common.gateways.port import Capabilities, WebhookCoverage
from payments_common.money import Money
from payments_common.schemas.commands import (
    CapturePayment,
    CreateSession,
    RecheckPayment,
    RefundPayment,
    VoidPayment,
)
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PAYMENT = "3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44"

CAPABILITIES = Capabilities(
    currencies=frozenset({"AED", "SAR", "KWD"}),
    authorizes_by_call=False,
    manual_capture=True,
    partial_capture=True,
    several_captures=True,
    partial_refund=True,
    void=True,
    partial_void=False,
    void_after_capture=True,
    chooses_method=False,
    list_payments=True,
    registers_webhooks=True,
    webhook_covers=WebhookCoverage.SENDER,
    refund_needs_closed=True,
    reference_is_idempotent=True,
    echoes_capture_reference=True,
    echoes_refund_reference=True,
    settle_seconds=5,
)

UNECHOING = replace(
    CAPABILITIES,
    authorizes_by_call=True,
    partial_void=True,
    void_after_capture=False,
    refund_needs_closed=False,
    reference_is_idempotent=False,
    echoes_capture_reference=False,
    echoes_refund_reference=False,
)
"""A gateway like Tamara: it repeats no reference of ours."""


def counter() -> "itertools.count[int]":
    return itertools.count(1)


def session(**changes: object) -> CreateSession:
    fields: dict[str, object] = {
        "order_reference": "SHOP-1001",
        "requested_by": {"user_id": "shop"},
        "account": "tabby-ksa",
        "total_amount": {"amount_minor": 15000, "currency": "SAR"},
        "capture_mode": "manual",
        "customer": {
            "name": "Test Customer",
            "email": "otp.success@tabby.ai",
            "phone": "+966500000001",
        },
        "items": [{"title": "Lamp", "unit_price": {"amount_minor": 15000, "currency": "SAR"}}],
        "success_url": "https://shop.example.com/success",
        "failure_url": "https://shop.example.com/failure",
        "cancel_url": "https://shop.example.com/cancel",
        **changes,
    }
    return CreateSession.model_validate(fields)


def _command(fields: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    amount_minor = changes.pop("amount_minor", None)
    if amount_minor is not None:
        fields["amount"] = {"amount_minor": amount_minor, "currency": "SAR"}
    named: dict[str, object] = {"order_reference": "SHOP-1001"}
    return {**named, "requested_by": {"user_id": "warehouse"}, **fields, **changes}


def capture(**changes: object) -> CapturePayment:
    return CapturePayment.model_validate(_command({}, changes))


def refund(**changes: object) -> RefundPayment:
    return RefundPayment.model_validate(_command({}, changes))


def void(**changes: object) -> VoidPayment:
    return VoidPayment.model_validate(_command({}, changes))


def recheck(**changes: object) -> RecheckPayment:
    return RecheckPayment.model_validate(_command({}, changes))


def order(**changes: object) -> Order:
    return new_order(session(**changes), order_id="order-1", now=NOW)


def change_of(order: Order, *, now: datetime = NOW) -> Change:
    numbers = counter()
    return begin(order, now=now, new_id=lambda: f"id-{next(numbers)}")


def facts(
    *,
    total: int = 15000,
    currency: str = "SAR",
    authorized: int = 0,
    captures: dict[str, int] | None = None,
    refunds: dict[str, int] | None = None,
    references: dict[str, str] | None = None,
    voids: dict[str, int] | None = None,
    approved: bool = False,
    closed: bool = False,
    failed: bool = False,
    expired: bool = False,
) -> PaymentFacts:
    """`captures`, `refunds` and `voids` are amounts in minor units by the gateway's ids."""
    named = references or {}
    captured = sum((captures or {}).values())
    return PaymentFacts(
        amounts=(Money(total, currency),),
        authorized_minor=authorized,
        captures=tuple(
            CaptureFact(capture_id=key, amount_minor=minor, reference=named.get(key, ""))
            for key, minor in sorted((captures or {}).items())
        ),
        refunds=tuple(
            RefundFact(
                refund_id=key,
                amount_minor=minor,
                status=RefundStatus.PROCESSED,
                reference=named.get(key, ""),
            )
            for key, minor in sorted((refunds or {}).items())
        ),
        voids=tuple(
            VoidFact(void_id=key, amount_minor=minor)
            for key, minor in sorted((voids or {}).items())
        ),
        approved=approved,
        voided_minor=max(0, authorized - captured) if closed else 0,
        closed=closed,
        failed=failed,
        expired=expired,
        failure_reasons=("rejected",) if failed else (),
    )


def observation(told: PaymentFacts, *, payment_id: str = PAYMENT) -> Observation:
    return Observation(
        account="tabby-ksa",
        payment_id=payment_id,
        order_reference="SHOP-1001",
        gateway_status="TOLD",
        facts=told,
        source=ObservationSource.READ_BACK,
        observed_at=NOW,
    )


def observed(
    order: Order,
    *told: PaymentFacts,
    payment_id: str = PAYMENT,
    capabilities: Capabilities = CAPABILITIES,
    remedies: Remedies = HOLD,
) -> Order:
    """The order after these facts were told of its payment, one change for each."""
    for each in told:
        change = observe(change_of(order), observation(each, payment_id=payment_id))
        order = finish(change, capabilities, remedies=remedies).order
    return order


def authorized(**changes: object) -> Order:
    made = order(**changes)
    total = made.total_amount
    return observed(
        made,
        facts(total=total.amount_minor, currency=total.currency, authorized=total.amount_minor),
    )


def asked(
    kind: OperationKind, amount_minor: int | None = None, *, operation_id: str = "command-1"
) -> OperationRequest:
    return OperationRequest(
        operation_id=operation_id,
        kind=kind,
        digest="digest",
        requested_by="warehouse",
        amount=None if amount_minor is None else Money(amount_minor, "SAR"),
    )


def requested(
    order: Order,
    kind: OperationKind,
    amount_minor: int | None = None,
    *,
    operation_id: str = "command-1",
    capabilities: Capabilities = CAPABILITIES,
) -> Order:
    """The order after a capture, refund or void was asked for."""
    what = asked(kind, amount_minor, operation_id=operation_id)
    change = request(change_of(order), what, capabilities)
    return finish(change, capabilities, wake=Wake.NOTHING).order


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
