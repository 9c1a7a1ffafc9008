"""A message as the broker stores it, apart from any broker's library."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from payments_common.errors import InvalidMessage
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.messaging.topology import Route, delayed_to
from payments_common.schemas.envelope import (
    BATCH_CONTENT_TYPE,
    CONTENT_TYPE,
    LARGEST_MESSAGE_BYTES,
    encode,
    encode_batch,
)

ATTEMPT = "x-payments-attempt"
ROUTING_KEY = "x-payments-routing-key"
SENDER = "x-payments-sender"
FIRST_SEEN = "x-payments-first-seen"
DEAD_LETTERED_AT = "x-payments-dead-lettered-at"
REASON = "x-payments-reason"
CODE = "x-payments-code"
ERROR = "x-payments-error"
QUEUE = "x-payments-queue"
DELIVERY_COUNT = "x-delivery-count"

_OURS = "x-payments-"
_BROKERS = "x-"
_HIGHEST_ATTEMPT = 1_000_000


@dataclass(frozen=True, slots=True)
class Message:
    body: bytes
    content_type: str | None
    correlation_id: str | None = None
    reply_to: str | None = None
    headers: Mapping[str, object] = field(default_factory=dict)


def message_of(outgoing: Outgoing) -> Message:
    """Raises InvalidMessage, code `message_too_large`, for what no consumer would read."""
    if outgoing.batch or len(outgoing.envelopes) != 1:
        body, content_type = encode_batch(outgoing.envelopes), BATCH_CONTENT_TYPE
    else:
        body, content_type = encode(outgoing.envelopes[0]), CONTENT_TYPE
    if len(body) > LARGEST_MESSAGE_BYTES:
        raise InvalidMessage(
            f"the message has {len(body)} bytes, more than {LARGEST_MESSAGE_BYTES}",
            code="message_too_large",
        )
    return Message(
        body=body,
        content_type=content_type,
        correlation_id=outgoing.correlation_id,
        reply_to=outgoing.reply_to,
        headers=dict(outgoing.headers),
    )


def routed(outgoing: Outgoing) -> tuple[Route, Message]:
    """The route, by way of a delay queue if need be, and the message that remembers its key."""
    asked = Route(outgoing.exchange, outgoing.routing_key)
    route = delayed_to(asked, outgoing.delay_seconds)
    message = message_of(outgoing)
    if route != asked and asked.exchange:
        headers = {**message.headers, ROUTING_KEY: asked.routing_key}
        message = replace(message, headers=headers)
    return route, message


def delivery_of(
    message: Message,
    *,
    routing_key: str,
    message_id: str | None,
    user: str | None,
    own_user: str,
    redeliveries: int,
) -> Delivery:
    """What the handler sees; a message that we sent round again keeps its first key and sender.

    The broker vouches for `user`; only our own word on an earlier sender is taken.
    """
    headers = dict(message.headers)
    sender = headers.get(SENDER) if user == own_user else None
    return Delivery(
        body=message.body,
        content_type=message.content_type,
        routing_key=_text(headers.get(ROUTING_KEY)) or routing_key,
        message_id=message_id,
        correlation_id=message.correlation_id,
        reply_to=message.reply_to,
        sender=_text(sender) or user,
        attempt=_attempt(headers.get(ATTEMPT)) + redeliveries,
        headers=headers,
    )


def again(delivery: Delivery, *, headers: Mapping[str, object]) -> Message:
    """The same message to be sent once more; the broker's own headers stay behind."""
    kept: dict[str, object] = {
        name: value
        for name, value in delivery.headers.items()
        if name.startswith(_OURS) or not name.startswith(_BROKERS)
    }
    kept[ROUTING_KEY] = delivery.routing_key
    if delivery.sender is not None:
        kept[SENDER] = delivery.sender
    return Message(
        body=delivery.body,
        content_type=delivery.content_type,
        correlation_id=delivery.correlation_id,
        reply_to=delivery.reply_to,
        headers={**kept, **headers},
    )


def _attempt(value: object) -> int:
    if isinstance(value, int) and 1 <= value <= _HIGHEST_ATTEMPT:
        return value
    return 1


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
