"""An event loop whose time is virtual: whoever sleeps has slept at once, in the order of times."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

from payments_common.clock import whole_milliseconds

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
LONGEST_END_SECONDS = 60.0
# However short, a turn takes time: else who waits for the next fraction of a second waits for ever.
TURN_SECONDS = 1e-9
SHORTEST_SECONDS = 1e-6


class NothingLeftError(Exception):
    """Everybody waits, and nobody is left who could wake them."""


class _Skipping(selectors.SelectSelector):
    """Waits for no socket: nothing in a simulation comes from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftError
        self.seconds += max(TURN_SECONDS, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.seconds

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Time moves on: what waits for less than the loop can tell apart would wait for ever."""
        soon = self.time() + SHORTEST_SECONDS
        return super().call_at(max(when, soon), callback, *args, context=context)


def run_virtually(main: Coroutine[Any, Any, Result]) -> Result:
    """What is still under way when `main` ends is cancelled."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_then_cancelled(main))
    finally:
        loop.close()


async def _then_cancelled(main: Coroutine[Any, Any, Result]) -> Result:
    try:
        return await main
    finally:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=LONGEST_END_SECONDS)


class VirtualClock:
    """A host's clock, which may go before or after the others'."""

    def __init__(self, *, ahead_seconds: float = 0.0) -> None:
        self._ahead_seconds = ahead_seconds

    def now(self) -> datetime:
        seconds = asyncio.get_running_loop().time() + self._ahead_seconds
        return whole_milliseconds(START + timedelta(seconds=seconds))

    def monotonic_seconds(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
