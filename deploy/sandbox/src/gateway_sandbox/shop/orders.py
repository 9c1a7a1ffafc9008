"""The demo shop's orders, as the service that wants to be paid registers them."""

import re
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from gateway_sandbox.errors import InvalidControlRequestError

Language = Literal["en", "ar"]
LANGUAGES: tuple[Language, ...] = ("en", "ar")
KEPT_LIMIT = 10_000
_TEXT_LIMIT = 2_000
_REFERENCE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# What may stand in a Content-Security-Policy; a user name or a semicolon must not.
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-fA-F:]+\](:[0-9]+)?")
_REQUIRED = ("order_reference", "title", "amount", "checkout_url", "status_url", "status_token")


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One order; `amount` is text for people, `status_url` the status API's base."""

    order_reference: str
    title: str
    amount: str
    checkout_url: str
    status_url: str
    status_token: str
    language: Language = "en"

    @property
    def status_origin(self) -> str:
        """Scheme, host and port of the status API."""
        parts = urlsplit(self.status_url)
        return f"{parts.scheme}://{parts.netloc}"


class ShopOrders:
    """The newest orders; an order that is registered again takes the place of the old one."""

    def __init__(self) -> None:
        self._orders: dict[str, ShopOrder] = {}

    def put(self, order: ShopOrder) -> None:
        """Keeps the order; the oldest goes when there are too many."""
        self._orders.pop(order.order_reference, None)
        self._orders[order.order_reference] = order
        while len(self._orders) > KEPT_LIMIT:
            del self._orders[next(iter(self._orders))]

    def get(self, order_reference: str) -> ShopOrder | None:
        """None if nobody registered it."""
        return self._orders.get(order_reference)

    def newest_first(self) -> list[ShopOrder]:
        """All of them."""
        return list(reversed(self._orders.values()))

    def reset(self) -> None:
        """As at the start."""
        self._orders.clear()


def parse_order(document: dict[str, Any]) -> ShopOrder:
    """Raises InvalidControlRequestError, which names what is wrong."""
    unknown = sorted(set(document) - {*_REQUIRED, "language"})
    if unknown:
        raise InvalidControlRequestError(f"unknown: {', '.join(unknown)}")
    texts = {name: _text(document, name) for name in _REQUIRED}
    if _REFERENCE.fullmatch(texts["order_reference"]) is None:
        raise InvalidControlRequestError("order_reference: 1 to 64 of A-Z a-z 0-9 . _ : -")
    for name in ("checkout_url", "status_url"):
        _require_url(name, texts[name])
    texts["status_url"] = texts["status_url"].rstrip("/")
    language = document.get("language", "en")
    if language not in LANGUAGES:
        raise InvalidControlRequestError(f"language must be one of {', '.join(LANGUAGES)}")
    return ShopOrder(**texts, language=cast("Language", language))


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT_LIMIT or not value.isprintable():
        raise InvalidControlRequestError(f"{name} must be text of 1 to {_TEXT_LIMIT} characters")
    return value


def _require_url(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or _HOST.fullmatch(parts.netloc) is None:
        raise InvalidControlRequestError(f"{name} must be a http or https URL")
