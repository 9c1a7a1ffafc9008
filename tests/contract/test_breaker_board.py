"""The board's promises, kept by MongoDB and by memory alike."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from local_stack.stack import StackUrls
from payments_common.breakers.board import BreakerBoard
from payments_common.breakers.entry import RECOVERY, BreakerState, CallKind, Entry, Key
from payments_common.breakers.memory_board import MemoryBoard
from payments_common.clock import SystemClock
from payments_common.storage.mongo_breaker_board import MongoBreakerBoard
from support.mongo import fresh_store

MONEY = Key("tabby-ksa", CallKind.MONEY)
READ = Key("tabby-ksa", CallKind.READ)


@pytest.fixture(params=["memory", "mongodb"])
async def board(request: pytest.FixtureRequest) -> AsyncIterator[BreakerBoard]:
    if request.param == "memory":
        yield MemoryBoard(SystemClock())
        return
    stack: StackUrls = request.getfixturevalue("stack")
    async with fresh_store(stack.mongodb_url) as store:
        yield MongoBreakerBoard(store.database["breakers"])


async def opened(board: BreakerBoard, *, open_seconds: float = 0) -> Entry:
    return await board.opened(MONEY, reason="no answer", open_seconds=open_seconds)


async def probing(board: BreakerBoard, *, lease_seconds: float = 30) -> Entry:
    await opened(board)
    return await board.probe_taken(MONEY, prober="me", lease_seconds=lease_seconds)


async def ended(board: BreakerBoard, trouble: str | None = None, prober: str = "me") -> Entry:
    return await board.probe_ended(MONEY, prober=prober, trouble=trouble, open_seconds=30)


async def test_a_board_that_was_never_written_to_knows_of_nothing(board: BreakerBoard) -> None:
    view = await board.read()
    assert (view.entries, view.processes) == ({}, 0)


async def test_whoever_reads_sees_what_another_opened(board: BreakerBoard) -> None:
    told = await opened(board, open_seconds=30)
    entry = (await board.read()).entries[MONEY]
    assert entry == told
    assert (entry.state, entry.reason) == (BreakerState.OPEN, "no answer")
    assert entry.next_probe_at == entry.since + timedelta(seconds=30)


async def test_the_first_to_open_it_tells_why_and_since_when(board: BreakerBoard) -> None:
    first = await opened(board, open_seconds=30)
    again = await board.opened(MONEY, reason="another", open_seconds=60)
    assert again == first


async def test_of_many_that_open_it_at_once_one_is_the_first(board: BreakerBoard) -> None:
    told = await asyncio.gather(*(opened(board, open_seconds=30) for _ in range(20)))
    assert {entry.version for entry in told} == {1}


async def test_kinds_of_call_open_apart(board: BreakerBoard) -> None:
    await opened(board)
    assert READ not in (await board.read()).entries


async def test_no_probe_is_given_before_it_is_due(board: BreakerBoard) -> None:
    await opened(board, open_seconds=30)
    told = await board.probe_taken(MONEY, prober="me", lease_seconds=30)
    assert (told.state, told.prober) == (BreakerState.OPEN, None)


async def test_of_many_that_want_to_probe_one_does(board: BreakerBoard) -> None:
    await opened(board)
    wanted = [board.probe_taken(MONEY, prober=f"process-{n}", lease_seconds=30) for n in range(20)]
    told = await asyncio.gather(*wanted)
    assert len({entry.prober for entry in told}) == 1
    assert {entry.state for entry in told} == {BreakerState.PROBING}


async def test_a_prober_that_died_is_followed_by_another(board: BreakerBoard) -> None:
    await probing(board, lease_seconds=0)
    told = await board.probe_taken(MONEY, prober="other", lease_seconds=30)
    assert told.prober == "other"


async def test_a_probe_that_is_answered_closes_it_in_recovery(board: BreakerBoard) -> None:
    await probing(board)
    told = await ended(board)
    assert (told.state, told.next_probe_at) == (BreakerState.CLOSED, None)
    assert told.recovering_until == told.since + RECOVERY


async def test_a_probe_that_fails_leaves_it_open_since_it_opened(board: BreakerBoard) -> None:
    since = (await probing(board)).since
    told = await ended(board, trouble="still away")
    assert (told.state, told.reason, told.since) == (BreakerState.OPEN, "still away", since)
    assert told.next_probe_at is not None


async def test_a_prober_that_comes_too_late_has_no_say(board: BreakerBoard) -> None:
    await probing(board, lease_seconds=0)
    await board.probe_taken(MONEY, prober="other", lease_seconds=30)
    assert (await ended(board)).state is BreakerState.PROBING


async def test_a_recovery_is_prolonged_while_somebody_waits(board: BreakerBoard) -> None:
    await probing(board)
    before = (await ended(board)).recovering_until
    await asyncio.sleep(0.01)
    after = (await board.prolonged(MONEY)).recovering_until
    assert before is not None
    assert after is not None
    assert after > before


async def test_what_is_not_in_recovery_is_not_prolonged(board: BreakerBoard) -> None:
    assert (await board.prolonged(MONEY)).recovering_until is None


async def test_a_stop_by_hand_tells_who_and_why_and_ends_by_itself(board: BreakerBoard) -> None:
    told = await board.stopped(MONEY, seconds=600, by="nora", reason="maintenance")
    now = (await board.read()).now
    assert told.is_stopped(now)
    assert not told.is_stopped(now + timedelta(seconds=601))
    assert (told.killed_by, told.kill_reason) == ("nora", "maintenance")


async def test_what_was_stopped_goes_on_in_recovery_when_it_is_started(board: BreakerBoard) -> None:
    await board.stopped(MONEY, seconds=600, by="nora", reason="maintenance")
    told = await board.started(MONEY)
    now = (await board.read()).now
    assert not told.is_stopped(now)
    assert told.is_recovering(now)


async def test_nothing_is_probed_while_it_is_stopped(board: BreakerBoard) -> None:
    await opened(board)
    await board.stopped(MONEY, seconds=600, by="nora", reason="maintenance")
    told = await board.probe_taken(MONEY, prober="me", lease_seconds=30)
    assert told.state is BreakerState.OPEN


async def test_every_process_that_reads_is_counted_until_it_leaves(board: BreakerBoard) -> None:
    await board.read("a")
    assert (await board.read("b")).processes == 2
    assert (await board.read("b")).processes == 2
    await board.leave("a")
    assert (await board.read("b")).processes == 1


async def test_whoever_only_looks_is_not_counted(board: BreakerBoard) -> None:
    await board.read("a")
    assert (await board.read()).processes == 1
