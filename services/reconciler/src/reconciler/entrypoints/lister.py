"""Compares every account with its gateway, each at its own pace, until the process ends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from payments_common.clock import Clock
from payments_common.process.repeating import repeating
from reconciler.adapters.listing_metrics import ListingMetrics
from reconciler.handlers.list_in_turn import Lister

LOOK_SECONDS = 10.0
"""How soon it is seen that an account is due, or tried again after a failure, at the latest."""
SAMPLE_SECONDS = 30.0
FAILURE = "account_not_listed"


@asynccontextmanager
async def listing(
    listers: Mapping[str, Lister], *, metrics: ListingMetrics, clock: Clock
) -> AsyncIterator[None]:
    """Until the end of the block; what is broken off then is begun again by the next."""
    async with AsyncExitStack() as stack:
        for account, lister in listers.items():
            works = (
                (lister.list_in_turn, min(LOOK_SECONDS, lister.account.list_seconds)),
                (partial(_sample, lister, metrics), SAMPLE_SECONDS),
            )
            for work, seconds in works:
                await stack.enter_async_context(
                    repeating(work, FAILURE, every_seconds=seconds, clock=clock, account=account)
                )
        yield


async def _sample(lister: Lister, metrics: ListingMetrics) -> None:
    account = lister.account.name
    counts = await lister.tools.discrepancies.open_counts(account)
    metrics.sampled(account, counts, watermark=await lister.reached())
