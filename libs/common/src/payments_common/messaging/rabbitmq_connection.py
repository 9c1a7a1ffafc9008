"""One connection to RabbitMQ that comes back by itself; its channels do not, their users reopen."""

import asyncio
from collections.abc import Sequence

import aio_pika
from aio_pika.abc import AbstractRobustConnection

from payments_common.errors import BrokerUnavailable, Misconfigured
from payments_common.messaging import topology
from payments_common.messaging.rabbitmq_errors import ignoring_loss, setting_up

RECONNECT_SECONDS = 1.0


class RabbitConnection:
    """Raises BrokerUnavailable where RabbitMQ cannot be reached, Misconfigured where it refuses."""

    def __init__(self, connection: AbstractRobustConnection, *, timeout_seconds: float) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds

    @classmethod
    async def connect(
        cls, url: str, *, name: str, heartbeat_seconds: int, timeout_seconds: float
    ) -> "RabbitConnection":
        if not url.startswith(("amqp://", "amqps://")):
            # The library would try such a URL for ever. It may hold a password: it is not repeated.
            raise Misconfigured("RabbitMQ's URL begins with amqp:// or amqps://; this one does not")
        with setting_up("the connection"):
            connection = await aio_pika.connect_robust(
                url,
                timeout=timeout_seconds,
                heartbeat=heartbeat_seconds,
                reconnect_interval=RECONNECT_SECONDS,
                client_properties={"connection_name": name},
            )
        return cls(connection, timeout_seconds=timeout_seconds)

    @property
    def user(self) -> str:
        return self._connection.url.user or "guest"  # type: ignore[attr-defined]

    @property
    def is_open(self) -> bool:
        return self._connection.connected.is_set() and not self._connection.is_closed

    async def open_channel(self) -> aio_pika.Channel:
        """A channel with confirms; fails at once while there is no connection."""
        if not self.is_open:
            raise BrokerUnavailable("there is no connection to the broker, it is being restored")
        channel = aio_pika.Channel(self._connection, on_return_raises=True)
        with setting_up("a new channel"):
            async with asyncio.timeout(self._timeout_seconds):
                await channel.initialize()
        return channel

    async def close(self) -> None:
        with ignoring_loss():
            async with asyncio.timeout(self._timeout_seconds):
                await self._connection.close()


async def close_channel(channel: aio_pika.Channel, *, timeout_seconds: float) -> None:
    """Closes what may be closed already."""
    with ignoring_loss():
        async with asyncio.timeout(timeout_seconds):
            await channel.close()


async def declare_topology(channel: aio_pika.Channel) -> None:
    """Makes the topology; raises Misconfigured if the broker has something else by that name."""
    for name in topology.EXCHANGES:
        with setting_up(f"the exchange {name}"):
            await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)
    for wanted in topology.QUEUES.values():
        with setting_up(f"the queue {wanted.name}"):
            queue = await channel.declare_queue(
                wanted.name, durable=True, arguments=dict(wanted.arguments)
            )
            for binding in wanted.bindings:
                await queue.bind(binding.exchange, binding.routing_key)


async def declare_own(
    channel: aio_pika.Channel,
    name: str,
    *,
    routes: Sequence[topology.Route],
    expires_seconds: int | None,
) -> None:
    """Makes a queue that the topology does not name, for one caller's answers or events.

    One that expires is a durable classic queue: a quorum queue that is seconds old when its node
    is killed may stay without a leader for minutes.
    """
    arguments: dict[str, str | int] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": topology.UNLIMITED_DELIVERIES,
    }
    if expires_seconds is not None:
        arguments = {"x-queue-type": "classic", "x-expires": expires_seconds * 1000}
    queue = await channel.declare_queue(name, durable=True, arguments=dict(arguments))
    for route in routes:
        await queue.bind(route.exchange, route.routing_key)
