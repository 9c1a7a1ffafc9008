"""Time as a collaborator, so that tests and the simulation can own it."""

import asyncio
import time as system_time
from datetime import UTC, datetime
from typing import Protocol


def whole_milliseconds(time: datetime) -> datetime:
    """The database keeps no more, so a time that comes back from it equals the one that went in."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock: aware, UTC, whole milliseconds."""
        ...

    def monotonic_seconds(self) -> float:
        """Seconds that never jump back, for deadlines and durations."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> datetime:
        return whole_milliseconds(datetime.now(UTC))

    def monotonic_seconds(self) -> float:
        return system_time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
