"""A RabbitMQ for tests: emptied between them, looked into, and reached through a faulty proxy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
from yarl import URL

from payments_common.clock import SystemClock
from payments_common.messaging import topology
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.rabbitmq_connection import declare_topology
from support.proxy import FaultyProxy


@dataclass(frozen=True)
class Seen:
    """One message in a queue."""

    body: bytes
    content_type: str | None
    headers: dict[str, Any]
    routing_key: str
    message_id: str | None = None
    persistent: bool = True


class RabbitProbe:
    """Looks at the server past the code under test."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self.channel = channel

    async def count(self, queue: str) -> int:
        declared = await self.channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def take_all(self, queue: str) -> list[Seen]:
        """Takes the messages out."""
        found = await self.channel.get_queue(queue, ensure=False)
        seen: list[Seen] = []
        while (message := await found.get(no_ack=True, fail=False)) is not None:
            seen.append(
                Seen(
                    body=message.body,
                    content_type=message.content_type,
                    headers=dict(message.headers),
                    routing_key=message.routing_key or "",
                    message_id=message.message_id,
                    persistent=message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT,
                )
            )
        return seen

    async def put(self, queue: str, body: bytes, **properties: Any) -> None:
        """Publishes bytes that our own publisher would not."""
        message = aio_pika.Message(body, **properties)
        await self.channel.default_exchange.publish(message, queue)


@asynccontextmanager
async def rabbit_probe(url: str) -> AsyncIterator[RabbitProbe]:
    connection = await aio_pika.connect(url)
    async with connection:
        yield RabbitProbe(await connection.channel())


async def empty(url: str) -> None:
    """Declares the topology where it is missing and purges every queue."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = aio_pika.Channel(connection)
        await channel.initialize()
        await declare_topology(channel)
        underlay = await channel.get_underlay_channel()
        await asyncio.gather(*(underlay.queue_purge(name) for name in topology.QUEUES))


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[FaultyProxy, str]]:
    """A proxy before the server, and the URL that leads through it."""
    target = URL(url)
    async with FaultyProxy(target.host or "127.0.0.1", target.port or 5672) as proxy:
        yield proxy, str(target.with_host("127.0.0.1").with_port(proxy.port))


@asynccontextmanager
async def connected(url: str, **settings: Any) -> AsyncIterator[RabbitBroker]:
    broker = await RabbitBroker.connect(
        url, connection_name="tests", clock=SystemClock(), declare=False, **settings
    )
    try:
        yield broker
    finally:
        await broker.close()
