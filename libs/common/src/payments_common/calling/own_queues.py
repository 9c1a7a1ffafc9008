"""A caller's own queues, made again when they went while it was away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from payments_common.clock import Clock
from payments_common.errors import PaymentsError
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.topology import Route

CHECK_SECONDS = 1.0


class OwnQueues:
    """RabbitMQ deletes a queue that nobody reads for its `expires_seconds`, and people do."""

    def __init__(self, broker: RabbitBroker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._declared: dict[str, tuple[Sequence[Route], int | None]] = {}

    async def declare(
        self, name: str, *, routes: Sequence[Route] = (), expires_seconds: int | None
    ) -> None:
        await self._broker.declare_own_queue(name, routes=routes, expires_seconds=expires_seconds)
        self._declared[name] = (routes, expires_seconds)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self) -> None:
        """A subscription takes its queue up again by itself, as soon as it is there."""
        while True:
            await self._clock.sleep(CHECK_SECONDS)
            if not self._broker.healthy:
                await self._declare_again()

    async def _declare_again(self) -> None:
        for name, (routes, expires_seconds) in list(self._declared.items()):
            with suppress(PaymentsError):
                await self._broker.declare_own_queue(
                    name, routes=routes, expires_seconds=expires_seconds
                )
