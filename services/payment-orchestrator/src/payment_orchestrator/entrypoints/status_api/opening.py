"""Opens the status API over a running orchestrator, and lets its pages go before that stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from payment_orchestrator.adapters.status_metrics import StatusMetrics
from payment_orchestrator.config import Settings
from payment_orchestrator.entrypoints.status_api.api import StatusApi
from payment_orchestrator.handlers.read_status import ReadStatus
from payment_orchestrator.handlers.refresh_order import RefreshLimits, RefreshOrder
from payment_orchestrator.handlers.toolbox import Toolbox
from payment_orchestrator.handlers.wait_for_order import Waiters
from payment_orchestrator.ports import OrderVersions


@asynccontextmanager
async def serving_pages(
    api: StatusApi,
    settings: Settings,
    *,
    tools: Toolbox,
    versions: OrderVersions,
    metrics: StatusMetrics,
) -> AsyncIterator[None]:
    """Until the end of the block; then whoever waits is answered, and refreshes may end."""
    limits = RefreshLimits(
        answer_seconds=settings.status_refresh_seconds,
        pause=timedelta(seconds=settings.status_refresh_pause_seconds),
        at_once=settings.status_refreshes,
    )
    refresh = RefreshOrder(tools, limits)
    waiters = Waiters(versions, most=settings.status_waiting, on_count=metrics.waiting.set)
    try:
        async with api.serving(ReadStatus(tools.orders, refresh, waiters), tools.status_tokens):
            yield
    finally:
        await waiters.stop()
        await refresh.drain()
