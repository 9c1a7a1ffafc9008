"""Requests from JSON, as strict as Tabby is known to be, gateways/tabby.md sections 2.1 and 4."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway_sandbox.amounts import InvalidAmountError, parse_minor
from gateway_sandbox.strict_body import InvalidBodyError, load_object
from gateway_sandbox.tabby import errors
from gateway_sandbox.tabby.errors import TabbyError, bad_data
from gateway_sandbox.tabby.merchants import CURRENCIES
from gateway_sandbox.tabby.settings import TabbySettings

_URL_NAMES = ("success", "cancel", "failure")
_REFUSED_SCHEMES = {"", "javascript", "data", "vbscript", "file"}


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What the sandbox uses of a checkout request; `payment` is the whole payment object."""

    payment: Mapping[str, Any]
    amount_minor: int
    currency: str
    reference_id: str
    merchant_code: str
    lang: str
    merchant_urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """A capture or refund request."""

    amount_minor: int
    reference_id: str
    reason: str | None
    details: Mapping[str, Any]


def decode_checkout(body: bytes, settings: TabbySettings) -> CheckoutRequest:
    """Raises TabbyError 400 for what no checkout can be made of."""
    document = _load(body)
    payment = _mapping(document.get("payment"))
    currency = payment.get("currency")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        raise _undecodable()
    _check_buyer(payment)
    _check_order(payment)
    if settings.require_full_checkout:
        _check_full(document, payment)
    return CheckoutRequest(
        payment=payment,
        amount_minor=_positive_amount(payment.get("amount"), currency, settings),
        currency=currency,
        reference_id=_text(_mapping(payment.get("order") or {}).get("reference_id", "")),
        merchant_code=_required_text(document.get("merchant_code")),
        lang=_lang(document.get("lang", "en")),
        merchant_urls=_merchant_urls(document.get("merchant_urls")),
    )


def decode_money(body: bytes, currency: str, settings: TabbySettings) -> MoneyRequest:
    """A capture's or refund's body; raises TabbyError 400."""
    document = _load(body)
    reference_id = _text(document.get("reference_id") or "")
    if settings.require_operation_reference and not reference_id:
        raise _undecodable()
    reason = document.get("reason")
    kept = ("tax_amount", "shipping_amount", "discount_amount", "items")
    return MoneyRequest(
        amount_minor=_positive_amount(document.get("amount"), currency, settings),
        reference_id=reference_id,
        reason=None if reason is None else _text(reason),
        details={name: document[name] for name in kept if name in document},
    )


def decode_update(body: bytes) -> str:
    """The new order reference of an update; raises TabbyError 400."""
    return _required_text(_mapping(_load(body).get("order")).get("reference_id"))


def decode_webhook(body: bytes, settings: TabbySettings) -> tuple[str, tuple[str, str] | None]:
    """The URL of a webhook and its (title, value) header, if any; raises TabbyError 400."""
    try:
        document = load_object(body)
        url, header = _text(document.get("url")), document.get("header")
        parts = urlsplit(url)
        pair = None if header is None else _header(_mapping(header))
    except (InvalidBodyError, TabbyError, ValueError) as error:
        raise bad_data(errors.UNDECODABLE_WEBHOOK) from error
    schemes = {"https", "http"} if settings.accept_http_webhook_url else {"https"}
    if parts.scheme not in schemes or not parts.hostname:
        raise bad_data(errors.UNDECODABLE_WEBHOOK)
    return url, pair


def _header(header: Mapping[str, Any]) -> tuple[str, str] | None:
    title, value = header.get("title"), header.get("value")
    if title is None and value is None:
        return None
    pair = _required_text(title), _text(value)
    if not all(text.isascii() and text.isprintable() for text in pair) or " " in pair[0]:
        raise _undecodable()
    return pair


def _load(body: bytes) -> dict[str, Any]:
    try:
        return load_object(body)
    except InvalidBodyError as error:
        raise _undecodable() from error


def _positive_amount(value: Any, currency: str, settings: TabbySettings) -> int:
    try:
        truncate = settings.excess_decimals == "truncate"
        amount_minor = parse_minor(value, currency, truncate=truncate)
    except InvalidAmountError as error:
        raise _undecodable() from error
    if amount_minor <= 0:
        raise _undecodable()
    return amount_minor


def _check_buyer(payment: Mapping[str, Any]) -> None:
    buyer = _mapping(payment.get("buyer"))
    _required_text(buyer.get("phone"))
    if "@" not in _required_text(buyer.get("email")):
        raise _undecodable()


def _check_order(payment: Mapping[str, Any]) -> None:
    _mapping(payment.get("meta") or {})
    items = _mapping(payment.get("order") or {}).get("items") or []
    if not isinstance(items, list):
        raise _undecodable()
    for item in items:
        quantity = _mapping(item).get("quantity", 1)
        if type(quantity) is not int or quantity < 1:
            raise _undecodable()


def _check_full(document: Mapping[str, Any], payment: Mapping[str, Any]) -> None:
    _required_text(document.get("lang"))
    _required_text(_mapping(payment.get("buyer")).get("name"))
    for name in ("order", "shipping_address", "buyer_history"):
        _mapping(payment.get(name))
    _required_text(payment["order"].get("reference_id"))
    if not isinstance(payment.get("order_history"), list):
        raise _undecodable()


def _merchant_urls(value: Any) -> dict[str, str]:
    urls = _mapping(value or {})
    return {name: _redirect_url(urls[name]) for name in _URL_NAMES if urls.get(name)}


def _redirect_url(value: Any) -> str:
    url = _text(value)
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise _undecodable() from error
    if scheme in _REFUSED_SCHEMES or not url.isprintable():
        raise _undecodable()
    return url


def _lang(value: Any) -> str:
    if value not in ("en", "ar"):
        raise _undecodable()
    return str(value)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _undecodable()
    return value


def _required_text(value: Any) -> str:
    if not value:
        raise _undecodable()
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _undecodable()
    return value


def _undecodable() -> TabbyError:
    return bad_data(errors.UNDECODABLE)
