"""Compares every account with its gateway, each at its own pace, until the process ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from payments_common.clock import Clock
from payments_common.errors import PaymentsError
from payments_common.telemetry.logs import get_logger
from reconciler.adapters.listing_metrics import ListingMetrics
from reconciler.handlers.list_in_turn import Lister

LOOK_SECONDS = 10.0
"""How soon it is seen that an account is due, or tried again after a failure, at the latest."""
SAMPLE_SECONDS = 30.0


@asynccontextmanager
async def listing(
    listers: Mapping[str, Lister], *, metrics: ListingMetrics, clock: Clock
) -> AsyncIterator[None]:
    """Until the end of the block; what is broken off then is begun again by the next."""
    tasks = []
    for account, lister in listers.items():
        seconds = min(LOOK_SECONDS, lister.account.list_seconds)
        works = (
            (lister.list_in_turn, seconds),
            (partial(_sample, lister, metrics), SAMPLE_SECONDS),
        )
        tasks += [
            asyncio.create_task(_for_ever(work, account, every_seconds=every_seconds, clock=clock))
            for work, every_seconds in works
        ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _sample(lister: Lister, metrics: ListingMetrics) -> None:
    account = lister.account.name
    counts = await lister.tools.discrepancies.open_counts(account)
    metrics.sampled(account, counts, watermark=await lister.reached())


async def _for_ever(
    work: Callable[[], Awaitable[object]], account: str, *, every_seconds: float, clock: Clock
) -> None:
    while True:
        try:
            await work()
        except PaymentsError as error:
            get_logger().warning("account_not_listed", account=account, exc_info=error)
        except Exception:  # noqa: BLE001 - logged, and the next round tries again
            get_logger().exception("account_not_listed", account=account)
        await clock.sleep(every_seconds)
