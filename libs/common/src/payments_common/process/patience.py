"""Servers that are away when the process starts are waited for, as they are later on."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from payments_common.clock import Clock
from payments_common.errors import BrokerUnavailable, StoreUnavailable
from payments_common.telemetry.logs import get_logger

TRY_AGAIN_SECONDS = 1.0

Result = TypeVar("Result")


async def until_there(attempt: Callable[[], Awaitable[Result]], *, clock: Clock) -> Result:
    """Tries for as long as it takes; what only a person can put right is raised at once."""
    while True:
        try:
            return await attempt()
        except (BrokerUnavailable, StoreUnavailable) as error:
            get_logger().warning("waiting for a server", exc_info=error)
        await clock.sleep(TRY_AGAIN_SECONDS)
