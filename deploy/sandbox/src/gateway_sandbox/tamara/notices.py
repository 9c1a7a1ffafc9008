"""What Tamara posts to shops, gateways/tamara.md sections 5.2 and 5.3."""

from collections.abc import Mapping
from typing import Any

from gateway_sandbox.deliveries import Authentication, Notice, RetryRules, Sign, Tamper
from gateway_sandbox.tamara.money import money_document
from gateway_sandbox.tamara.order import Cancel, Capture, Event, Order, Refund
from gateway_sandbox.tamara.settings import TamaraSettings

NOTIFICATION = "notification"
_SUCCESSES = frozenset(range(200, 300))
# The real vocabulary is not published.
_DECLINE = {
    "declined_reason": "The sandbox declined this customer",
    "declined_code": "sandbox_declined",
    "decline_type": "sandbox",
}


def webhook_document(event: Event, settings: TamaraSettings) -> dict[str, Any]:
    """The body for a registered webhook; there is neither an id of the event nor a time."""
    return {**_names(event.order), "event_type": event.kind, "data": _data(event, settings)}


def notification_document(order: Order, settings: TamaraSettings) -> dict[str, Any]:
    """The body for merchant_url.notification, which is only told of approvals."""
    names = _names(order)
    nothing = _empty(settings)
    by_event = {**names, "event_type": "order_approved", "data": nothing}
    match settings.notification_key:
        case "event_type":
            return by_event
        case "both":
            return {**by_event, "order_status": "approved"}
        case "order_status":
            del names["order_number"]
            return {**names, "order_status": "approved", "data": nothing}


def notice(
    event: Event,
    url: str,
    *,
    name: str,
    document: Mapping[str, Any],
    sign: Sign,
    tamper: Tamper,
    settings: TamaraSettings,
) -> Notice:
    """One POST in the making."""
    return Notice(
        gateway="tamara",
        payment_id=event.order.order_id,
        reference_id=event.order.reference_id,
        event=name,
        url=url,
        document=document,
        sign=sign,
        tamper=tamper,
        headers={
            "Content-Type": settings.delivery_content_type,
            "User-Agent": settings.delivery_user_agent,
        },
        rules=RetryRules(
            delays_seconds=settings.retry_delays_seconds,
            timeout_seconds=settings.delivery_timeout_seconds,
            acknowledging_statuses=_SUCCESSES,
        ),
    )


def authentication(
    token: str, custom_headers: Mapping[str, str], settings: TamaraSettings
) -> Authentication:
    """The token in the query and as Bearer, and the headers that the shop registered."""
    custom = {name: value for name, value in custom_headers.items() if name}
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    if settings.jwt_placement != "header":
        query["tamaraToken"] = token
    if settings.jwt_placement != "query":
        headers["Authorization"] = f"Bearer {token}"
    own = next((name for name in custom if name.lower() == "authorization"), None)
    if own is not None:
        value = custom.pop(own)
        if settings.custom_authorization == "displaces_token":
            headers["Authorization"] = value
    return Authentication({**headers, **custom}, query)


def _names(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "order_reference_id": order.reference_id,
        "order_number": order.checkout.order_number,
    }


def _data(event: Event, settings: TamaraSettings) -> Any:
    moved, currency = event.moved, event.order.currency
    match moved:
        case Capture():
            amount = money_document(moved.amount_minor, currency, settings)
            return {"capture_id": moved.capture_id, "captured_amount": amount}
        case Cancel():
            amount = money_document(moved.amount_minor, currency, settings)
            return {"cancel_id": moved.cancel_id, "canceled_amount": amount}
        case Refund():
            return {
                "refund_id": moved.refund_id,
                "capture_id": moved.capture_id,
                "refunded_amount": money_document(moved.amount_minor, currency, settings),
                "comment": moved.comment,
            }
        case None:
            return dict(_DECLINE) if event.kind == "order_declined" else _empty(settings)


def _empty(settings: TamaraSettings) -> Any:
    return [] if settings.empty_objects == "array" else {}
