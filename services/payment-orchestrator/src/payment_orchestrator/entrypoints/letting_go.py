"""Lets go what waits in line, account by account, each at its gateway's pace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from payment_orchestrator.handlers.let_go import let_go
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.breakers.line import InLine
from payments_common.errors import PaymentsError
from payments_common.telemetry.logs import get_logger

MOST_AT_ONCE = 8
"""Of one account: a slow gateway takes no more than that of what others need, too."""


@asynccontextmanager
async def letting_go(tools: Toolbox) -> AsyncIterator[None]:
    """Until the end of the block; what has begun then is finished first."""
    under_way: set[asyncio.Task[None]] = set()
    loops = [
        asyncio.create_task(_one_after_another(account, under_way, tools=tools))
        for account in tools.gateways
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await asyncio.gather(*under_way, return_exceptions=True)


async def _one_after_another(
    account: str, under_way: set[asyncio.Task[None]], *, tools: Toolbox
) -> None:
    places = asyncio.Semaphore(MOST_AT_ONCE)
    while True:
        await places.acquire()
        waiting = await tools.breakers.next_in_line(account)
        task = asyncio.create_task(_sent(waiting, tools=tools))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        task.add_done_callback(lambda _: places.release())


async def _sent(waiting: InLine, *, tools: Toolbox) -> None:
    """What fails here is due in the order still, and is looked at again."""
    try:
        await let_go(waiting, tools=tools)
    except PaymentsError as error:
        get_logger().warning("not_let_go", order_id=waiting.order_id, code=error.code)
    except Exception:  # noqa: BLE001 - logged; the order's own timer tries again
        get_logger().exception("not_let_go", order_id=waiting.order_id)
