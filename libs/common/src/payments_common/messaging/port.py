"""Publishing and consuming as the services see it; RabbitMQ and the in-memory broker both do it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from payments_common.schemas.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for the broker; several envelopes travel as one CloudEvents batch.

    `exchange` "" with a queue's name as `routing_key` addresses that queue. A delay holds the
    message back in the broker; it is only possible towards a queue that the topology names.
    """

    exchange: str
    routing_key: str
    envelopes: Sequence[Envelope]
    batch: bool = False
    correlation_id: str | None = None
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came in; the body is not yet read, so that bad bytes reach the handler.

    `attempt` counts from 1, over retries and redeliveries. `sender` is vouched for by the broker.
    """

    body: bytes
    content_type: str | None
    routing_key: str
    message_id: str | None
    correlation_id: str | None
    reply_to: str | None
    sender: str | None
    attempt: int
    headers: Mapping[str, object] = field(default_factory=dict)


class Publisher(Protocol):
    async def publish(self, outgoing: Outgoing) -> None:
        """Returns only after the broker has confirmed that the message is stored.

        Raises Unroutable, BrokerUnavailable (not stored) or PublishUnknown (may be stored);
        InvalidMessage when it is too large, Misconfigured for a delay that leads to no one queue.
        """
        ...


Handler = Callable[[Delivery], Awaitable[None]]
"""Returning acknowledges; TryLater and GatewayOutage retry later; other errors dead-letter."""


class Subscription(Protocol):
    async def drain(self) -> None:
        """Takes no more messages, waits for the handlers under way, then closes."""
        ...


class Broker(Publisher, Protocol):
    async def subscribe(
        self, queue: str, handler: Handler, *, prefetch: int = 32
    ) -> Subscription: ...

    async def close(self) -> None: ...
