"""The parts of an order's request, gateways/myfatoorah.md section 2.2."""

import re
from collections.abc import Iterable
from decimal import Decimal
from urllib.parse import urlsplit

from gateway_sandbox.myfatoorah.errors import NOT_POSITIVE
from gateway_sandbox.myfatoorah.fields import Fields
from gateway_sandbox.myfatoorah.invoice import Item, SupplierShare
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.wire_amounts import has_excess_decimals, is_sane, to_minor

MAXIMUM_URL_LENGTH = 254
MAXIMUM_FIELD_LENGTH = 500
MAXIMUM_CARD_FIELD_LENGTH = 50
MAXIMUM_INTERVAL_DAYS = 180
MAXIMUM_RECURRING_RETRIES = 5
_SAVE_CARD_MARK = "CK-"
_ITEMS_ERROR_NAME = "invoiceCreate.InvoiceItems"
_RECURRING_TYPES = {word.lower(): word for word in ("Custom", "Daily", "Weekly", "Monthly")}
_MEASURES = {"Weight": 100, "Width": 200, "Height": 160, "Depth": 200}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHIPPING_METHODS = {1, 2}
_REFUSED_SCHEMES = {"", "javascript", "data", "vbscript", "file"}
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
_CONSIGNEE_NAMES = ("PersonName", "Mobile", "LineAddress", "CityName", "CountryCode")


def amount_in(fields: Fields, name: str, currency: str, settings: MyFatoorahSettings) -> int:
    """A value that is more than nothing, in minor units."""
    value = fields.number(name, required=True)
    if value is None:
        return 0
    if settings.excess_decimals == "refuse" and has_excess_decimals(value, currency):
        fields.refuse(name, f"Invoice value has too many decimals for {currency}")
    amount_minor = to_minor(value, currency)
    if amount_minor <= 0:
        fields.refuse(name, NOT_POSITIVE)
    return amount_minor


def url_in(fields: Fields, name: str, settings: MyFatoorahSettings) -> str | None:
    """A URL for the payer's browser or for webhooks; "" counts as none."""
    url = fields.text(name, maximum=MAXIMUM_URL_LENGTH)
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    is_plain = parts.scheme != "https" or parts.hostname in _LOCAL_HOSTS
    if is_plain and not settings.accept_plain_urls:
        fields.refuse(name, f"{name} must be an HTTPS URL, localhost is not allowed")
    elif parts.scheme in _REFUSED_SCHEMES or not url.isprintable() or not parts.netloc:
        fields.refuse(name, f"{name} is not a valid URL")
    return url


def email_in(fields: Fields, name: str = "CustomerEmail") -> str | None:
    """An email address; the library sends null for an empty one."""
    email = fields.text(name) or None
    if email is not None and _EMAIL.fullmatch(email) is None:
        fields.refuse(name, f"{name} is not a valid email address")
    return email


def user_defined_field_in(fields: Fields) -> str | None:
    """UserDefinedField; shorter when it marks a card to be saved."""
    text = fields.text("UserDefinedField")
    is_mark = (text or "").startswith(_SAVE_CARD_MARK)
    maximum = MAXIMUM_CARD_FIELD_LENGTH if is_mark else MAXIMUM_FIELD_LENGTH
    return fields.text("UserDefinedField", maximum=maximum)


def items_in(fields: Fields) -> tuple[Item, ...]:
    """InvoiceItems with their measures."""
    return tuple(_item(line) for line in fields.children("InvoiceItems"))


def check_sum(fields: Fields, items: Iterable[Item], value_minor: int, currency: str) -> None:
    """Note, with the empty Error of section 7 no. 4, that items do not add up to the value."""
    lines = list(items)
    total = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    if lines and not (is_sane(total) and to_minor(total, currency) == value_minor):
        fields.refuse_as(_ITEMS_ERROR_NAME, "")


def suppliers_in(
    fields: Fields, *, proposed_name: str = "ProposedShare"
) -> tuple[SupplierShare, ...]:
    """Suppliers with their shares; API V3 has another name for the proposed one."""
    return tuple(
        SupplierShare(
            code=line.integer("SupplierCode", required=True) or 0,
            invoice_share=line.number("InvoiceShare", required=True) or Decimal(0),
            proposed_share=line.number(proposed_name),
        )
        for line in fields.children("Suppliers")
    )


def check_shipping(fields: Fields) -> None:
    """Note what is missing of a shipping invoice."""
    method = fields.integer("ShippingMethod")
    if method is None:
        return
    if method not in _SHIPPING_METHODS:
        fields.refuse("ShippingMethod", "ShippingMethod must be 1 or 2")
    consignee = fields.child("ShippingConsignee")
    if consignee is None:
        fields.refuse("ShippingConsignee", "ShippingConsignee is required")
        return
    for name in _CONSIGNEE_NAMES:
        consignee.text(name, required=True)


def is_recurring(fields: Fields) -> bool:
    """Whether a RecurringModel is asked for; its numbers must be in their ranges."""
    model = fields.child("RecurringModel")
    if model is None:
        return False
    kind = model.choice("RecurringType", _RECURRING_TYPES, required=True)
    days = model.integer("IntervalDays", required=kind == "Custom")
    if kind == "Custom" and days is not None and not 1 <= days <= MAXIMUM_INTERVAL_DAYS:
        model.refuse("IntervalDays", f"IntervalDays must be 1 to {MAXIMUM_INTERVAL_DAYS}")
    if (model.integer("Iteration") or 0) < 0:
        model.refuse("Iteration", "Iteration must be 0 or more")
    if not 0 <= (model.integer("RetryCount") or 0) <= MAXIMUM_RECURRING_RETRIES:
        model.refuse("RetryCount", f"RetryCount must be 0 to {MAXIMUM_RECURRING_RETRIES}")
    return True


def _item(line: Fields) -> Item:
    quantity = line.integer("Quantity", required=True)
    if quantity is not None and quantity < 1:
        line.refuse("Quantity", "Quantity must be more than 0")
    return Item(
        name=line.text("ItemName", required=True) or "",
        quantity=quantity or 0,
        unit_price=line.number("UnitPrice", required=True) or Decimal(0),
        measures={name: _measure(line, name, maximum) for name, maximum in _MEASURES.items()},
    )


def _measure(line: Fields, name: str, maximum: int) -> Decimal:
    measure = line.number(name) or Decimal(0)
    if not 0 <= measure <= maximum:
        line.refuse(name, f"{name} must be between 0 and {maximum}")
    return measure
