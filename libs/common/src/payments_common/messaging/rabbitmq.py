"""The broker that the services run on. Only this module and its parts know aio-pika."""

import asyncio
from collections.abc import Sequence
from typing import Self

from payments_common.clock import Clock
from payments_common.messaging.delivery_policy import DeliveryPolicy
from payments_common.messaging.messages import routed
from payments_common.messaging.observer import Observer, Unobserved
from payments_common.messaging.port import Handler, Outgoing
from payments_common.messaging.rabbitmq_connection import (
    RabbitConnection,
    close_channel,
    declare_own,
    declare_topology,
)
from payments_common.messaging.rabbitmq_consumer import RabbitSubscription
from payments_common.messaging.rabbitmq_errors import setting_up
from payments_common.messaging.rabbitmq_publisher import RabbitPublisher
from payments_common.messaging.running_handlers import RunningHandlers
from payments_common.messaging.topology import Route

CONNECT_SECONDS = 10.0
DECLARE_SECONDS = 30.0


class RabbitBroker:
    """Publishes and consumes over two connections, so that a blocked publisher stops no ack."""

    def __init__(
        self,
        *,
        publishing: RabbitConnection,
        consuming: RabbitConnection,
        clock: Clock,
        observer: Observer,
        confirm_timeout_seconds: float,
        drain_seconds: float,
    ) -> None:
        self._publishing = publishing
        self._consuming = consuming
        self._clock = clock
        self._observer = observer
        self._timeout_seconds = confirm_timeout_seconds
        self._drain_seconds = drain_seconds
        self._publisher = RabbitPublisher(
            publishing,
            clock=clock,
            observer=observer,
            confirm_timeout_seconds=confirm_timeout_seconds,
        )
        self._subscriptions: set[RabbitSubscription] = set()

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        connection_name: str,
        clock: Clock,
        declare: bool = True,
        confirm_timeout_seconds: float = 5.0,
        heartbeat_seconds: int = 10,
        drain_seconds: float = 30.0,
        observer: Observer | None = None,
    ) -> Self:
        """Raises BrokerUnavailable, or Misconfigured for refused credentials or topology."""
        publishing, consuming = await _connect_both(
            url, name=connection_name, heartbeat_seconds=heartbeat_seconds
        )
        broker = cls(
            publishing=publishing,
            consuming=consuming,
            clock=clock,
            observer=observer or Unobserved(),
            confirm_timeout_seconds=confirm_timeout_seconds,
            drain_seconds=drain_seconds,
        )
        if declare:
            try:
                await broker.declare_topology()
            except BaseException:
                await broker.close()
                raise
        return broker

    @property
    def healthy(self) -> bool:
        """Whether both connections are open and every subscription has its consumer."""
        return (
            self._publishing.is_open
            and self._consuming.is_open
            and all(each.healthy for each in self._subscriptions)
        )

    async def declare_topology(self) -> None:
        channel = await self._consuming.open_channel()
        try:
            with setting_up("the topology"):
                async with asyncio.timeout(DECLARE_SECONDS):
                    await declare_topology(channel)
        finally:
            await close_channel(channel, timeout_seconds=self._timeout_seconds)

    async def declare_own_queue(
        self, name: str, *, routes: Sequence[Route] = (), expires_seconds: int | None = None
    ) -> None:
        """Makes a caller's queue: it outlives reconnects, and goes when nobody used it so long."""
        channel = await self._consuming.open_channel()
        try:
            with setting_up(f"the queue {name}"):
                async with asyncio.timeout(DECLARE_SECONDS):
                    await declare_own(channel, name, routes=routes, expires_seconds=expires_seconds)
        finally:
            await close_channel(channel, timeout_seconds=self._timeout_seconds)

    async def publish(self, outgoing: Outgoing) -> None:
        route, message = routed(outgoing)
        await self._publisher.send(route, message)

    async def subscribe(
        self, queue: str, handler: Handler, *, prefetch: int = 32
    ) -> RabbitSubscription:
        subscription = RabbitSubscription(
            self._consuming,
            queue=queue,
            running=RunningHandlers(
                queue=queue,
                handler=handler,
                policy=DeliveryPolicy(queue=queue, send=self._publisher.send, clock=self._clock),
                clock=self._clock,
                observer=self._observer,
            ),
            prefetch=prefetch,
            clock=self._clock,
            timeout_seconds=self._timeout_seconds,
            drain_seconds=self._drain_seconds,
            on_drained=self._subscriptions.discard,
        )
        await subscription.start()
        self._subscriptions.add(subscription)
        return subscription

    async def close(self) -> None:
        """Drains every subscription, then leaves the broker."""
        await asyncio.gather(*(each.drain() for each in list(self._subscriptions)))
        await self._publisher.close()
        await asyncio.gather(self._publishing.close(), self._consuming.close())


async def _connect_both(
    url: str, *, name: str, heartbeat_seconds: int
) -> tuple[RabbitConnection, RabbitConnection]:
    publishing = await RabbitConnection.connect(
        url,
        name=f"{name} publishing",
        heartbeat_seconds=heartbeat_seconds,
        timeout_seconds=CONNECT_SECONDS,
    )
    try:
        consuming = await RabbitConnection.connect(
            url,
            name=f"{name} consuming",
            heartbeat_seconds=heartbeat_seconds,
            timeout_seconds=CONNECT_SECONDS,
        )
    except BaseException:
        await publishing.close()
        raise
    return publishing, consuming
