"""Stores every few seconds what this process has counted of webhooks and changes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from payment_orchestrator.domain.tally import Tally
from payment_orchestrator.ports import WebhookHours
from payments_common.clock import Clock
from payments_common.errors import PaymentsError
from payments_common.telemetry.logs import get_logger

STORE_SECONDS = 5.0


async def store(tally: Tally, hours: WebhookHours) -> None:
    """What cannot be stored is lost, and told: kept, it might be counted twice."""
    try:
        await hours.add(tally.take())
    except PaymentsError as error:
        get_logger().warning("webhook_health_not_counted", code=error.code)
    except Exception:  # noqa: BLE001 - a measure harms nobody but itself
        get_logger().exception("webhook_health_not_counted")


@asynccontextmanager
async def storing(tally: Tally, hours: WebhookHours, *, clock: Clock) -> AsyncIterator[Tally]:
    """Until the end of the block, and what is left then."""

    async def store_forever() -> None:
        while True:
            await clock.sleep(STORE_SECONDS)
            await store(tally, hours)

    storer = asyncio.create_task(store_forever())
    try:
        yield tally
    finally:
        storer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await storer
        await store(tally, hours)
