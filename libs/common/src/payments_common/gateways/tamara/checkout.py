"""Our session as Tamara's checkout request, and its answer as ours, pure."""

from decimal import Decimal
from typing import Any

from payments_common.errors import InvalidMessage
from payments_common.gateways.port import SessionCreated
from payments_common.gateways.tamara.config import TamaraConfig
from payments_common.gateways.tamara.wire import TamaraSession, TamaraStatus
from payments_common.gateways.wire_types import LONGEST_TEXT
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession, Language
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.parties import Customer, Item

UNKNOWN = "N/A"
"""What Tamara's own plug-ins write where a required text is missing (section 2.2)."""
LONGEST_SKU = 128
_LOCALES = {Language.ARABIC: "ar_SA", Language.ENGLISH: "en_US"}


def checkout_request(session: CreateSession, *, config: TamaraConfig) -> dict[str, Any]:
    """Every member that gateways/tamara.md section 2.2 requires; amounts are decimals."""
    currency = session.total_amount.currency
    country = config.country_of(currency)
    request = {
        "total_amount": money(session.total_amount),
        "shipping_amount": money(Money.zero(currency)),
        "tax_amount": money(Money.zero(currency)),
        "order_reference_id": session.order_reference,
        "items": [_item(each) for each in session.items],
        "consumer": {**_names(session.customer), **_contact(session.customer)},
        "country_code": country,
        "description": _clip(session.description or session.order_reference),
        "merchant_url": _merchant_url(session, config),
        "shipping_address": _address(session, country),
        "locale": _LOCALES[session.language],
        # Not in the reference's table, but in the guide's sample and in every official client.
        "payment_type": config.payment_type,
    }
    optional = {"platform": config.platform, "instalments": config.instalments}
    return request | {name: value for name, value in optional.items() if value is not None}


def money(amount: Money) -> dict[str, Any]:
    """A JSON number with all of the currency's digits, never a float (section 2.1)."""
    return {"amount": Decimal(amount.to_major()), "currency": amount.currency}


def session_outcome(session: TamaraSession, witness: Witness) -> SessionCreated:
    """Its answer names no amount, so nothing but the order's being there is observed.

    Raises InvalidMessage for a session that nobody can pay.
    """
    if not session.checkout_url.startswith(("https://", "http://")):
        raise InvalidMessage("Tamara's session has no checkout_url")
    return SessionCreated(
        redirect_url=session.checkout_url,
        session_id=session.checkout_id or session.order_id,
        observation=witness.saw(
            session.order_id,
            PaymentFacts(),
            order_reference=None,
            gateway_status=session.status or TamaraStatus.NEW,
        ),
    )


def _item(item: Item) -> dict[str, Any]:
    total = Money(item.unit_price.amount_minor * item.quantity, item.unit_price.currency)
    reference = item.item_reference or UNKNOWN
    return {
        "name": _clip(item.title),
        "quantity": item.quantity,
        "reference_id": _clip(reference),
        "type": _clip(item.category),
        "sku": reference[:LONGEST_SKU],
        "unit_price": money(item.unit_price),
        "total_amount": money(total),
    }


def _names(customer: Customer) -> dict[str, str]:
    """The first word, and the others; Tamara wants both, and not everybody has both."""
    first, last, *_ = [*customer.name.split(maxsplit=1), UNKNOWN, UNKNOWN]
    return {"first_name": _clip(first), "last_name": _clip(last)}


def _contact(customer: Customer) -> dict[str, str]:
    return {"phone_number": customer.phone, "email": _clip(customer.email)}


def _address(session: CreateSession, country: str) -> dict[str, str]:
    """Required even where nothing is shipped; who receives it is taken to be the customer."""
    address = session.shipping_address
    wire = {
        **_names(session.customer),
        "line1": _clip(address.line if address else UNKNOWN),
        "city": _clip(address.city if address else UNKNOWN),
        "country_code": country,
        "phone_number": session.customer.phone,
    }
    if address and address.postal_code:
        wire["postal_code"] = address.postal_code
    return wire


def _merchant_url(session: CreateSession, config: TamaraConfig) -> dict[str, str]:
    urls = {
        "success": str(session.success_url),
        "failure": str(session.failure_url),
        "cancel": str(session.cancel_url),
    }
    if config.notification_url:
        urls["notification"] = config.notification_url
    return urls


def _clip(text: str) -> str:
    return text[:LONGEST_TEXT]
