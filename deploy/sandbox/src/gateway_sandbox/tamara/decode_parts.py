"""Parts that several requests share: items, breakdowns, addresses, phone numbers, URLs."""

import re
from urllib.parse import urlsplit

from gateway_sandbox.tamara.errors import invalid
from gateway_sandbox.tamara.members import Members
from gateway_sandbox.tamara.money import decode_discount, decode_part
from gateway_sandbox.tamara.order import Breakdown, Item
from gateway_sandbox.tamara.phones import normalised
from gateway_sandbox.tamara.settings import TamaraSettings

URL_LIMIT = 1024
_REFUSED_SCHEMES = {"", "javascript", "data", "vbscript", "file"}
_QUANTITY = re.compile(r"0*([0-9]+(?:\.[0-9]+)?)")
_OPTIONAL_ADDRESS_NAMES = ("line2", "region", "postal_code")


def decode_breakdown(document: Members, currency: str, settings: TamaraSettings) -> Breakdown:
    """Items, shipping, tax and the flat discount of a capture, cancellation or refund."""
    has_shipping = document.values.get("shipping_amount") not in (None, [])
    return Breakdown(
        items=decode_items(document, currency, settings),
        shipping_minor=_part(document, "shipping_amount", currency, settings)
        if has_shipping
        else None,
        tax_minor=_part(document, "tax_amount", currency, settings),
        discount_minor=_discount(document, currency, settings),
    )


def decode_items(document: Members, currency: str, settings: TamaraSettings) -> tuple[Item, ...]:
    """All items; raises TamaraError 400 that names the item and its member."""
    return tuple(_item(item, currency, settings) for item in document.objects("items"))


def decode_address(address: Members, country_code: str, settings: TamaraSettings) -> dict[str, str]:
    """An address with every member, the phone number normalised where it can be."""
    phone_number = address.optional_text("phone_number")
    return {
        "first_name": address.documented_text("first_name"),
        "last_name": address.documented_text("last_name"),
        "line1": address.documented_text("line1"),
        **{name: address.optional_text(name) for name in _OPTIONAL_ADDRESS_NAMES},
        "city": address.documented_text("city"),
        "country_code": address.documented_text("country_code"),
        "phone_number": decode_phone(phone_number, country_code, "", settings)
        if phone_number
        else "",
    }


def decode_phone(
    phone_number: str, country_code: str, refusal: str, settings: TamaraSettings
) -> str:
    """The number normalised; one in no known form is refused, unless there is no refusal for it."""
    number = normalised(phone_number, country_code)
    if number is not None:
        return number
    if refusal and settings.check_phone_numbers:
        raise invalid("The phone number is invalid", refusal)
    return phone_number


def decode_browser_url(urls: Members, name: str) -> str:
    """A URL that a browser may be sent to; raises TamaraError 400."""
    url = urls.text(name, limit=URL_LIMIT)
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise invalid(f"{urls.named(name)} is not a URL") from error
    if scheme in _REFUSED_SCHEMES or not url.isprintable():
        raise invalid(f"{urls.named(name)} is not a URL")
    return url


def _item(item: Members, currency: str, settings: TamaraSettings) -> Item:
    if item.is_strict and item.values.get("total_amount") is None:
        raise item.missing("total_amount")
    return Item(
        reference_id=item.documented_text("reference_id"),
        # Required by the table, whose default is this; Hyperswitch leaves it out.
        type=item.optional_text("type") or "Physical",
        name=item.documented_text("name", limit=255),
        sku=item.documented_text("sku", limit=128),
        quantity=_quantity(item),
        unit_price_minor=_part(item, "unit_price", currency, settings),
        tax_minor=_part(item, "tax_amount", currency, settings),
        total_minor=_part(item, "total_amount", currency, settings),
        discount_minor=_discount(item, currency, settings),
        image_url=item.optional_text("image_url", limit=URL_LIMIT),
        item_url=item.optional_text("item_url", limit=URL_LIMIT),
    )


def _quantity(item: Members) -> str:
    text = item.documented_text("quantity", limit=15) or "1"
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise invalid(f"{item.named('quantity')} must be a number")
    return match[1]


def _part(document: Members, name: str, currency: str, settings: TamaraSettings) -> int:
    return decode_part(document.values.get(name), document.named(name), currency, settings)


def _discount(document: Members, currency: str, settings: TamaraSettings) -> int:
    name = "discount_amount"
    return decode_discount(document.values.get(name), document.named(name), currency, settings)
