"""Envelopes and handlers for tests of the messaging."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from payments_common.messaging.port import Delivery
from payments_common.schemas.envelope import Envelope

TIME = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Step = Callable[[Delivery], Awaitable[None]]


def envelope(id_: str = "1", *, type_: str = "test_happened.v1", **data: object) -> Envelope:
    return Envelope(id=id_, type=type_, source="/tests", time=TIME, data=data)


class RecordingHandler:
    """Remembers each delivery, then does what it is told; `next_delivery` waits for one."""

    def __init__(self, then: Step | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self._then = then
        self._arrived: asyncio.Queue[Delivery] = asyncio.Queue()

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._arrived.put_nowait(delivery)
        if self._then is not None:
            await self._then(delivery)

    async def next_delivery(self, *, within_seconds: float = 8.0) -> Delivery:
        async with asyncio.timeout(within_seconds):
            return await self._arrived.get()


class SlowStep:
    """A handler's step that lasts until released and knows how many run at once."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.released = asyncio.Event()
        self.running = 0
        self.most_at_once = 0
        self.finished = 0

    async def __call__(self, _: Delivery) -> None:
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        self.started.set()
        try:
            await self.released.wait()
            self.finished += 1
        finally:
            self.running -= 1


def failing(error: Exception, *, attempts: int = 1) -> Step:
    """Raises at the first attempts."""

    async def step(delivery: Delivery) -> None:
        if delivery.attempt <= attempts:
            raise error

    return step
