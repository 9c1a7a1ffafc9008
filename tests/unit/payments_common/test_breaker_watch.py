"""Breakers that many processes share, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from payments_common.breakers.board import BoardView
from payments_common.breakers.entry import BreakerState, CallKind
from payments_common.breakers.memory_board import MemoryBoard
from payments_common.errors import BreakerOpen, GatewayRefusal, OutcomeUnknown, Throttled
from simulation.virtual_loop import VirtualClock, run_virtually
from support.breaking import Process, at, away, processes
from support.plain_gateway import PlainGateway


class Estate:
    """Two processes over one board and one gateway."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.board = MemoryBoard(self.clock)
        self.gateway = PlainGateway(self.clock)


def lived(story: Callable[[Estate, list[Process]], Awaitable[None]], number: int = 2) -> None:
    async def main() -> None:
        estate = Estate()
        running = processes(number, estate.board, clock=estate.clock, gateway=estate.gateway)
        async with running as all_of_them:
            await story(estate, all_of_them)

    run_virtually(main())


def states(running: list[Process], kind: CallKind = CallKind.READ) -> set[BreakerState]:
    return {each.guard.breakers[kind].entry.state for each in running}


def test_what_one_process_finds_all_know_within_a_second() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        await running[0].find_outage()
        await asyncio.sleep(0.9)
        assert states(running) == {BreakerState.OPEN}
        assert isinstance(await running[-1].call(), BreakerOpen)
        assert "no answer" in running[-1].guard.breakers[CallKind.READ].entry.reason

    lived(story, number=5)


def test_one_process_probes_for_all_and_all_learn_that_it_is_well() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        for each in running:
            await each.find_outage()
        await at(35)
        assert estate.gateway.called("check_access") == 1
        assert states(running) == {BreakerState.CLOSED}

    lived(story, number=5)


def test_however_many_wait_for_it_to_close_one_call_reaches_the_gateway() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        estate.gateway.seconds = 3.0  # the probe takes its time
        await running[0].find_outage()
        await at(32)
        assert states(running) == {BreakerState.PROBING}
        answers = await asyncio.gather(*(each.call() for each in running for _ in range(200)))
        assert {type(answer) for answer in answers} == {BreakerOpen}
        assert estate.gateway.called("check_access") == 1

    lived(story, number=2)


def test_a_probe_that_fails_leaves_it_open_until_the_next() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        estate.gateway.away()
        await running[0].find_outage()
        await at(95)
        assert estate.gateway.called("check_access") == 3
        assert states(running) == {BreakerState.OPEN}
        assert "503" in running[1].guard.breakers[CallKind.READ].entry.reason

    lived(story)


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (GatewayRefusal("no", status=401, code="key"), BreakerState.CLOSED),
        (KeyError("a mistake of ours"), BreakerState.CLOSED),
        (Throttled("slowly", retry_after_seconds=5), BreakerState.OPEN),
        (OutcomeUnknown("?"), BreakerState.OPEN),
    ],
)
def test_any_answer_to_a_probe_says_that_it_is_there(
    trouble: Exception, state: BreakerState
) -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        estate.gateway.trouble = trouble
        await running[0].find_outage()
        await at(35)
        assert states(running) == {state}

    lived(story)


def test_a_prober_that_dies_is_followed_by_another() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        estate.gateway.seconds = 3.0
        await running[0].find_outage()
        await at(31)
        (prober,) = [each for each in running if each.guarding.watch.is_probing]
        prober.loop.cancel()
        await at(49)
        assert estate.gateway.called("check_access") == 1
        await at(56)
        assert estate.gateway.called("check_access") == 2
        assert BreakerState.CLOSED in states(running)

    lived(story)


def test_without_a_board_each_process_has_its_own_breakers() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        estate.board.is_away = True
        await running[0].find_outage()
        await asyncio.sleep(2)
        assert isinstance(await running[0].call(), BreakerOpen)
        assert await running[1].call() == "well"
        await at(35)
        assert await running[0].call() == "well"
        assert estate.gateway.called("check_access") == 1

    lived(story)


def test_what_was_found_without_a_board_is_told_when_it_is_back() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        estate.board.is_away = True
        await running[0].find_outage()
        await asyncio.sleep(2)
        estate.board.is_away = False
        await asyncio.sleep(1)
        assert states(running) == {BreakerState.OPEN}

    lived(story)


def test_no_call_ever_waits_for_the_board() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        class Hanging(MemoryBoard):
            async def read(self, process: str | None = None) -> BoardView:
                await asyncio.Event().wait()
                return await super().read(process)

        async with processes(1, Hanging(estate.clock), clock=estate.clock) as (alone,):
            began = asyncio.get_running_loop().time()
            await alone.find_outage()
            assert isinstance(await alone.call(), BreakerOpen)
            assert asyncio.get_running_loop().time() == began

    lived(story)


def test_a_stop_by_hand_holds_for_all_until_it_ends() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        key = running[0].guard.breakers[CallKind.READ].key
        await estate.board.stopped(key, seconds=60, by="nora", reason="maintenance")
        await asyncio.sleep(1)
        refusal = await running[1].call()
        assert isinstance(refusal, BreakerOpen)
        assert "maintenance" in str(refusal)
        assert 58 < (refusal.retry_after_seconds or 0) <= 60
        await at(61)
        assert [await each.call() for each in running] == ["well", "well"]

    lived(story)


def test_a_flapping_gateway_gets_no_more_than_a_call_between_two_probes() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        await running[0].find_outage()
        for _ in range(10):
            await asyncio.sleep(31.5)
            assert states(running) == {BreakerState.CLOSED}
            assert isinstance(await running[0].call(away), OutcomeUnknown)
            assert states(running[:1]) == {BreakerState.OPEN}
        assert estate.gateway.called("check_access") == 10
        assert running[0].guard.breakers[CallKind.READ].openings == 11

    lived(story)


def test_a_board_that_was_emptied_is_believed() -> None:
    async def story(estate: Estate, running: list[Process]) -> None:
        await running[0].find_outage()
        await asyncio.sleep(1)
        estate.board.empty()
        await asyncio.sleep(1)
        assert states(running) == {BreakerState.CLOSED}

    lived(story)
