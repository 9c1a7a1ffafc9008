"""A broker that may not be there yet: the service starts all the same and says 503 meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from payments_common.clock import Clock
from payments_common.errors import BrokerUnavailable
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.telemetry.logs import get_logger

RECONNECT_SECONDS = 1.0


class ConnectedBroker(Publisher, Protocol):
    @property
    def healthy(self) -> bool: ...

    async def close(self) -> None: ...


class LateBroker:
    """Once connected it stays so: from then on the broker client itself restores the connection."""

    def __init__(self, connect: Callable[[], Awaitable[ConnectedBroker]], *, clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._broker: ConnectedBroker | None = None
        self._retrying: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        return self._broker is not None and self._broker.healthy

    async def start(self) -> None:
        """Tries once, and goes on trying in the background; raises Misconfigured if refused."""
        if not await self._try():
            self._retrying = asyncio.create_task(self._retry())

    async def publish(self, outgoing: Outgoing) -> None:
        if self._broker is None:
            raise BrokerUnavailable("the broker has not been reached since this process started")
        await self._broker.publish(outgoing)

    async def failed(self) -> None:
        """Returns never, unless the broker refuses us for good: then it raises Misconfigured."""
        if self._retrying is not None:
            await self._retrying
        await asyncio.Event().wait()

    async def close(self) -> None:
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.wait([self._retrying])
        if self._broker is not None:
            await self._broker.close()

    async def _retry(self) -> None:
        while not await self._try():
            await self._clock.sleep(RECONNECT_SECONDS)

    async def _try(self) -> bool:
        try:
            self._broker = await self._connect()
        except BrokerUnavailable as error:
            get_logger().warning("waiting for the broker", exc_info=error)
            return False
        return True
