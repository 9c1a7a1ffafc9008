"""Looks for new marks every few seconds and goes through all of them every hour."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from payments_common.clock import Clock
from payments_common.process.repeating import repeating
from reconciler.handlers.scout import Scout

LOOK_SECONDS = 5.0
RESCAN_LOOK_SECONDS = 60.0
"""How soon a rescan is tried again, or seen to be due."""
FAILURE = "marks_not_seen"
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

    looking = repeating(scout.look, FAILURE, every_seconds=look_seconds, clock=clock)
    rescanning = repeating(rescan, FAILURE, every_seconds=RESCAN_LOOK_SECONDS, clock=clock)
    async with looking, rescanning:
        yield
