"""API V3's requests, gateways/myfatoorah.md sections 2.5 and 4.1."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway_sandbox.myfatoorah.countries import CURRENCIES
from gateway_sandbox.myfatoorah.decode_keys import Operation
from gateway_sandbox.myfatoorah.errors import FEATURE_OFF
from gateway_sandbox.myfatoorah.fields import Fields
from gateway_sandbox.myfatoorah.invoice import Order
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.methods import methods_of
from gateway_sandbox.myfatoorah.order_parts import amount_in, email_in, suppliers_in, url_in
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.wire_times import moment_of

MAXIMUM_MOBILE_LENGTH = 11
MAXIMUM_META_FIELDS = 5
_ALL_METHODS = "INVOICE"
_METHOD_CODES = {"CARD": "vm", "APPLE_PAY": "ap", "GOOGLE_PAY": "gp", "KNET": "kn"}
_DISPLAYED = {"card": "vm", "knet": "kn", "googlepay": "gp", "applepay": "ap"}
_METHOD_WORDS = {word.lower(): word for word in (*_METHOD_CODES, _ALL_METHODS)}
_OPERATIONS = {"pay": "PAY", "authorize": "AUTHORIZE"}
_UPDATES = {"capture": "capture", "release": "release"}
_NOTIFICATIONS = {word.lower(): word for word in ("EMAIL", "SMS", "ALL", "LINK")}
_LANGUAGES = {"en": "EN", "ar": "AR"}
_CURRENCY_WORDS = {currency.lower(): currency for currency in CURRENCIES}


@dataclass(frozen=True, slots=True)
class PaymentUpdate:
    """PUT /v3/payments/{id}."""

    operation: Operation
    amount: Decimal | None


def decode_payment(fields: Fields, merchant: Merchant, settings: MyFatoorahSettings) -> Order:
    """POST /v3/payments; raises MyFatoorahError 400 that names all that is wrong."""
    wanted, customer = _child(fields, "Order"), _child(fields, "Customer")
    urls = _child(fields, "IntegrationUrls")
    currency = wanted.choice("Currency", _CURRENCY_WORDS) or merchant.currency
    redirection = url_in(urls, "Redirection", settings)
    _check_notification(fields, customer)
    order = Order(
        display_currency=currency,
        display_minor=amount_in(wanted, "Amount", currency, settings),
        customer_name=customer.text("Name") or "Anonymous",
        customer_mobile=_mobile(customer, merchant),
        customer_reference=wanted.text("ExternalIdentifier"),
        customer_email=email_in(customer, "Email"),
        own_reference=customer.text("Reference") or "",
        language=fields.choice("Language", _LANGUAGES) or "EN",
        callback_url=redirection,
        error_url=redirection,
        webhook_url=url_in(urls, "Webhook", settings),
        expires_at=_expiry(fields),
        suppliers=suppliers_in(fields, proposed_name="ProposedDepositShare"),
        method_ids=_method_ids(fields, merchant),
        session_id=_session_id(fields),
        is_authorize_only=_is_authorize_only(fields, merchant),
        meta_data=_meta_data(fields),
    )
    fields.finish()
    return order


def names_method(fields: Fields) -> bool:
    """Whether the payer is sent to one method instead of the page with all of them."""
    return fields.choice("PaymentMethod", _METHOD_WORDS) in _METHOD_CODES


def decode_payment_update(fields: Fields) -> PaymentUpdate:
    """Raises MyFatoorahError 400."""
    operation = fields.choice("OperationType", _UPDATES, required=True)
    amount = fields.number("Amount", required=operation == "capture")
    fields.finish()
    return PaymentUpdate("release" if operation == "release" else "capture", amount)


def _child(fields: Fields, name: str) -> Fields:
    absent = Fields({}, prefix=f"{name}.", problems=fields.problems)
    return fields.child(name) or absent


def _check_notification(fields: Fields, customer: Fields) -> None:
    way = fields.choice("NotificationOption", _NOTIFICATIONS)
    if way in {"EMAIL", "ALL"} and not customer.has("Email"):
        customer.refuse("Email", "Email is required")
    if way in {"SMS", "ALL"} and not customer.has("Mobile"):
        customer.refuse("Mobile", "Mobile is required")


def _session_id(fields: Fields) -> str | None:
    """Cards and tokens themselves are for accounts that may handle them, which none is here."""
    if not fields.has("SourceOfFund"):
        return None
    session_id = _child(fields, "SourceOfFund").text("SessionId")
    if not session_id:
        fields.refuse("SourceOfFund", FEATURE_OFF)
    return session_id


def _mobile(customer: Fields, merchant: Merchant) -> str:
    mobile = _child(customer, "Mobile")
    code = mobile.text("CountryCode") or merchant.place.dial_code
    return code + (mobile.text("Number", maximum=MAXIMUM_MOBILE_LENGTH) or "")


def _expiry(fields: Fields) -> datetime | None:
    text = fields.text("PaymentExpiry")
    moment = moment_of(text, UTC) if text else None
    if text and moment is None:
        fields.refuse("PaymentExpiry", "PaymentExpiry is not a valid date")
    return moment


def _method_ids(fields: Fields, merchant: Merchant) -> tuple[int, ...]:
    by_code = {method.code: method.method_id for method in methods_of(merchant.country)}
    word = fields.choice("PaymentMethod", _METHOD_WORDS)
    if word in _METHOD_CODES:
        name, codes = "PaymentMethod", [_METHOD_CODES[word]]
    else:
        name = "DisplayPaymentMethods"
        codes = [_DISPLAYED.get(str(item).lower(), "") for item in fields.array(name)]
    if not set(by_code).issuperset(codes):
        fields.refuse(name, "The payment method is not enabled for this account")
    return tuple(by_code[code] for code in codes if code in by_code)


def _is_authorize_only(fields: Fields, merchant: Merchant) -> bool:
    is_held = fields.choice("OperationType", _OPERATIONS) == "AUTHORIZE"
    if is_held and not merchant.can_authorize:
        fields.refuse("OperationType", FEATURE_OFF)
    return is_held


def _meta_data(fields: Fields) -> dict[str, Any] | None:
    given = fields.child("MetaData")
    if given is None:
        return None
    names = [f"UDF{number}" for number in range(1, MAXIMUM_META_FIELDS + 1)]
    return {name: given.text(name) for name in names}
