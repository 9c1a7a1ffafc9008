"""Looks for new marks every few seconds and goes through all of them every hour."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from payments_common.clock import Clock
from payments_common.errors import TryLater
from payments_common.telemetry.logs import get_logger
from reconciler.handlers.scout import Scout

LOOK_SECONDS = 5.0
RESCAN_LOOK_SECONDS = 60.0
"""How soon a rescan is tried again, or seen to be due."""
SKEW = timedelta(seconds=10)
"""A rescan that began so long before this process did is as good as one of its own."""


@asynccontextmanager
async def scouting(
    scout: Scout, *, clock: Clock, look_seconds: float = LOOK_SECONDS
) -> AsyncIterator[None]:
    """Until the end of the block; what is broken off then is taken up by the next."""
    started_at = clock.now() - SKEW

    async def rescan() -> None:
        await scout.rescan(not_since=started_at)

    async def look() -> None:
        await scout.look()

    tasks = [
        asyncio.create_task(_for_ever(look, every_seconds=look_seconds, clock=clock)),
        asyncio.create_task(_for_ever(rescan, every_seconds=RESCAN_LOOK_SECONDS, clock=clock)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _for_ever(
    work: Callable[[], Awaitable[None]], *, every_seconds: float, clock: Clock
) -> None:
    while True:
        try:
            await work()
        except TryLater as error:
            get_logger().warning("marks_not_seen", code=error.code)
        except Exception:  # noqa: BLE001 - logged, and the next round tries again
            get_logger().exception("marks_not_seen")
        await clock.sleep(every_seconds)
