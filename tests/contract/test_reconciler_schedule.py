"""The schedule keeps the same promises in memory and in MongoDB."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local_stack.stack import StackUrls
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import MongoStore
from reconciler.adapters.memory import MemorySchedule
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_schedule import MongoSchedule
from reconciler.adapters.mongo_scout_notes import MongoScoutNotes
from reconciler.domain.entry import Backlog, Entry
from reconciler.ports import Schedule, Turn
from support.mongo import fresh_store
from support.polled import ACCOUNT, later, mark

both = pytest.mark.parametrize("kind", ["memory", "mongodb"])


@asynccontextmanager
async def mongo(request: pytest.FixtureRequest) -> AsyncIterator[MongoStore]:
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        await ensure_indexes(store.database, INDEXES)
        yield store


@pytest.fixture
async def schedule(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Schedule]:
    if kind == "memory":
        yield MemorySchedule()
        return
    async with mongo(request) as store:
        yield MongoSchedule(store.database["reconciliation"])


async def marked(schedule: Schedule, *order_ids: str, first_due: float = 0) -> None:
    """These are due, one second after another."""
    found = [(mark(each), later(first_due + k)) for k, each in enumerate(order_ids)]
    assert await schedule.mark(found) == len(order_ids)


async def claim(
    schedule: Schedule, at: float, turn: Turn = Turn.LONGEST_DUE, account: str = ACCOUNT
) -> Entry | None:
    return await schedule.claim(account, now=later(at), lease_seconds=100, turn=turn)


async def claimed(schedule: Schedule, at: float, turn: Turn = Turn.LONGEST_DUE) -> Entry:
    entry = await claim(schedule, at, turn)
    assert entry is not None
    return entry


@both
async def test_nothing_is_claimed_before_it_is_due(schedule: Schedule) -> None:
    await marked(schedule, "one", first_due=10)
    assert await claim(schedule, 9.999) is None
    entry = await claimed(schedule, 10)
    assert (entry.order_id, entry.due_at, entry.asked_count) == ("one", later(10), 0)


@both
async def test_another_account_is_not_claimed(schedule: Schedule) -> None:
    await marked(schedule, "one")
    assert await claim(schedule, 10, account="tamara-ksa") is None


@both
@pytest.mark.parametrize(
    ("turn", "expected"),
    [(Turn.LONGEST_DUE, ["one", "two", "three"]), (Turn.LATEST_DUE, ["three", "two", "one"])],
)
async def test_claims_go_by_turn(schedule: Schedule, turn: Turn, expected: list[str]) -> None:
    await marked(schedule, "one", "two", "three")
    found = [(await claimed(schedule, 10, turn)).order_id for _ in expected]
    assert found == expected
    assert await claim(schedule, 10, turn) is None


@both
async def test_what_is_held_is_anothers_only_after_the_lease(schedule: Schedule) -> None:
    await marked(schedule, "one")
    first = await claimed(schedule, 10)
    assert await claim(schedule, 109.999) is None
    second = await claimed(schedule, 110)
    assert second.lease_number > first.lease_number


@both
async def test_what_is_put_back_comes_again_as_it_was_put(schedule: Schedule) -> None:
    await marked(schedule, "one")
    held = await claimed(schedule, 10)
    then = replace(held.due(later(50), asked_count=3, failures=2), gave_up=True)
    assert await schedule.reschedule(held, then)
    assert await claim(schedule, 49) is None
    again = await claimed(schedule, 50)
    assert (again.asked_count, again.failures, again.gave_up) == (3, 2, True)


@both
async def test_a_slow_holder_writes_nothing_after_another_took_over(schedule: Schedule) -> None:
    await marked(schedule, "one")
    slow = await claimed(schedule, 10)
    taken = await claimed(schedule, 110)
    assert not await schedule.reschedule(slow, slow.due(later(9999)))
    assert not await schedule.remove(slow)
    assert await schedule.reschedule(taken, taken.due(later(120)))


@both
async def test_what_is_removed_is_gone(schedule: Schedule) -> None:
    await marked(schedule, "one")
    assert await schedule.remove(await claimed(schedule, 10))
    assert await claim(schedule, 9999) is None


@both
async def test_a_mark_that_is_known_changes_nothing(schedule: Schedule) -> None:
    await marked(schedule, "one")
    held = await claimed(schedule, 10)
    await schedule.reschedule(held, held.due(later(500), asked_count=2))
    assert await schedule.mark([(mark("one"), later(20))]) == 0
    assert await claim(schedule, 499) is None
    assert (await claimed(schedule, 500)).asked_count == 2


@both
async def test_a_mark_that_changed_makes_it_due_anew(schedule: Schedule) -> None:
    await marked(schedule, "one")
    held = await claimed(schedule, 10)
    await schedule.reschedule(
        held, replace(held.due(later(9999), asked_count=7, failures=3), gave_up=True)
    )
    changed = mark("one", marked_at=later(15))
    assert await schedule.mark([(changed, later(20))]) == 1
    anew = await claimed(schedule, 20)
    assert (anew.marked_at, anew.asked_count, anew.failures) == (later(15), 0, 0)
    assert not anew.gave_up


@both
async def test_whoever_holds_an_entry_loses_it_when_its_mark_changes(schedule: Schedule) -> None:
    await marked(schedule, "one")
    held = await claimed(schedule, 10)
    await schedule.mark([(mark("one", marked_at=later(15)), later(20))])
    assert not await schedule.remove(held)
    assert not await schedule.reschedule(held, held.due(later(9999)))
    assert (await claimed(schedule, 20)).order_id == "one"


@both
async def test_a_holder_from_before_the_entry_was_removed_does_not_hold_the_new_one(
    schedule: Schedule,
) -> None:
    await marked(schedule, "one")
    slow = await claimed(schedule, 10)
    assert await schedule.remove(await claimed(schedule, 110))
    await schedule.mark([(mark("one", marked_at=later(120)), later(120))])
    anew = await claimed(schedule, 120)
    assert not await schedule.remove(slow)
    assert await schedule.remove(anew)


@both
async def test_a_mark_can_be_written_anew_by_whoever_holds_the_entry(schedule: Schedule) -> None:
    await marked(schedule, "one")
    held = await claimed(schedule, 10)
    assert await schedule.reschedule(held, replace(held, due_at=later(30), marked_at=later(15)))
    assert await schedule.mark([(mark("one", marked_at=later(15)), later(999))]) == 0
    assert (await claimed(schedule, 30)).marked_at == later(15)


@both
async def test_a_backlog_is_told_by_account(schedule: Schedule) -> None:
    empty = Backlog(scheduled=0, due=0, oldest_due_at=None)
    assert await schedule.backlog(ACCOUNT, now=later(10)) == empty
    await marked(schedule, "one", "two", "three", first_due=9)
    expected = Backlog(scheduled=3, due=2, oldest_due_at=later(9))
    assert await schedule.backlog(ACCOUNT, now=later(10)) == expected
    assert await schedule.backlog("tamara-ksa", now=later(10)) == empty


@pytest.fixture
async def store(request: pytest.FixtureRequest) -> AsyncIterator[MongoStore]:
    async with mongo(request) as opened:
        yield opened


async def test_two_scouts_that_see_the_same_change_make_it_due_once(store: MongoStore) -> None:
    schedule = MongoSchedule(store.database["reconciliation"])
    changed = [(mark("one"), later(10))]
    await asyncio.gather(*(schedule.mark(changed) for _ in range(10)))
    assert (await claimed(schedule, 10)).lease_number == 2


async def test_the_notes_of_scouts_are_never_claimed(store: MongoStore) -> None:
    notes = MongoScoutNotes(store.database["reconciliation"])
    await notes.note("look", datetime.now(UTC) - timedelta(days=1))
    schedule = MongoSchedule(store.database["reconciliation"])
    assert await claim(schedule, 9999) is None
    assert (await schedule.backlog(ACCOUNT, now=later(9999))).scheduled == 0


@pytest.mark.parametrize("turn", Turn)
async def test_a_claim_looks_at_few_entries_however_many_there_are(
    store: MongoStore, turn: Turn
) -> None:
    schedule = MongoSchedule(store.database["reconciliation"])
    await schedule.mark([(mark(f"order-{k}"), later(k % 7)) for k in range(2000)])
    direction = 1 if turn is Turn.LONGEST_DUE else -1
    due = {"account": ACCOUNT, "due_at": {"$lte": later(9)}, "lease_until": {"$lte": later(9)}}
    found = store.database["reconciliation"].find(due).sort("due_at", direction).limit(1)
    stats = (await found.explain())["executionStats"]
    assert stats["totalKeysExamined"] <= 2
    assert stats["totalDocsExamined"] <= 1
