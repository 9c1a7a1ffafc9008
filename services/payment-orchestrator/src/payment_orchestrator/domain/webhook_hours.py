"""What is counted of an account's webhooks and changes, by hour; bounded, whatever happens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from payment_orchestrator.domain.news import Via

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DELAYS_SECONDS = (
    *(1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
    *(7200, 21600, 43200, 86400, 259200, 604800, 2592000),
)
"""The upper ends of the histogram; the last one holds all that took longer, too."""
_SHARES = {"p50": 50, "p95": 95, "p99": 99}


@dataclass(slots=True)
class Hour:
    """`received` are authentic webhooks by minute; `delays` count changes that told their time.

    A delay stands under the upper end of its place in the histogram, in seconds.
    """

    account: str
    began_at: datetime
    received: Counter[int] = field(default_factory=Counter)
    last_webhook_at: datetime | None = None
    learned: Counter[Via] = field(default_factory=Counter)
    delays: Counter[tuple[Via, int]] = field(default_factory=Counter)

    def take_webhook(self, at: datetime) -> None:
        self.received[at.minute] += 1
        self.last_webhook_at = max(at, self.last_webhook_at or at)

    def take_change(self, via: Via, delay_seconds: float | None) -> None:
        self.learned[via] += 1
        if delay_seconds is not None:
            self.delays[via, delay_place(delay_seconds)] += 1

    def add(self, other: "Hour") -> None:
        self.received.update(other.received)
        self.learned.update(other.learned)
        self.delays.update(other.delays)
        times = [at for at in (self.last_webhook_at, other.last_webhook_at) if at is not None]
        self.last_webhook_at = max(times, default=None)


def whole_hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def delay_place(delay_seconds: float) -> int:
    """The upper end of the delay's place in the histogram, seconds."""
    return next((end for end in DELAYS_SECONDS if delay_seconds <= end), DELAYS_SECONDS[-1])


def received_since(hours: Iterable[Hour], begin: datetime) -> int:
    """How many webhooks came in the minutes that began at `begin` or later."""
    return sum(
        count
        for hour in hours
        for minute, count in hour.received.items()
        if hour.began_at + minute * MINUTE >= begin
    )


def percentiles(delays: Counter[tuple[Via, int]], via: Via) -> dict[str, int]:
    """`p50`, `p95` and `p99` in seconds, each at most; empty where no delay is known."""
    places = sorted((end, count) for (way, end), count in delays.items() if way is via and count)
    total = sum(count for _, count in places)
    return {name: _place_of(places, total, share) for name, share in _SHARES.items() if total}


def _place_of(places: list[tuple[int, int]], total: int, share: int) -> int:
    seen = 0
    for end, count in places:
        seen += count
        if seen * 100 >= total * share:
            return end
    return places[-1][0]
