"""The in-memory broker's insides: the same topology as RabbitMQ's, without a server.

Nothing here is random, and time passes only on the given clock. Left out: the age limit of the
recent events.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from payments_common.clock import Clock
from payments_common.errors import Unroutable
from payments_common.messaging import topology
from payments_common.messaging.messages import DELIVERY_COUNT, Message
from payments_common.messaging.topology import Arguments, Route


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """`redeliveries` counts how often a consumer had the message and gave it back."""

    message: Message
    routing_key: str
    message_id: str
    user: str
    redeliveries: int = 0


@dataclass(slots=True)
class MemoryQueue:
    """Ready messages, oldest first, and who is told that there are some."""

    name: str
    arguments: Arguments
    ready: deque[StoredMessage] = field(default_factory=deque)
    consumers: list[Callable[[], None]] = field(default_factory=list)

    def serve(self) -> None:
        """Offers what is ready to one consumer after the other, another one first each time."""
        for consumer in list(self.consumers):
            consumer()
        self.consumers = self.consumers[1:] + self.consumers[:1]


class MemoryQueues:
    """Stores and routes; several brokers may share it, as services share a server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues = {
            queue.name: MemoryQueue(queue.name, queue.arguments)
            for queue in topology.QUEUES.values()
        }
        self._published = 0
        self._timers: set[asyncio.Task[None]] = set()

    def queue(self, name: str) -> MemoryQueue | None:
        return self._queues.get(name)

    def ready(self, name: str) -> list[StoredMessage]:
        """What waits in a queue, oldest first, without what a consumer holds."""
        return list(self._queues[name].ready)

    def store(self, route: Route, message: Message, *, user: str) -> None:
        """Raises Unroutable if no queue takes the message."""
        names = self._queues_of(route)
        if not names:
            raise Unroutable(f"no queue takes {route.exchange or 'the queue'} {route.routing_key}")
        self._published += 1
        stored = StoredMessage(message, route.routing_key, f"memory-{self._published}", user)
        for name in names:
            self._add(self._queues[name], stored)

    def declare_own(self, name: str) -> None:
        """Makes a queue that the topology does not name, for one caller's answers."""
        self._queues.setdefault(name, MemoryQueue(name, {}))

    def _queues_of(self, route: Route) -> list[str]:
        if route.exchange == "":
            return [route.routing_key] if route.routing_key in self._queues else []
        return topology.queues_of(route)

    def give_back(self, queue: MemoryQueue, stored: StoredMessage) -> None:
        """Puts a message back to the front, or aside after too many deliveries."""
        limit = int(queue.arguments.get("x-delivery-limit", topology.UNLIMITED_DELIVERIES))
        if stored.redeliveries < limit:
            queue.ready.appendleft(replace(stored, redeliveries=stored.redeliveries + 1))
            queue.serve()
        else:
            self._bury(queue, stored, reason="delivery_limit")

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _add(self, queue: MemoryQueue, stored: StoredMessage) -> None:
        queue.ready.append(stored)
        most = queue.arguments.get("x-max-length")
        if most is not None and len(queue.ready) > int(most):
            queue.ready.popleft()
        if "x-message-ttl" in queue.arguments and "x-dead-letter-exchange" in queue.arguments:
            timer = asyncio.create_task(self._release(queue, stored))
            self._timers.add(timer)
            timer.add_done_callback(self._timers.discard)
        queue.serve()

    async def _release(self, queue: MemoryQueue, stored: StoredMessage) -> None:
        await self._clock.sleep(int(queue.arguments["x-message-ttl"]) / 1000)
        if stored in queue.ready:
            queue.ready.remove(stored)
            self._bury(queue, stored, reason="expired")

    def _bury(self, queue: MemoryQueue, stored: StoredMessage, *, reason: str) -> None:
        """Dead-letters as the queue's arguments say; without any the message is gone."""
        exchange = queue.arguments.get("x-dead-letter-exchange")
        if exchange is None:
            return
        key = str(queue.arguments.get("x-dead-letter-routing-key", stored.routing_key))
        headers = {**stored.message.headers, "x-first-death-queue": queue.name}
        headers |= {"x-first-death-reason": reason, DELIVERY_COUNT: 0}
        dead = replace(
            stored,
            message=replace(stored.message, headers=headers),
            routing_key=key,
            redeliveries=0,
        )
        for name in topology.queues_of(Route(str(exchange), key)):
            self._add(self._queues[name], dead)
