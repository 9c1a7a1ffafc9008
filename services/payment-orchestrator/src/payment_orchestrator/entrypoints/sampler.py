"""Tells the metrics what waits in the database, every few seconds, however it fares."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from payment_orchestrator.adapters.metrics import WaitingMetrics
from payment_orchestrator.ports import OrderWatch
from payments_common.clock import Clock
from payments_common.errors import PaymentsError
from payments_common.telemetry.logs import get_logger

SAMPLE_SECONDS = 15.0


@asynccontextmanager
async def sampling(
    watch: OrderWatch, metrics: WaitingMetrics, *, accounts: Collection[str], clock: Clock
) -> AsyncIterator[None]:
    """Until the end of the block; an outage leaves the last sample and its time as they are."""

    async def sample() -> None:
        opened, in_review = await watch.open_operations(), await watch.in_review()
        metrics.sampled(opened, in_review, accounts=accounts, now=clock.now())

    async def sample_forever() -> None:
        while True:
            try:
                await sample()
            except PaymentsError as error:
                get_logger().warning("waiting_not_sampled", code=error.code)
            except Exception:  # noqa: BLE001 - what nobody samples, nobody is alerted of
                get_logger().exception("waiting_not_sampled")
            await clock.sleep(SAMPLE_SECONDS)

    sampler = asyncio.create_task(sample_forever())
    try:
        yield
    finally:
        sampler.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sampler
