"""Clocks that tests move."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FastClock:
    """Whoever sleeps has slept at once; `slept` tells how long."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self._seconds)

    def monotonic_seconds(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._seconds += seconds
        await asyncio.sleep(0)


class ManualClock:
    """Time passes only in `advance`, which wakes sleepers in the order of their times."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody sleeps."""
        return bool(self._sleepers)

    def monotonic_seconds(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._seconds + seconds, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        end = self._seconds + seconds
        await settle()
        while due := sorted((each for each in self._sleepers if each[0] <= end), key=_time):
            self._sleepers.remove(due[0])
            self._seconds = due[0][0]
            if not due[0][1].done():
                due[0][1].set_result(None)
            await settle()
        self._seconds = end


async def settle(turns: int = 50) -> None:
    """Lets every task run until it waits for something that only the test can give."""
    for _ in range(turns):
        await asyncio.sleep(0)


def _time(sleeper: tuple[float, asyncio.Future[None]]) -> float:
    return sleeper[0]
