"""One order's place in the schedule."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

FREE = datetime.fromtimestamp(0, UTC)
"""The end of the lease of what nobody holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`asked_count` counts answered polls since the session's end, `failures` those in a row
    without an answer.

    `lease_number` grows with every claim: whoever holds an older one writes nothing. `gave_up`
    entries only wait for the mark to change.
    """

    order_id: str
    account: str
    due_at: datetime
    marked_at: datetime
    lease_until: datetime
    lease_number: int = 0
    asked_count: int = 0
    failures: int = 0
    gave_up: bool = False

    def due(self, at: datetime, *, asked_count: int | None = None, failures: int = 0) -> "Entry":
        """The same to be asked about at that time, as far as polling has come."""
        count = self.asked_count if asked_count is None else asked_count
        return replace(self, due_at=at, asked_count=count, failures=failures)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one account: entries in all, those that are due, and since when the oldest is."""

    scheduled: int
    due: int
    oldest_due_at: datetime | None
