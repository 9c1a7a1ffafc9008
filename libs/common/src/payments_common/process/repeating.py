"""Work that a process does again and again beside its messages, however it fares."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from payments_common.clock import Clock
from payments_common.errors import PaymentsError
from payments_common.process.background import in_background
from payments_common.telemetry.logs import get_logger


@asynccontextmanager
async def repeating(
    work: Callable[[], Awaitable[object]],
    failure: str,
    *,
    every_seconds: float,
    clock: Clock,
    **about: str,
) -> AsyncIterator[None]:
    """Until the end of the block; what is broken off then, the next process takes up.

    `failure` is what the log calls it when it fails, `about` what the log adds.
    """

    async def for_ever() -> None:
        log = get_logger().bind(**about)
        while True:
            try:
                await work()
            except PaymentsError as error:
                log.warning(failure, code=error.code, why=str(error))
            except Exception:
                log.exception(failure)
            await clock.sleep(every_seconds)

    async with in_background(for_ever()):
        yield
