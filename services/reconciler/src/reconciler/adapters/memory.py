"""The reconciler's ports in memory, for tests and the simulation; they pass MongoDB's suite."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.domain.entry import FREE, Backlog, Entry
from reconciler.domain.mark import Mark
from reconciler.ports import Turn


class MemoryCheckedOrders:
    """`put` and `take_away` do what the orchestrator does."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}

    def put(self, mark: Mark) -> None:
        self._marks[mark.order_id] = mark

    def take_away(self, order_id: str) -> None:
        self._marks.pop(order_id, None)

    async def marked(
        self, *, since: datetime | None, at_once: int
    ) -> AsyncIterator[Sequence[Mark]]:
        every = sorted(self._marks.values(), key=lambda mark: mark.marked_at)
        found = [mark for mark in every if since is None or mark.marked_at >= since]
        for start in range(0, len(found), at_once):
            yield found[start : start + at_once]

    async def mark_of(self, order_id: str) -> Mark | None:
        return self._marks.get(order_id)


class MemorySchedule:
    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def entries(self) -> list[Entry]:
        """The one that is due first, first."""
        return sorted(self._entries.values(), key=lambda entry: (entry.due_at, entry.order_id))

    async def mark(self, found: Sequence[tuple[Mark, datetime]]) -> int:
        return sum(self._mark(mark, due_at) for mark, due_at in found)

    def _mark(self, mark: Mark, due_at: datetime) -> bool:
        known = self._entries.get(mark.order_id)
        if known is not None and known.marked_at == mark.marked_at:
            return False
        self._entries[mark.order_id] = Entry(
            order_id=mark.order_id,
            account=mark.account,
            due_at=due_at,
            marked_at=mark.marked_at,
            lease_until=FREE,
            lease_number=known.lease_number + 1 if known else 1,
        )
        return True

    async def claim(
        self, account: str, *, now: datetime, lease_seconds: float, turn: Turn
    ) -> Entry | None:
        due = [e for e in self._due(account, now) if e.lease_until <= now]
        if not due:
            return None
        found = due[0] if turn is Turn.LONGEST_DUE else due[-1]
        self._entries[found.order_id] = replace(
            found,
            lease_number=found.lease_number + 1,
            lease_until=now + timedelta(seconds=lease_seconds),
        )
        return self._entries[found.order_id]

    async def reschedule(self, held: Entry, then: Entry) -> bool:
        if not self._is_held(held):
            return False
        self._entries[held.order_id] = replace(
            then, lease_number=held.lease_number, lease_until=FREE
        )
        return True

    async def remove(self, held: Entry) -> bool:
        return self._is_held(held) and self._entries.pop(held.order_id, None) is not None

    async def backlog(self, account: str, *, now: datetime) -> Backlog:
        due = self._due(account, now)
        scheduled = sum(entry.account == account for entry in self._entries.values())
        return Backlog(scheduled, len(due), due[0].due_at if due else None)

    def _due(self, account: str, now: datetime) -> list[Entry]:
        return [e for e in self.entries() if e.account == account and e.due_at <= now]

    def _is_held(self, held: Entry) -> bool:
        found = self._entries.get(held.order_id)
        if found is None:
            return False
        return (found.lease_number, found.marked_at) == (held.lease_number, held.marked_at)


class MemoryScoutNotes:
    def __init__(self) -> None:
        self._turns: dict[str, tuple[str, datetime]] = {}
        self._reached: dict[str, datetime] = {}

    async def take_turn(self, work: str, *, holder: str, now: datetime, seconds: float) -> bool:
        has_it, until = self._turns.get(work, (holder, now))
        if has_it != holder and until > now:
            return False
        self._turns[work] = (holder, now + timedelta(seconds=seconds))
        return True

    def noted(self, work: str) -> datetime | None:
        return self._reached.get(work)

    async def reached(self, work: str) -> datetime | None:
        return self.noted(work)

    async def note(self, work: str, reached: datetime) -> None:
        self._reached[work] = reached
