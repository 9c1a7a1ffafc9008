"""Marks reach the schedule, whatever scouts die and whichever clocks are wrong."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest

from payments_common.errors import StoreUnavailable
from reconciler.adapters.memory import MemorySchedule
from reconciler.domain.mark import Mark
from reconciler.handlers.scout import LOOK, OVERLAP, RESCAN, TURN_SECONDS
from support.polled import Desk, later, mark


@pytest.fixture
def desk() -> Desk:
    return Desk()


def scheduled(desk: Desk) -> set[str]:
    return {entry.order_id for entry in desk.schedule.entries()}


class Dying:
    """Marks that stop to come after the first batch."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def marked(
        self, *, since: datetime | None, at_once: int
    ) -> AsyncIterator[Sequence[Mark]]:
        async for batch in self._desk.orders.marked(since=since, at_once=1):
            yield batch
            raise StoreUnavailable("gone")

    async def mark_of(self, order_id: str) -> Mark | None:
        return await self._desk.orders.mark_of(order_id)


class Full(MemorySchedule):
    """A schedule that takes nothing."""

    async def mark(self, found: Sequence[tuple[Mark, datetime]]) -> int:
        raise StoreUnavailable(f"away, was to take {len(found)}")


async def test_a_look_makes_new_marks_due_by_the_first_rule(desk: Desk) -> None:
    desk.orders.put(mark())
    assert await desk.scout().look() == 1
    assert desk.entry().due_at == later(300)


async def test_a_look_finds_only_what_is_new(desk: Desk) -> None:
    desk.orders.put(mark())
    await desk.scout().look()
    assert await desk.scout().look() == 0
    desk.orders.put(mark("order-2", marked_at=later(1)))
    assert await desk.scout().look() == 1


async def test_a_mark_of_a_clock_that_is_behind_is_found(desk: Desk) -> None:
    desk.orders.put(mark())
    await desk.scout().look()
    behind = -OVERLAP.total_seconds() + 1
    desk.orders.put(mark("order-2", marked_at=later(behind)))
    await desk.scout().look()
    assert scheduled(desk) == {"order-1", "order-2"}


async def test_a_mark_of_a_clock_that_is_ahead_hides_no_other(desk: Desk) -> None:
    desk.orders.put(mark("ahead", marked_at=later(3600)))
    await desk.scout().look()
    desk.orders.put(mark("order-2", marked_at=later(1)))
    await desk.scout().look()
    assert scheduled(desk) == {"ahead", "order-2"}


async def test_a_look_that_dies_in_the_middle_has_lost_nothing(desk: Desk) -> None:
    desk.orders.put(mark())
    await desk.scout().look()
    for k in range(5):
        desk.orders.put(mark(f"new-{k}", marked_at=later(300 + k)))
    await desk.clock.advance(700)
    with pytest.raises(StoreUnavailable):
        await desk.scout(orders=Dying(desk)).look()
    await desk.clock.advance(TURN_SECONDS)
    await desk.scout("another").look()
    assert scheduled(desk) == {"order-1", *(f"new-{k}" for k in range(5))}


async def test_what_the_schedule_did_not_take_is_found_again(desk: Desk) -> None:
    desk.orders.put(mark(marked_at=later(300)))
    await desk.clock.advance(700)
    await desk.notes.note(LOOK, later(250))
    with pytest.raises(StoreUnavailable):
        await desk.scout(schedule=Full()).look()
    assert await desk.notes.reached(LOOK) == later(250)


async def test_only_one_scout_looks_and_another_does_when_it_is_gone(desk: Desk) -> None:
    desk.orders.put(mark())
    await desk.scout("first").look()
    desk.orders.put(mark("order-2", marked_at=later(1)))
    assert await desk.scout("second").look() == 0
    await desk.clock.advance(TURN_SECONDS)
    assert await desk.scout("second").look() == 1


async def test_a_rescan_finds_what_no_look_can_see(desk: Desk) -> None:
    desk.orders.put(mark("old", marked_at=later(-86400)))
    assert await desk.scout().look() == 0
    assert await desk.scout().rescan()
    assert scheduled(desk) == {"old"}


async def test_a_rescan_is_done_once_an_hour_by_whoever_comes_first(desk: Desk) -> None:
    assert await desk.scout("first").rescan()
    desk.orders.put(mark("old", marked_at=later(-86400)))
    await desk.clock.advance(RESCAN.total_seconds() - 1)
    assert await desk.scout("second").rescan()
    assert scheduled(desk) == set()
    await desk.clock.advance(1)
    assert await desk.scout("second").rescan()
    assert scheduled(desk) == {"old"}


async def test_a_process_that_starts_wants_a_rescan_of_its_own_time(desk: Desk) -> None:
    await desk.scout("first").rescan()
    desk.orders.put(mark("old", marked_at=later(-86400)))
    await desk.clock.advance(TURN_SECONDS)
    started_at = desk.clock.now()
    assert await desk.scout("second").rescan(not_since=started_at)
    assert scheduled(desk) == {"old"}


async def test_a_rescan_that_dies_in_the_middle_is_not_taken_for_done(desk: Desk) -> None:
    for k in range(5):
        desk.orders.put(mark(f"old-{k}", marked_at=later(-86400 + k)))
    with pytest.raises(StoreUnavailable):
        await desk.scout(orders=Dying(desk)).rescan()
    await desk.clock.advance(TURN_SECONDS)
    assert await desk.scout("another").rescan()
    assert len(scheduled(desk)) == 5


async def test_an_order_of_an_account_that_is_not_in_the_file_waits(desk: Desk) -> None:
    desk.orders.put(mark("foreign", account="tamara-ksa"))
    desk.orders.put(mark())
    await desk.scout().look()
    assert scheduled(desk) == {"order-1"}


async def test_the_first_look_of_a_deployment_leaves_the_past_to_the_rescan(desk: Desk) -> None:
    desk.orders.put(mark("old", marked_at=later(-86400)))
    desk.orders.put(mark())
    await desk.scout().look()
    assert scheduled(desk) == {"order-1"}
    assert await desk.notes.reached(LOOK) == later(0)
