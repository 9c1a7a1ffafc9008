"""Checkout requests, gateways/tamara.md sections 2.2 and 2.5."""

import re
from typing import Any

from gateway_sandbox.tamara import errors
from gateway_sandbox.tamara.decode_parts import (
    decode_address,
    decode_breakdown,
    decode_browser_url,
    decode_items,
    decode_phone,
)
from gateway_sandbox.tamara.errors import TamaraError, invalid
from gateway_sandbox.tamara.members import Members, load_members
from gateway_sandbox.tamara.money import (
    Money,
    decode_discount,
    decode_money,
    decode_part,
    wrong_currency,
)
from gateway_sandbox.tamara.order import Breakdown, Checkout
from gateway_sandbox.tamara.phones import COUNTRIES, country_of
from gateway_sandbox.tamara.settings import TamaraSettings

_PAYMENT_TYPES = ("PAY_BY_INSTALMENTS", "PAY_NOW", "PAY_BY_LATER", "PAY_NEXT_MONTH")
_BY_INSTALMENTS = "PAY_BY_INSTALMENTS"
_BIRTH_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{4}")


def decode_checkout(body: bytes, settings: TamaraSettings) -> Checkout:
    """POST /checkout; raises TamaraError 400 that says what is wrong."""
    document = load_members(body, is_strict=settings.require_full_checkout)
    total = decode_money(document.values.get("total_amount"), "total_amount", settings)
    country_code = _country_code(document, total, settings)
    reference_id = document.text("order_reference_id")
    consumer, phone_number = _consumer(document.object("consumer"), country_code, settings)
    discount = document.optional_object("discount")
    payment_type = _choice(document, "payment_type", _PAYMENT_TYPES) or _BY_INSTALMENTS
    return Checkout(
        total_minor=total.amount_minor,
        currency=total.currency,
        country_code=country_code,
        reference_id=reference_id,
        order_number=document.optional_text("order_number") or reference_id,
        phone_number=phone_number,
        consumer=consumer,
        shipping_address=_shipping_address(document, country_code, settings),
        billing_address=_billing_address(document, country_code, settings),
        description=document.documented_text("description", limit=256),
        locale=_locale(document),
        platform=document.optional_text("platform"),
        is_mobile=document.values.get("is_mobile") is True,
        payment_type=payment_type,
        instalments=_instalments(document, payment_type),
        items=_items(document, total.currency, settings),
        discount_name=None if discount is None else discount.optional_text("name"),
        breakdown=_breakdown(document, discount, total.currency, settings),
        merchant_url=_merchant_url(document.object("merchant_url")),
        additional_data=_additional_data(document),
        lifetime_minutes=document.natural("expires_in_minutes", 5, 1440),
    )


def decode_in_store(body: bytes, settings: TamaraSettings, *, is_qr: bool) -> Checkout:
    """In-store sessions: by SMS with total_amount and a phone number, by QR code with amount."""
    document = load_members(body, is_strict=settings.require_full_checkout)
    name = "amount" if is_qr else "total_amount"
    total = decode_money(document.values.get(name), name, settings)
    country_code = _served(country_of(total.currency), settings)
    needed = document.optional_text if is_qr else document.text
    reference_id, phone_number = needed("order_reference_id"), needed("phone_number")
    refusal = errors.INVALID_PHONE if phone_number else ""
    number = decode_phone(phone_number, country_code, refusal, settings)
    payment_type = _choice(document, "payment_type", _PAYMENT_TYPES) or _BY_INSTALMENTS
    lifetime_minutes = document.natural("expiry_time", 5, 1440)
    consumer = {"first_name": "", "last_name": "", "email": document.optional_text("email")}
    return Checkout(
        total_minor=total.amount_minor,
        currency=total.currency,
        country_code=country_code,
        reference_id=reference_id,
        order_number=document.optional_text("order_number") or reference_id,
        phone_number=number,
        consumer={**consumer, **_person(Members({}), number)},
        shipping_address=decode_address(Members({"country_code": country_code}), "SA", settings),
        locale=_locale(document),
        platform=document.documented_text("platform") if is_qr else "",
        payment_type=payment_type,
        instalments=_instalments(document, payment_type),
        items=decode_items(document, total.currency, settings),
        breakdown=decode_breakdown(Members({}), total.currency, settings),
        additional_data=_additional_data(document),
        is_in_store=True,
        lifetime_minutes=lifetime_minutes or document.natural("expires_in_minutes", 5, 1440),
    )


def decode_country(code: str, settings: TamaraSettings) -> str:
    """A country where Tamara sells; raises TamaraError 400."""
    return _served(code.upper(), settings)


def _country_code(document: Members, total: Money, settings: TamaraSettings) -> str:
    country_code = _served(document.text("country_code"), settings)
    expected = COUNTRIES[country_code].currency
    if total.currency != expected:
        raise wrong_currency(f"{country_code} pays in {expected}, not in {total.currency}")
    return country_code


