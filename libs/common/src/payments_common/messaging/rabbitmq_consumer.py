"""Consuming from one RabbitMQ queue, through lost connections, channels and queues."""

import asyncio
import logging
from collections.abc import Callable

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from payments_common.clock import Clock
from payments_common.messaging.messages import DELIVERY_COUNT, Message, delivery_of
from payments_common.messaging.port import Delivery
from payments_common.messaging.rabbitmq_connection import RabbitConnection, close_channel
from payments_common.messaging.rabbitmq_errors import ignoring_loss, setting_up
from payments_common.messaging.running_handlers import RunningHandlers

RESUME_SECONDS = 0.5

_log = logging.getLogger(__name__)


class RabbitReceipt:
    def __init__(self, message: AbstractIncomingMessage, lost: asyncio.Event) -> None:
        self._message = message
        self._lost = lost

    @property
    def is_void(self) -> bool:
        return self._lost.is_set()

    async def acknowledge(self) -> None:
        """On a dead channel nothing is lost: the message comes again."""
        with ignoring_loss():
            await self._message.ack()

    async def requeue(self) -> None:
        with ignoring_loss():
            await self._message.nack(requeue=True)


class RabbitSubscription:
    def __init__(
        self,
        connection: RabbitConnection,
        *,
        queue: str,
        running: RunningHandlers,
        prefetch: int,
        clock: Clock,
        timeout_seconds: float,
        drain_seconds: float,
        on_drained: Callable[["RabbitSubscription"], None],
    ) -> None:
        self._connection = connection
        self._queue = queue
        self._running = running
        self._prefetch = prefetch
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._drain_seconds = drain_seconds
        self._on_drained = on_drained
        self._consumer_tag = ""
        self._channel: aio_pika.Channel | None = None
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._draining = False

    @property
    def healthy(self) -> bool:
        return self._channel is not None and not self._lost.is_set()

    async def start(self) -> None:
        """Raises BrokerUnavailable, or Misconfigured if there is no such queue."""
        await self._consume()
        self._keeper = asyncio.create_task(self._keep_consuming())

    async def drain(self) -> None:
        """What was delivered but not begun goes back to the queue."""
        self._draining = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await self._cancel()
        await self._running.finish(within_seconds=self._drain_seconds)
        await self._leave()
        self._on_drained(self)

    async def _keep_consuming(self) -> None:
        while not self._draining:
            await self._lost.wait()
            try:
                await self._leave()
                await self._consume()
            except Exception as error:  # noqa: BLE001 - a consumer that gave up would look alive
                _log.warning("%s is not consumed, trying again: %r", self._queue, error)
                await self._clock.sleep(RESUME_SECONDS)

    async def _consume(self) -> None:
        channel = await self._connection.open_channel()
        lost = asyncio.Event()
        channel.close_callbacks.add(lambda *_: lost.set())
        try:
            with setting_up(f"the consumer of {self._queue}"):
                async with asyncio.timeout(self._timeout_seconds):
                    await self._consume_on(channel, lost)
        except BaseException:
            lost.set()
            await close_channel(channel, timeout_seconds=self._timeout_seconds)
            raise
        self._channel, self._lost = channel, lost

    async def _consume_on(self, channel: aio_pika.Channel, lost: asyncio.Event) -> None:
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: lost.set())
        await channel.set_qos(prefetch_count=self._prefetch)
        queue = await channel.get_queue(self._queue, ensure=False)

        async def on_message(message: AbstractIncomingMessage) -> None:
            # Nothing more: this callback is cancelled with the connection, the task is not.
            if not self._draining and not lost.is_set():
                self._running.start(self._delivery(message), RabbitReceipt(message, lost))

        self._consumer_tag = await queue.consume(on_message)

    def _delivery(self, message: AbstractIncomingMessage) -> Delivery:
        count = message.headers.get(DELIVERY_COUNT)
        return delivery_of(
            Message(
                body=message.body,
                content_type=message.content_type,
                correlation_id=message.correlation_id,
                reply_to=message.reply_to,
                headers=message.headers,
            ),
            routing_key=message.routing_key or "",
            message_id=message.message_id,
            user=message.user_id,
            own_user=self._connection.user,
            redeliveries=count if isinstance(count, int) else int(bool(message.redelivered)),
        )

    async def _cancel(self) -> None:
        """Has the broker send no more."""
        if self._channel is None or self._lost.is_set():
            return
        with ignoring_loss():
            async with asyncio.timeout(self._timeout_seconds):
                underlay = await self._channel.get_underlay_channel()
                await underlay.basic_cancel(self._consumer_tag)

    async def _leave(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await close_channel(channel, timeout_seconds=self._timeout_seconds)
