"""Publishes what committed changes promised, at least once, and again until the broker has it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from payment_orchestrator.domain.change import OutboxMessage
from payment_orchestrator.ports import OrderRepository
from payments_common.clock import Clock
from payments_common.errors import PaymentsError, TryLater, Unroutable
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.telemetry.logs import get_logger

SWEEP_SECONDS = 2.0
GRACE = timedelta(seconds=5)
"""How long the process that committed a message has to publish it before others do."""
SWEEP_LIMIT = 200
REPLY_KEPT = timedelta(minutes=10)


class OutboxRelay:
    def __init__(
        self,
        orders: OrderRepository,
        publisher: Publisher,
        clock: Clock,
        *,
        on_swept: Callable[[], None] = lambda: None,
    ) -> None:
        self._orders = orders
        self._publisher = publisher
        self._clock = clock
        self._on_swept = on_swept

    async def deliver(self, order_id: str, messages: Sequence[OutboxMessage]) -> None:
        """In order; the first that cannot be published keeps the rest waiting in the outbox.

        A caller's reply queue keeps nobody waiting: its reply is tried again for ten minutes.
        """
        sent = []
        for message in messages:
            try:
                await self._publish(order_id, message)
            except PaymentsError as error:
                get_logger().warning("outbox_waits", order_id=order_id, code=error.code)
                if message.exchange:
                    break
                if self._clock.now() - message.envelope.time < REPLY_KEPT:
                    continue
            sent.append(message.envelope.id)
        try:
            if sent:
                await self._orders.delivered(order_id, sent)
        except TryLater as error:
            get_logger().warning("outbox_not_cleared", order_id=order_id, code=error.code)

    async def _publish(self, order_id: str, message: OutboxMessage) -> None:
        try:
            await self._publisher.publish(
                Outgoing(
                    exchange=message.exchange,
                    routing_key=message.routing_key,
                    envelopes=[message.envelope],
                    correlation_id=message.correlation_id,
                    delay_seconds=message.delay_seconds,
                )
            )
        except Unroutable as error:
            if message.exchange:
                get_logger().exception(
                    "outbox_unroutable", order_id=order_id, exchange=message.exchange
                )
                raise TryLater(f"nothing is bound for {message.routing_key}") from error
            get_logger().info("reply_has_no_reader", order_id=order_id)

    async def sweep_once(self) -> int:
        """Publishes what others committed and did not publish; returns how many orders had some."""
        before = self._clock.now() - GRACE
        found = 0
        async for order_id, messages in self._orders.undelivered(
            committed_before=before, limit=SWEEP_LIMIT
        ):
            found += 1
            self._on_swept()
            await self.deliver(order_id, messages)
        return found

    async def sweep_forever(self) -> None:
        """Outlives every error: an outbox that nobody sweeps is found out too late."""
        while True:
            try:
                await self.sweep_once()
            except Exception:  # noqa: BLE001 - logged, and the next round tries again
                get_logger().exception("outbox_sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)
