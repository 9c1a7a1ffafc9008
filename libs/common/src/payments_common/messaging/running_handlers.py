"""The handlers under way on one queue: started, kept apart, waited for; the same for all brokers.

A client library cancels its callbacks when the connection dies, a handler in the midst of a
capture too. So a handler runs in a task of its own, and the redelivery that follows a lost
connection waits for the survivor.
"""

import asyncio
import hashlib
import logging
from typing import Protocol

from payments_common.clock import Clock
from payments_common.messaging.delivery_policy import REQUEUED, DeliveryPolicy
from payments_common.messaging.observer import Observer
from payments_common.messaging.port import Delivery, Handler

_log = logging.getLogger(__name__)


class Receipt(Protocol):
    """The broker's side of one delivery."""

    @property
    def is_void(self) -> bool:
        """Whether the broker has taken the message back and will deliver it again."""
        ...

    async def acknowledge(self) -> None: ...

    async def requeue(self) -> None: ...


class RunningHandlers:
    def __init__(
        self,
        *,
        queue: str,
        handler: Handler,
        policy: DeliveryPolicy,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._policy = policy
        self._clock = clock
        self._observer = observer
        self._tasks: set[asyncio.Task[None]] = set()
        self._latest: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, delivery: Delivery, receipt: Receipt) -> asyncio.Task[None]:
        """Handles and settles the delivery, after an earlier one of the same message."""
        key = _key(delivery)
        survivor = self._latest.get(key)
        task = asyncio.create_task(self._run(delivery, receipt, survivor=survivor))
        self._latest[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def finish(self, *, within_seconds: float) -> None:
        """Waits for all; those that take longer are cancelled, their messages come again."""
        deadline = asyncio.create_task(self._clock.sleep(within_seconds))
        while self._tasks and not deadline.done():
            await asyncio.wait({*self._tasks, deadline}, return_when=asyncio.FIRST_COMPLETED)
        deadline.cancel()
        await self.abandon()

    async def abandon(self) -> None:
        """Cancels all and waits until they are gone."""
        late = list(self._tasks)
        if late:
            _log.warning("%d handlers of %s are cut off, theirs come again", len(late), self._queue)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(
        self, delivery: Delivery, receipt: Receipt, *, survivor: asyncio.Task[None] | None
    ) -> None:
        if survivor is not None:
            await asyncio.wait([survivor])
        if receipt.is_void:
            return
        started = self._clock.monotonic_seconds()
        outcome = await self._policy.handle(delivery, self._handler)
        if outcome == REQUEUED:
            await receipt.requeue()
        else:
            await receipt.acknowledge()
        seconds = self._clock.monotonic_seconds() - started
        self._observer.handled(queue=self._queue, outcome=outcome, seconds=seconds)

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._latest.get(key) is task:
            del self._latest[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a delivery of %s was not settled", self._queue, exc_info=error)


def _key(delivery: Delivery) -> str:
    return delivery.message_id or hashlib.sha256(delivery.body).hexdigest()
