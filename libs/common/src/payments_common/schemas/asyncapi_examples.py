"""Messages as they look on the wire, made from the models so that they are valid."""

from datetime import UTC, datetime

from pydantic import AnyHttpUrl

from payments_common.money import Money
from payments_common.schemas.commands import (
    AcceptReview,
    AnyCommand,
    CapturePayment,
    CreateSession,
    DecideOperation,
    RecheckPayment,
    RefundPayment,
    RegisterWebhook,
    VoidPayment,
)
from payments_common.schemas.events import Balance, EventType, PaymentEvent
from payments_common.schemas.parties import Actor, Customer, Item
from payments_common.schemas.replies import Answer, Outcome

TIME = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORDER = "ORDER-1001"
ACCOUNT = "tabby-ksa"
PAYMENT = "3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44"
TOTAL = Money(24900, "SAR")
PART = Money(4900, "SAR")
NOTHING = Money(0, "SAR")
_ASKED_BY = Actor(user_id="support.noor")
_SHOP = "https://shop.example.com"

_COMMANDS: tuple[AnyCommand, ...] = (
    CreateSession(
        order_reference=ORDER,
        requested_by=Actor(user_id="shop"),
        account=ACCOUNT,
        total_amount=TOTAL,
        customer=Customer(name="Noor Example", email="noor@example.com", phone="+966500000001"),
        items=(Item(title="Lamp", unit_price=TOTAL),),
        success_url=AnyHttpUrl(f"{_SHOP}/success"),
        failure_url=AnyHttpUrl(f"{_SHOP}/failure"),
        cancel_url=AnyHttpUrl(f"{_SHOP}/cancel"),
    ),
    CapturePayment(order_reference=ORDER, requested_by=_ASKED_BY, amount=TOTAL),
    RefundPayment(order_reference=ORDER, requested_by=_ASKED_BY, amount=PART, reason="a scratch"),
    VoidPayment(order_reference=ORDER, requested_by=_ASKED_BY, reason="out of stock"),
    RecheckPayment(order_reference=ORDER, requested_by=_ASKED_BY),
    AcceptReview(
        order_reference=ORDER,
        requested_by=_ASKED_BY,
        review="paid_late",
        reason="it is still in stock",
    ),
    DecideOperation(
        order_reference=ORDER,
        requested_by=_ASKED_BY,
        operation_id="command-1",
        was_done=False,
        reason="the gateway's support found no such refund, their ticket 4711",
    ),
    RegisterWebhook(
        account=ACCOUNT,
        url=AnyHttpUrl(f"https://payments.example.com/webhooks/{ACCOUNT}"),
        requested_by=_ASKED_BY,
    ),
)
COMMAND_EXAMPLES = {command.TYPE: command for command in _COMMANDS}

ANSWERS = {
    "succeeded": Answer(
        command_id="command-1",
        outcome=Outcome.SUCCEEDED,
        order_reference=ORDER,
        order_id="order-1",
        status="captured",
        payment_id=PAYMENT,
        amount=TOTAL,
        gateway_reference="capture-1",
    ),
    "declined": Answer(
        command_id="command-1",
        outcome=Outcome.DECLINED,
        order_reference=ORDER,
        order_id="order-1",
        status="failed",
        code="order_amount_too_high",
        message="the gateway's own words",
    ),
    "refused": Answer(
        command_id="command-1",
        outcome=Outcome.REFUSED,
        order_reference=ORDER,
        code="amount_exceeds_balance",
        message="cannot refund 300.00 SAR: 249.00 SAR is left to refund (captured 249.00 SAR)",
    ),
    "unavailable": Answer(
        command_id="command-1",
        outcome=Outcome.UNAVAILABLE,
        order_reference=ORDER,
        order_id="order-1",
        retry_after_seconds=10.0,
        code="gateway_unavailable",
        message="tabby-ksa is temporarily unavailable; send the same command again later",
    ),
}

_STATUS = {
    EventType.SESSION_CREATED: "pending",
    EventType.AUTHORIZED: "authorized",
    EventType.CAPTURED: "captured",
    EventType.FAILED: "failed",
    EventType.EXPIRED: "expired",
    EventType.VOIDED: "voided",
    EventType.REFUND_PENDING: "captured",
    EventType.REFUND_PROCESSED: "partially_refunded",
    EventType.REFUND_FAILED: "captured",
    EventType.NEEDS_REVIEW: "captured",
}
_HELD = frozenset({"authorized", "captured", "voided", "partially_refunded"})
_TAKEN = frozenset({"captured", "partially_refunded"})
_AMOUNTS = {
    EventType.AUTHORIZED: TOTAL,
    EventType.CAPTURED: TOTAL,
    EventType.VOIDED: TOTAL,
    EventType.REFUND_PENDING: PART,
    EventType.REFUND_PROCESSED: PART,
    EventType.REFUND_FAILED: PART,
}
_REASONS = {EventType.FAILED: "rejected_by_gateway", EventType.NEEDS_REVIEW: "paid_late"}


def event_example(event: EventType) -> PaymentEvent:
    status = _STATUS[event]
    return PaymentEvent(
        event=event,
        order_id="order-1",
        order_reference=ORDER,
        account=ACCOUNT,
        payment_id=None if event is EventType.NEEDS_REVIEW else PAYMENT,
        amount=_AMOUNTS.get(event),
        reason=_REASONS.get(event),
        occurred_at=TIME,
        status=status,
        balance=Balance(
            authorized=TOTAL if status in _HELD else NOTHING,
            captured=TOTAL if status in _TAKEN else NOTHING,
            refunded=PART if status == "partially_refunded" else NOTHING,
            voided=TOTAL if status == "voided" else NOTHING,
        ),
    )
