"""The sandbox's own time: real time plus what the control API has advanced it by."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_time() -> datetime:
    """Aware UTC now."""
    return datetime.now(UTC)


class VirtualClock:
    """Runs with real time and can be moved forward; sleepers wake when it is."""

    def __init__(self, real: Callable[[], datetime] = real_time) -> None:
        self._real = real
        self._offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Aware UTC, with whole seconds only where a gateway's wire wants that."""
        return self._real() + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move forward and wake everything that became due."""
        self._offset += timedelta(seconds=seconds)
        self._wake()
        return self.now()

    def reset(self) -> None:
        """Back to real time."""
        self._offset = timedelta()
        self._wake()

    async def sleep_until(self, moment: datetime) -> None:
        """Return at that moment of this clock, be it by real time or by an advance."""
        while (remaining_seconds := (moment - self.now()).total_seconds()) > 0:
            moved = self._moved
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), remaining_seconds)

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def after(moment: datetime, seconds: float) -> datetime:
    """That many seconds later."""
    return moment + timedelta(seconds=seconds)


def iso_seconds(moment: datetime) -> str:
    """ISO 8601 UTC with second precision and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
