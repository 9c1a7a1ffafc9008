"""Our session as Tabby's checkout request, and its answer as ours, pure."""

from datetime import date, datetime
from typing import Any

from payments_common.errors import InvalidMessage
from payments_common.gateways.port import Declined, SessionCreated
from payments_common.gateways.tabby.config import TabbyConfig
from payments_common.gateways.tabby.translate import observation_of
from payments_common.gateways.tabby.wire import TabbySession
from payments_common.gateways.wire_types import LONGEST_TEXT
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.parties import Address, Item

NOT_SHIPPED = "not shipped"
_REJECTIONS = {
    "not_available": "Tabby does not offer its product to this customer for this purchase",
    "order_amount_too_high": "the amount is above what Tabby offers this customer",
    "order_amount_too_low": "the amount is below what Tabby offers",
}


def checkout_request(
    session: CreateSession, *, config: TabbyConfig, order_id: str | None, now: datetime
) -> dict[str, Any]:
    """Every member that gateways/tabby.md section 2.1 requires; amounts are decimal text."""
    return {
        "payment": {
            "amount": session.total_amount.to_major(),
            "currency": session.total_amount.currency,
            "description": _clip(session.description or ""),
            "buyer": _buyer(session),
            "shipping_address": _address(session.shipping_address),
            "order": {
                "reference_id": session.order_reference,
                "items": [_item(each) for each in session.items],
            },
            "buyer_history": _buyer_history(session, now=now),
            "order_history": [],
            "meta": {
                "order_id": order_id or session.order_reference,
                "customer": _clip(session.customer.customer_reference or "") or None,
            },
        },
        "lang": session.language.value,
        "merchant_code": config.merchant_code,
        "merchant_urls": {
            "success": str(session.success_url),
            "cancel": str(session.cancel_url),
            "failure": str(session.failure_url),
        },
    }


def session_outcome(session: TabbySession, witness: Witness) -> SessionCreated | Declined:
    """Raises InvalidMessage for a session that is neither rejected nor payable."""
    configuration = session.configuration
    observation = observation_of(session.payment, witness) if session.payment else None
    if session.status == "REJECTED":
        products = configuration.products if configuration else None
        product = products.installments if products else None
        reason = (product.rejection_reason if product else "") or "not_available"
        return Declined(
            code=reason[:64],
            message=_REJECTIONS.get(reason, "Tabby rejected the session without a known reason"),
            observation=observation,
        )
    offers = configuration.available_products if configuration else None
    url = offers.installments[0].web_url if offers and offers.installments else ""
    if observation is None or not url.startswith(("https://", "http://")):
        raise InvalidMessage(
            f"Tabby's session has status {session.status[:64]} but no payment or no web_url"
        )
    return SessionCreated(
        redirect_url=url,
        session_id=session.id,
        observation=observation,
        expires_at=(configuration.expires_at if configuration else None)
        or (session.payment.expires_at if session.payment else None),
    )


def _buyer(session: CreateSession) -> dict[str, str]:
    customer = session.customer
    buyer = {
        "name": _clip(customer.name),
        "email": _clip(customer.email),
        "phone": customer.phone,
    }
    if customer.date_of_birth:
        buyer["dob"] = customer.date_of_birth.isoformat()
    return buyer


def _address(address: Address | None) -> dict[str, str]:
    """Tabby wants an address even of what is never shipped, so that is what it is told."""
    if address is None:
        return {"city": NOT_SHIPPED, "address": NOT_SHIPPED, "zip": ""}
    return {
        "city": _clip(address.city),
        "address": _clip(address.line),
        "zip": address.postal_code,
    }


def _item(item: Item) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "title": _clip(item.title),
        "quantity": item.quantity,
        "unit_price": item.unit_price.to_major(),
        "category": _clip(item.category),
    }
    if item.item_reference:
        wire["reference_id"] = _clip(item.item_reference)
    if item.description:
        wire["description"] = _clip(item.description)
    return wire


def _buyer_history(session: CreateSession, *, now: datetime) -> dict[str, Any]:
    """A customer whose first day is not told is new today."""
    since: date = session.customer.registered_since or now.date()
    return {
        "registered_since": f"{since.isoformat()}T00:00:00Z",
        "loyalty_level": session.customer.successful_orders,
    }


def _clip(text: str) -> str:
    """Tabby reads the first 255 characters of a string (section 1)."""
    return text[:LONGEST_TEXT]
