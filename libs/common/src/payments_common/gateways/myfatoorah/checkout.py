"""Our session as MyFatoorah's invoice, and its answer as ours, pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from payments_common.errors import InvalidMessage, OperationRefused
from payments_common.gateways.myfatoorah.config import LONGEST_URL, MyFatoorahConfig
from payments_common.gateways.myfatoorah.phones import split_phone
from payments_common.gateways.myfatoorah.wire import CreatedInvoice, PaymentMethod
from payments_common.gateways.port import SessionCreated
from payments_common.gateways.wire_types import LONGEST_TEXT
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.commands import CaptureMode, CreateSession, Language
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.parties import Item

NAMELESS = "Customer"
UNPAID = "Pending"
METHOD_NOT_SUPPORTED = "payment_method_not_supported"
_LANGUAGES = {Language.ENGLISH: "EN", Language.ARABIC: "AR"}
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"\s+")


def invoice_request(
    session: CreateSession, *, config: MyFatoorahConfig, order_id: str | None
) -> dict[str, Any]:
    """What SendPayment and ExecutePayment have in common; amounts are JSON numbers.

    Raises OperationRefused for a URL that is longer than MyFatoorah takes.
    """
    request: dict[str, Any] = {
        "InvoiceValue": _number(session.total_amount),
        "DisplayCurrencyIso": session.total_amount.currency,
        "CustomerName": _name(session.customer.name),
        "CustomerEmail": session.customer.email,
        "CustomerReference": session.order_reference,
        "Language": config.language or _LANGUAGES[session.language],
        "CallBackUrl": _url(session.success_url, "success_url"),
        "ErrorUrl": _url(session.failure_url, "failure_url"),
        **_mobile(session, config),
    }
    if order_id is not None:
        request["UserDefinedField"] = order_id
    if config.webhook_url is not None:
        request["WebhookUrl"] = config.webhook_url
    if session.capture_mode is CaptureMode.MANUAL:
        request["ProcessingDetails"] = {"AutoCapture": False}
    items = _items(session.items, session.total_amount)
    return {**request, "InvoiceItems": items} if items else request


def method_id(payment_method: str, offered: Sequence[PaymentMethod]) -> int:
    """The id of the method with that code; raises OperationRefused that lists the codes."""
    payable = [each for each in offered if each.code and not each.is_direct]
    for method in payable:
        if method.code.lower() == payment_method.lower():
            return int(method.id)
    codes = ", ".join(sorted({each.code for each in payable})) or "none"
    raise OperationRefused(
        f"payment_method {payment_method!r} is not one of this account's; it offers {codes}",
        code=METHOD_NOT_SUPPORTED,
    )


def session_created(
    created: CreatedInvoice, session: CreateSession, witness: Witness
) -> SessionCreated:
    """The answer names no amount, so the observation names none.

    Raises InvalidMessage for an invoice that nobody can be sent to, or of another order.
    """
    url = created.payment_url or created.invoice_url
    if not url.startswith(("https://", "http://")):
        raise InvalidMessage("MyFatoorah's new invoice has neither InvoiceURL nor PaymentURL")
    if created.customer_reference not in {"", session.order_reference}:
        raise InvalidMessage("MyFatoorah's new invoice has another CustomerReference than ours")
    observation = witness.saw(
        created.invoice_id,
        PaymentFacts(),
        order_reference=session.order_reference,
        gateway_status=UNPAID,
    )
    return SessionCreated(redirect_url=url, session_id=created.invoice_id, observation=observation)


def _name(name: str) -> str:
    """MyFatoorah's own library sends letters, digits and spaces only (section 9)."""
    kept = "".join(each if _is_plain(each) else " " for each in name)
    return _SPACES.sub(" ", kept).strip()[:LONGEST_TEXT] or NAMELESS


def _is_plain(character: str) -> bool:
    """Marks belong to the letters before them, in Arabic and elsewhere."""
    return unicodedata.category(character)[0] in {"L", "M", "N"}


def _mobile(session: CreateSession, config: MyFatoorahConfig) -> dict[str, str]:
    phone = split_phone(session.customer.phone, home_code=config.dialling_code)
    if phone is None:
        return {}
    return {"MobileCountryCode": phone.country_code, "CustomerMobile": phone.number}


def _items(items: Iterable[Item], total: Money) -> list[dict[str, Any]]:
    """None where they do not add up to the total: MyFatoorah would refuse the invoice (2.2)."""
    priced = [item for item in items if item.unit_price.amount_minor]
    if sum(item.unit_price.amount_minor * item.quantity for item in priced) != total.amount_minor:
        return []
    return [
        {
            "ItemName": _item_name(item.title),
            "Quantity": item.quantity,
            "UnitPrice": _number(item.unit_price),
        }
        for item in priced
    ]


def _item_name(title: str) -> str:
    return _TAG.sub("", title).strip() or title.strip("<> ") or "-"


def _url(url: object, name: str) -> str:
    text = str(url)
    if len(text) > LONGEST_URL:
        raise OperationRefused(
            f"{name} has {len(text)} characters, MyFatoorah takes {LONGEST_URL}",
            code="url_too_long",
        )
    return text


def _number(money: Money) -> Decimal:
    return Decimal(money.to_major())
