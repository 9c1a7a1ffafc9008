"""Tells the metrics what the database says, every few seconds, however it fares."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from payment_orchestrator.adapters.metrics import WaitingMetrics
from payment_orchestrator.adapters.webhook_metrics import WebhookMetrics
from payment_orchestrator.ports import OrderWatch, WebhookHours
from payments_common.clock import Clock
from payments_common.process.repeating import repeating

SAMPLE_SECONDS = 15.0
WEBHOOKS_SAMPLE_SECONDS = 60.0


@asynccontextmanager
async def sampling(
    watch: OrderWatch, metrics: WaitingMetrics, *, accounts: Collection[str], clock: Clock
) -> AsyncIterator[None]:
    """What waits. An outage leaves the last sample and its time as they are."""

    async def sample() -> None:
        opened, in_review = await watch.open_operations(), await watch.in_review()
        metrics.sampled(opened, in_review, accounts=accounts, now=clock.now())

    async with repeating(sample, "waiting_not_sampled", every_seconds=SAMPLE_SECONDS, clock=clock):
        yield


@asynccontextmanager
async def sampling_webhooks(
    hours: WebhookHours, metrics: WebhookMetrics, *, accounts: Collection[str], clock: Clock
) -> AsyncIterator[None]:
    """Whether webhooks come. An outage leaves the last sample as it is."""

    async def sample() -> None:
        now = clock.now()
        traffic = {account: await hours.traffic(account, now=now) for account in accounts}
        metrics.sampled(traffic, now=now)

    seconds = WEBHOOKS_SAMPLE_SECONDS
    async with repeating(sample, "webhooks_not_sampled", every_seconds=seconds, clock=clock):
        yield
