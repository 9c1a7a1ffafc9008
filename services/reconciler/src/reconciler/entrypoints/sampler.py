"""Tells the metrics the backlog, and the log how a large one is worked off."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from payments_common.clock import Clock
from payments_common.process.repeating import repeating
from payments_common.telemetry.logs import get_logger
from reconciler.adapters.metrics import ReconcilerMetrics
from reconciler.domain.entry import Backlog
from reconciler.ports import Schedule

SAMPLE_SECONDS = 15.0
PROGRESS_SECONDS = 30.0
LARGE_BACKLOG = 100
"""From so many due orders on, progress is logged."""


@dataclass(slots=True)
class Progress:
    """What one account's polls have come to since the last line in the log."""

    told_at: float
    told_count: int = 0
    told_due: int = field(default=0)

    def told(self, backlog: Backlog, *, count: int, now: float) -> dict[str, float] | None:
        """The numbers of a line; None where none is due."""
        seconds = now - self.told_at
        if seconds < PROGRESS_SECONDS:
            return None
        polled, was_due = count - self.told_count, self.told_due
        self.told_at, self.told_count, self.told_due = now, count, backlog.due
        if max(backlog.due, was_due) < LARGE_BACKLOG:
            return None
        rate = polled / seconds
        return {"due": backlog.due, "polled": polled, "per_second": round(rate, 2)}


@asynccontextmanager
async def sampling(
    schedule: Schedule, metrics: ReconcilerMetrics, *, accounts: Collection[str], clock: Clock
) -> AsyncIterator[None]:
    """Until the end of the block; an outage leaves the last sample and its time as they are."""
    progress = {account: Progress(clock.monotonic_seconds()) for account in accounts}

    async def sample(account: str) -> None:
        now = clock.now()
        backlog = await schedule.backlog(account, now=now)
        metrics.backlog.sampled(account, backlog, now=now)
        count = metrics.polls.counts.get(account, 0)
        line = progress[account].told(backlog, count=count, now=clock.monotonic_seconds())
        if line is not None:
            get_logger().info("backlog", account=account, scheduled=backlog.scheduled, **line)

    async def sample_all() -> None:
        for account in accounts:
            await sample(account)

    seconds = SAMPLE_SECONDS
    async with repeating(sample_all, "backlog_not_sampled", every_seconds=seconds, clock=clock):
        yield
