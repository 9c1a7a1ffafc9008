"""Between the gateway and the ingress, and between the ingress and the broker: who listens in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web

from conformance.subject import Delivered
from payments_common.clock import SystemClock
from payments_common.gateways.port import WebhookDelivery
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.port import Outgoing
from payments_common.schemas.webhooks import WebhookMessage
from support.ingress import RunningIngress

_HOP_BY_HOP = frozenset({"host", "content-length", "connection", "accept-encoding"})


class ShiftedClock(SystemClock):
    """The time of day, or later."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_seconds)


class KeepingBroker:
    """The ingress' way to the broker; remembers what it published."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self.messages: list[tuple[str, WebhookMessage]] = []

    async def publish(self, outgoing: Outgoing) -> None:
        await self._broker.publish(outgoing)
        for envelope in outgoing.envelopes:
            message = WebhookMessage.model_validate(envelope.data)
            self.messages.append((outgoing.routing_key, message))

    def of(self, routing_key: str) -> list[WebhookMessage]:
        return [message for key, message in self.messages if key == routing_key]


def stored_delivery(message: WebhookMessage) -> WebhookDelivery:
    """A delivery as it was kept."""
    return WebhookDelivery(
        body=message.body,
        headers=message.headers,
        query=message.query,
        received_at=message.received_at,
    )


@dataclass
class Gate:
    """Passes deliveries on to the ingress, unless it is shut, and keeps them."""

    ingress: RunningIngress
    http: aiohttp.ClientSession
    url: str = ""
    closed_for: int = 0
    passed: list[Delivered] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        if self.closed_for:
            self.closed_for -= 1
            return web.Response(status=503)
        raw = tuple((k.decode(), v.decode()) for k, v in request.raw_headers)
        kept = tuple(pair for pair in raw if pair[0].lower() not in _HOP_BY_HOP)
        delivered = Delivered(await request.read(), kept, request.query_string)
        self.passed.append(delivered)
        return web.Response(status=await self.deliver(delivered, request.match_info["account"]))

    async def deliver(self, delivered: Delivered, account: str) -> int:
        target = f"{self.ingress.url}/webhooks/{account}"
        query = f"?{delivered.query}" if delivered.query else ""
        async with self.http.post(
            target + query, data=delivered.body, headers=list(delivered.headers)
        ) as response:
            return response.status