def _served(code: str, settings: TamaraSettings) -> str:
    if code not in COUNTRIES or code not in settings.served_countries:
        raise invalid("Invalid country code", errors.INVALID_COUNTRY)
    return code


def _consumer(
    consumer: Members, country_code: str, settings: TamaraSettings
) -> tuple[dict[str, Any], str]:
    first_name = consumer.optional_text("first_name")
    if not first_name.strip():
        raise invalid("The consumer's first name is empty", errors.EMPTY_FIRST_NAME)
    number = decode_phone(
        consumer.documented_text("phone_number"),
        country_code,
        errors.CONSUMER_INVALID_PHONE,
        settings,
    )
    names = {"first_name": first_name, "last_name": consumer.documented_text("last_name")}
    return {**names, "email": _email(consumer), **_person(consumer, number)}, number


def _person(consumer: Members, number: str) -> dict[str, Any]:
    is_first_order = consumer.values.get("is_first_order")
    birth_date = consumer.optional_text("date_of_birth")
    if birth_date and _BIRTH_DATE.fullmatch(birth_date) is None:
        raise invalid(f"{consumer.named('date_of_birth')} is not a date")
    return {
        "phone_number": number,
        "national_id": consumer.optional_text("national_id"),
        "date_of_birth": birth_date,
        "is_first_order": is_first_order if isinstance(is_first_order, bool) else None,
    }


def _email(consumer: Members) -> str:
    email = consumer.optional_text("email").strip()
    if not email:
        raise invalid("The consumer's email is empty", errors.EMPTY_EMAIL)
    local, _, domain = email.rpartition("@")
    if not local or "." not in domain or any(character.isspace() for character in email):
        raise invalid("The consumer's email is invalid", errors.INVALID_EMAIL)
    return email


def _shipping_address(
    document: Members, country_code: str, settings: TamaraSettings
) -> dict[str, str]:
    address = document.optional_object("shipping_address")
    if address is None:
        if document.is_strict:
            raise document.missing("shipping_address")
        address = Members({"country_code": country_code})
    _check_phone(address, country_code, errors.SHIPPING_INVALID_PHONE, settings)
    decoded = decode_address(address, country_code, settings)
    if decoded["country_code"] not in {"", *COUNTRIES}:
        raise _undeliverable()
    return decoded


def _billing_address(
    document: Members, country_code: str, settings: TamaraSettings
) -> dict[str, str] | None:
    address = document.optional_object("billing_address")
    if address is None or not address.values:
        return None
    _check_phone(address, country_code, errors.BILLING_INVALID_PHONE, settings)
    # What is optional as a whole is not held to its parts.
    return decode_address(Members(address.values, address.path), country_code, settings)


def _check_phone(
    address: Members, country_code: str, refusal: str, settings: TamaraSettings
) -> None:
    if phone_number := address.optional_text("phone_number"):
        decode_phone(phone_number, country_code, refusal, settings)


def _undeliverable() -> TamaraError:
    return invalid("The delivery country is not supported", errors.UNSUPPORTED_DELIVERY_COUNTRY)


def _items(document: Members, currency: str, settings: TamaraSettings) -> Any:
    if document.is_strict and document.values.get("items") is None:
        raise document.missing("items")
    return decode_items(document, currency, settings)


def _breakdown(
    document: Members, discount: Members | None, currency: str, settings: TamaraSettings
) -> Breakdown:
    for name in ("shipping_amount", "tax_amount"):
        if document.is_strict and document.values.get(name) is None:
            raise document.missing(name)
    amount = None if discount is None else discount.values.get("amount")
    parts = {
        name: decode_part(document.values.get(name), name, currency, settings)
        for name in ("shipping_amount", "tax_amount")
    }
    return Breakdown(
        shipping_minor=parts["shipping_amount"],
        tax_minor=parts["tax_amount"],
        discount_minor=decode_discount(amount, "discount.amount", currency, settings),
    )


def _merchant_url(urls: Members) -> dict[str, str]:
    pages = {name: decode_browser_url(urls, name) for name in ("success", "failure", "cancel")}
    if not urls.optional_text("notification"):
        return {**pages, "notification": ""}
    return {**pages, "notification": decode_browser_url(urls, "notification")}


def _instalments(document: Members, payment_type: str) -> int:
    asked = document.natural("instalments", 1, 24)
    if payment_type != _BY_INSTALMENTS:
        return 1
    return asked or 3


def _choice(document: Members, name: str, choices: tuple[str, ...]) -> str:
    value = document.optional_text(name)
    if value and value not in choices:
        raise invalid(f"{document.named(name)} must be one of {', '.join(choices)}")
    return value


def _locale(document: Members) -> str:
    # WooCommerce passes on whatever the shop's own is called: "ar", "en_GB".
    is_english = document.optional_text("locale").lower().startswith("en")
    return "en_US" if is_english else "ar_SA"


def _additional_data(document: Members) -> dict[str, Any]:
    data = document.optional_object("additional_data")
    return {} if data is None else dict(data.values)
