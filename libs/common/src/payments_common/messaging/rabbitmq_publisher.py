"""Confirmed publishing to RabbitMQ."""

import asyncio
import uuid

import aio_pika
from aio_pika.abc import HeadersType

from payments_common.clock import Clock
from payments_common.errors import BrokerUnavailable, PaymentsError, PublishUnknown
from payments_common.messaging.messages import Message
from payments_common.messaging.observer import CONFIRMED, Observer
from payments_common.messaging.rabbitmq_connection import RabbitConnection, close_channel
from payments_common.messaging.rabbitmq_errors import FAILURES, is_asked_for, publish_error
from payments_common.messaging.topology import Route


class RabbitPublisher:
    """Publishes on a channel of its own, which it opens again after it was lost."""

    def __init__(
        self,
        connection: RabbitConnection,
        *,
        clock: Clock,
        observer: Observer,
        confirm_timeout_seconds: float,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._observer = observer
        self._timeout_seconds = confirm_timeout_seconds
        self._channel: aio_pika.Channel | None = None
        self._opening = asyncio.Lock()
        self._exchanges: dict[str, aio_pika.abc.AbstractExchange] = {}

    async def send(self, route: Route, message: Message) -> None:
        """Raises Unroutable, BrokerUnavailable (not stored) or PublishUnknown (may be stored)."""
        started = self._clock.monotonic_seconds()
        outcome = PublishUnknown.code
        try:
            await self._send(route, message)
            outcome = CONFIRMED
        except PaymentsError as error:
            outcome = error.code
            raise
        finally:
            seconds = self._clock.monotonic_seconds() - started
            self._observer.published(exchange=route.exchange, outcome=outcome, seconds=seconds)

    async def close(self) -> None:
        if self._channel is not None:
            await close_channel(self._channel, timeout_seconds=self._timeout_seconds)

    async def _send(self, route: Route, message: Message) -> None:
        exchange = await self._exchange(route.exchange)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await exchange.publish(self._amqp_message(message), route.routing_key)
        except FAILURES as error:
            raise publish_error(error, route) from error
        except asyncio.CancelledError as error:
            if is_asked_for():
                raise
            raise publish_error(error, route) from error

    async def _exchange(self, name: str) -> aio_pika.abc.AbstractExchange:
        try:
            async with asyncio.timeout(self._timeout_seconds), self._opening:
                if self._channel is None or self._channel.is_closed:
                    self._exchanges.clear()
                    self._channel = await self._connection.open_channel()
                if name not in self._exchanges:
                    exchange = await self._channel.get_exchange(name, ensure=False)
                    self._exchanges[name] = exchange
                return self._exchanges[name]
        except TimeoutError as error:
            raise BrokerUnavailable("no channel to the broker could be opened in time") from error

    def _amqp_message(self, message: Message) -> aio_pika.Message:
        """The id is fresh each time: the client takes returns of equal ids for one another's."""
        headers: HeadersType = dict(message.headers)  # type: ignore[arg-type]
        return aio_pika.Message(
            message.body,
            message_id=uuid.uuid4().hex,
            content_type=message.content_type,
            correlation_id=message.correlation_id,
            reply_to=message.reply_to,
            headers=headers,
            user_id=self._connection.user,
            timestamp=self._clock.now(),
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
