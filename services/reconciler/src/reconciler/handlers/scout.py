"""Finds the orders that are to be asked about, and makes them due.

What is new is found by the time of its mark, a little behind the last look, because clocks differ
and writes take time. A rescan of all marks finds whatever was missed all the same. Both note how
far they have come only after the schedule has it, so that a scout that dies has lost nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from payments_common.clock import Clock
from payments_common.telemetry.logs import get_logger
from reconciler.domain.mark import Mark
from reconciler.domain.schedule import Rhythm, first_due
from reconciler.ports import CheckedOrders, Schedule, ScoutNotes

OVERLAP = timedelta(minutes=2)
"""How far clocks may differ, and writes be late, before only the rescan finds a mark."""
RESCAN = timedelta(hours=1)
AT_ONCE = 500
TURN_SECONDS = 60.0
"""A scout that has not come this far in that time has died, and another goes on."""
LOOK = "look"
RESCAN_WORK = "rescan"


@dataclass(frozen=True, slots=True)
class Scout:
    """`name` is unlike any other process'; `rhythms` are by account."""

    orders: CheckedOrders
    schedule: Schedule
    notes: ScoutNotes
    clock: Clock
    rhythms: Mapping[str, Rhythm]
    name: str

    async def look(self) -> int:
        """Returns how many new or changed marks it found; 0 while another process looks."""
        if not await self._has_turn(LOOK):
            return 0
        began = self.clock.now()
        reached = await self.notes.reached(LOOK) or began
        count = 0
        async for marks in self.orders.marked(since=reached - OVERLAP, at_once=AT_ONCE):
            count += await self._schedule(marks)
            # A mark from a clock that runs ahead must not hide those of the others.
            await self.notes.note(LOOK, min(max(marks[-1].marked_at, reached), began))
            if not await self._has_turn(LOOK):
                break
        return count

    async def rescan(self, *, not_since: datetime | None = None) -> bool:
        """Goes through all marks, unless that was done within the hour and after `not_since`.

        Returns whether it is done now, here or elsewhere.
        """
        if await self._is_rescanned(not_since):
            return True
        if not await self._has_turn(RESCAN_WORK):
            return False
        began = self.clock.now()
        seen = changed = 0
        async for marks in self.orders.marked(since=None, at_once=AT_ONCE):
            changed += await self._schedule(marks)
            seen += len(marks)
            if not await self._has_turn(RESCAN_WORK):
                return False
        await self.notes.note(RESCAN_WORK, began)
        get_logger().info("marks_rescanned", seen=seen, changed=changed)
        return True

    async def _is_rescanned(self, not_since: datetime | None) -> bool:
        reached = await self.notes.reached(RESCAN_WORK)
        if reached is None or (not_since is not None and reached < not_since):
            return False
        return reached > self.clock.now() - RESCAN

    async def _has_turn(self, work: str) -> bool:
        return await self.notes.take_turn(
            work, holder=self.name, now=self.clock.now(), seconds=TURN_SECONDS
        )

    async def _schedule(self, marks: Sequence[Mark]) -> int:
        """Orders of an account that is not in the file wait until it is there again."""
        found = [
            (mark, first_due(mark, self.rhythms[mark.account]))
            for mark in marks
            if mark.account in self.rhythms
        ]
        return await self.schedule.mark(found) if found else 0
