"""A broker in this process that keeps RabbitMQ's promises, for tests and for the simulation."""

import asyncio

from payments_common.clock import Clock
from payments_common.errors import BrokerUnavailable, Misconfigured, PaymentsError
from payments_common.messaging.delivery_policy import DeliveryPolicy
from payments_common.messaging.memory_queues import MemoryQueue, MemoryQueues, StoredMessage
from payments_common.messaging.messages import Message, delivery_of, routed
from payments_common.messaging.observer import CONFIRMED, Observer, Unobserved
from payments_common.messaging.port import Delivery, Handler, Outgoing
from payments_common.messaging.running_handlers import RunningHandlers
from payments_common.messaging.topology import Route


class MemoryReceipt:
    def __init__(self, subscription: "MemorySubscription", stored: StoredMessage) -> None:
        self._subscription = subscription
        self._stored = stored
        self.is_void = False

    async def acknowledge(self) -> None:
        if not self.is_void:
            self._subscription.settled(self)

    async def requeue(self) -> None:
        if not self.is_void:
            self._subscription.settled(self)
            self.return_to_queue()

    def return_to_queue(self) -> None:
        self.is_void = True
        self._subscription.queues.give_back(self._subscription.queue, self._stored)


class MemorySubscription:
    def __init__(
        self,
        *,
        queues: MemoryQueues,
        queue: MemoryQueue,
        running: RunningHandlers,
        prefetch: int,
        user: str,
        drain_seconds: float,
    ) -> None:
        self.queues = queues
        self.queue = queue
        self._running = running
        self._prefetch = prefetch
        self._user = user
        self._drain_seconds = drain_seconds
        self._unsettled: list[MemoryReceipt] = []

    @property
    def unsettled_count(self) -> int:
        """How many deliveries were taken and not settled yet."""
        return len(self._unsettled)

    def start(self) -> None:
        self.queue.consumers.append(self._take)
        self._take()

    def settled(self, receipt: MemoryReceipt) -> None:
        self._unsettled.remove(receipt)
        self._take()

    async def drain(self) -> None:
        self._stop()
        await self._running.finish(within_seconds=self._drain_seconds)
        self.interrupt()

    def interrupt(self) -> None:
        """As a lost connection does: handlers go on, their messages are delivered again."""
        lost, self._unsettled = self._unsettled, []
        for receipt in reversed(lost):
            receipt.return_to_queue()

    async def abandon(self) -> None:
        """As the process' death does: handlers end where they are."""
        self._stop()
        await self._running.abandon()
        self.interrupt()

    def _stop(self) -> None:
        if self._take in self.queue.consumers:
            self.queue.consumers.remove(self._take)

    def _take(self) -> None:
        while self.queue.ready and len(self._unsettled) < self._prefetch:
            if self._take not in self.queue.consumers:
                return
            stored = self.queue.ready.popleft()
            receipt = MemoryReceipt(self, stored)
            self._unsettled.append(receipt)
            self._running.start(self._delivery(stored), receipt)

    def _delivery(self, stored: StoredMessage) -> Delivery:
        return delivery_of(
            stored.message,
            routing_key=stored.routing_key,
            message_id=stored.message_id,
            user=stored.user,
            own_user=self._user,
            redeliveries=stored.redeliveries,
        )


class MemoryBroker:
    """One service's access; brokers that share `queues` reach one another, each as its `user`."""

    def __init__(
        self,
        clock: Clock,
        *,
        queues: MemoryQueues | None = None,
        user: str = "memory",
        observer: Observer | None = None,
        drain_seconds: float = 30.0,
    ) -> None:
        self._clock = clock
        self._owns_queues = queues is None
        self._queues = queues or MemoryQueues(clock)
        self._user = user
        self._observer = observer or Unobserved()
        self._drain_seconds = drain_seconds
        self._subscriptions: list[MemorySubscription] = []
        self._is_closed = False

    @property
    def healthy(self) -> bool:
        return not self._is_closed

    async def publish(self, outgoing: Outgoing) -> None:
        route, message = routed(outgoing)
        await self._send(route, message)

    async def subscribe(
        self, queue: str, handler: Handler, *, prefetch: int = 32
    ) -> MemorySubscription:
        found = self._queues.queue(queue)
        if found is None:
            raise Misconfigured(f"there is no queue {queue}")
        subscription = MemorySubscription(
            queues=self._queues,
            queue=found,
            running=RunningHandlers(
                queue=queue,
                handler=handler,
                policy=DeliveryPolicy(queue=queue, send=self._send, clock=self._clock),
                clock=self._clock,
                observer=self._observer,
            ),
            prefetch=prefetch,
            user=self._user,
            drain_seconds=self._drain_seconds,
        )
        self._subscriptions.append(subscription)
        subscription.start()
        return subscription

    async def close(self) -> None:
        await asyncio.gather(*(each.drain() for each in self._subscriptions))
        self._is_closed = True
        if self._owns_queues:
            self._queues.close()

    async def send_raw(self, route: Route, message: Message) -> None:
        """Publishes a message as it is, as a foreign sender may."""
        await self._send(route, message)

    def queued(self, queue: str) -> list[StoredMessage]:
        """What waits in a queue, oldest first, without what a consumer holds."""
        return self._queues.ready(queue)

    def interrupt(self) -> None:
        """As a lost connection does: what is not acknowledged is delivered again."""
        for subscription in self._subscriptions:
            subscription.interrupt()

    async def crash(self) -> None:
        """As the process' death does: handlers end where they are, nothing more is taken."""
        for subscription in self._subscriptions:
            await subscription.abandon()
        self._is_closed = True

    async def _send(self, route: Route, message: Message) -> None:
        outcome = CONFIRMED
        try:
            self._store(route, message)
        except PaymentsError as error:
            outcome = error.code
            raise
        finally:
            self._observer.published(exchange=route.exchange, outcome=outcome, seconds=0.0)
        # Like any confirm it comes only after others had their turn.
        await asyncio.sleep(0)

    def _store(self, route: Route, message: Message) -> None:
        if self._is_closed:
            raise BrokerUnavailable("this broker is closed, nothing was sent")
        self._queues.store(route, message, user=self._user)
