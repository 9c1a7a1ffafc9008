"""Waiting for a condition that no event announces."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

PAUSE_SECONDS = 0.02


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], *, within_seconds: float = 8.0
) -> None:
    """Returns as soon as the condition holds; fails with TimeoutError if it never does."""
    async with asyncio.timeout(within_seconds):
        while not await _holds(condition):  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(PAUSE_SECONDS)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if isawaitable(answer) else bool(answer)
