"""The bodies of MyFatoorah's webhooks, of both versions, as one kind of notice, pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from payments_common.errors import InvalidMessage
from payments_common.gateways.myfatoorah.wire import LoggedWebhook, digits_or_none


class WebhookVersion(StrEnum):
    V1 = "v1"
    V2 = "v2"


@dataclass(frozen=True, slots=True)
class Notice:
    """`code` says what kind of event it is, `data` is what it tells (sections 5.1 and 5.2)."""

    version: WebhookVersion
    code: int
    name: str
    reference: str
    data: Mapping[str, Any]


def notice_in(body: object) -> Notice:
    """Raises InvalidMessage for what has neither version's shape, or tells nothing."""
    if not isinstance(body, Mapping):
        raise InvalidMessage("a MyFatoorah webhook is a JSON object", code="event_unreadable")
    notice = _second(body) or _first(body)
    if notice is None:
        raise InvalidMessage(
            "a MyFatoorah webhook has a number EventType and a text Event, or an object Event "
            "with a Code; this one has neither",
            code="event_unreadable",
        )
    if not notice.data:
        raise InvalidMessage("a MyFatoorah webhook without Data tells nothing", code="event_empty")
    return notice


def logged_notice(item: LoggedWebhook) -> Notice | None:
    """What an item of GetWebhooks was sent as; its log keeps no version, so the names tell."""
    if item.code is None or not isinstance(item.data, Mapping) or not item.data:
        return None
    is_second = item.name == item.name.upper() if item.name else _is_nested(item.data)
    version = WebhookVersion.V2 if is_second else WebhookVersion.V1
    return Notice(version, item.code, item.name, "", item.data)


def member(data: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where something on the way is not there."""
    value: Any = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _first(body: Mapping[str, Any]) -> Notice | None:
    code, name = _code(body.get("EventType")), body.get("Event")
    if code is None or not isinstance(name, str):
        return None
    return Notice(WebhookVersion.V1, code, name, "", _data(body))


def _second(body: Mapping[str, Any]) -> Notice | None:
    event = body.get("Event")
    code = _code(event.get("Code")) if isinstance(event, Mapping) else None
    if code is None or not isinstance(event, Mapping):
        return None
    name, reference = event.get("Name"), event.get("Reference")
    return Notice(
        WebhookVersion.V2,
        code,
        name if isinstance(name, str) else "",
        reference if isinstance(reference, str) else "",
        _data(body),
    )


def _code(value: object) -> int | None:
    digits = digits_or_none(value)
    return None if digits is None else int(digits)


def _data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("Data")
    return data if isinstance(data, Mapping) else {}


def _is_nested(data: Mapping[str, Any]) -> bool:
    return all(isinstance(value, Mapping | list) or value is None for value in data.values())
