"""Webhook registrations, gateways/tamara.md section 5.1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from gateway_sandbox.tamara.errors import TamaraError, invalid
from gateway_sandbox.tamara.members import Members, load_members
from gateway_sandbox.tamara.order import EventKind
from gateway_sandbox.tamara.settings import TamaraSettings

URL_LIMIT = 255
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# They would tell the shop to cut the body elsewhere than it ends.
_FRAMING_HEADERS = {"content-length", "transfer-encoding"}
ORDER_EVENTS: tuple[str, ...] = get_args(EventKind)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What to register."""

    type: str
    url: str
    events: tuple[str, ...]
    headers: Mapping[str, str]


def decode_webhook(
    body: bytes, settings: TamaraSettings, *, default_type: str = "order"
) -> WebhookRequest:
    """Raises TamaraError 400; a missing type means order, as the official client leaves it out."""
    document = load_members(body)
    kind = document.optional_text("type") or default_type
    if kind not in ("order", "dispute"):
        raise invalid("type must be order or dispute")
    headers = document.optional_object("headers")
    return WebhookRequest(
        type=kind,
        url=_url(document, settings),
        events=_events(document, kind),
        headers={} if headers is None else _headers(headers),
    )


def _url(document: Members, settings: TamaraSettings) -> str:
    url = document.text("url", limit=URL_LIMIT)
    try:
        parts = urlsplit(url)
        is_reachable = parts.hostname is not None and parts.port != 0
    except ValueError as error:
        raise _bad_url() from error
    schemes = {"https", "http"} if settings.accept_http_webhook_url else {"https"}
    is_plain = url.isprintable() and " " not in url
    if parts.scheme not in schemes or not is_reachable or not is_plain:
        raise _bad_url()
    return url


def _events(document: Members, kind: str) -> tuple[str, ...]:
    events = document.values.get("events")
    if not isinstance(events, list) or not events:
        raise invalid("events is required")
    for event in events:
        is_known = event in ORDER_EVENTS if kind == "order" else _is_dispute_event(event)
        if not is_known:
            # The docs' own sample lists order_updated; the live API refuses it in these words.
            raise invalid(f"Invalid registered event {event}")
    return tuple(dict.fromkeys(events))


def _is_dispute_event(event: object) -> bool:
    return isinstance(event, str) and event.startswith("OrderDispute")


def _headers(headers: Members) -> dict[str, str]:
    decoded = {name: headers.optional_text(name) for name in headers.values}
    for name, value in decoded.items():
        is_name = _HEADER_NAME.fullmatch(name) and name.lower() not in _FRAMING_HEADERS
        if not is_name or not value.isascii() or not value.isprintable():
            raise invalid(f"{headers.named(name)} cannot be a header")
    return decoded


def _bad_url() -> TamaraError:
    return invalid("url must be an https URL")
