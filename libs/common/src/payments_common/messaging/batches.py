"""One message may hold several envelopes; a bad one among them must not take the others down."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from payments_common import strict_json
from payments_common.errors import InvalidMessage, StoreUnavailable
from payments_common.messaging.port import Delivery, Handler
from payments_common.schemas.envelope import (
    BATCH_CONTENT_TYPE,
    LARGEST_MESSAGE_BYTES,
    Envelope,
    parse,
)

EnvelopeHandler = Callable[[Envelope, Delivery], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Member:
    """One of a message's envelopes, with what it takes to send this one alone again."""

    value: Any
    content_type: str | None

    def envelope(self) -> Envelope:
        """Raises InvalidMessage that names the members that are wrong."""
        return parse(Envelope, self.value, "CloudEvent")

    @property
    def body(self) -> bytes:
        """The envelope as it came, with members that we do not know and fractions exact."""
        value = [self.value] if self.content_type == BATCH_CONTENT_TYPE else self.value
        return orjson.dumps(value, default=_exact)


@dataclass(frozen=True, slots=True)
class Failure:
    member: Member
    error: Exception


class SomeFailed(Exception):
    """Raised by a handler: these members go on by themselves, the others are done."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__(f"{len(failures)} envelopes of one message failed")
        self.failures = tuple(failures)


def members(delivery: Delivery) -> list[Member]:
    """Raises InvalidMessage if the message as a whole cannot be read."""
    if len(delivery.body) > LARGEST_MESSAGE_BYTES:
        raise InvalidMessage(
            f"the message has {len(delivery.body)} bytes, more than {LARGEST_MESSAGE_BYTES}",
            code="message_too_large",
        )
    value = strict_json.loads(delivery.body)
    if delivery.content_type != BATCH_CONTENT_TYPE:
        return [Member(value, delivery.content_type)]
    if not isinstance(value, list):
        raise InvalidMessage("a batch of CloudEvents is a JSON array")
    return [Member(each, BATCH_CONTENT_TYPE) for each in value]


def handle_each(handle: EnvelopeHandler) -> Handler:
    """Handles a message's envelopes one by one; those that fail are retried or set aside alone."""

    async def handler(delivery: Delivery) -> None:
        failures: list[Failure] = []
        for member in members(delivery):
            # A database that does not answer will not answer for the next envelope either.
            if failures and isinstance(failures[-1].error, StoreUnavailable):
                failures.append(Failure(member, failures[-1].error))
                continue
            try:
                await handle(member.envelope(), delivery)
            except Exception as error:  # noqa: BLE001 - each error meets the outcome table
                failures.append(Failure(member, error))
        if failures:
            raise SomeFailed(failures)

    return handler


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} does not come out of JSON")
