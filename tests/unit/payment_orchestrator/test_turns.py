import asyncio

from payment_orchestrator.handlers.turns import Turns


class Held:
    """A turn that is held until it is let go."""

    def __init__(self, turns: Turns, key: str) -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._hold(turns, key))

    async def _hold(self, turns: Turns, key: str) -> None:
        async with turns.of(key):
            self.begun.set()
            await self.let_go.wait()


async def test_only_one_at_a_time_has_the_turn_of_a_key() -> None:
    turns = Turns()
    first, second, other = Held(turns, "a"), Held(turns, "a"), Held(turns, "b")
    await asyncio.gather(first.begun.wait(), other.begun.wait())
    assert not second.begun.is_set()
    for each in (first, second, other):
        each.let_go.set()
        await each.task


async def test_a_turn_is_awaited_when_somebody_waits_who_has_not_begun() -> None:
    turns = Turns()
    assert not turns.are_awaited("a")
    first = Held(turns, "a")
    await first.begun.wait()
    assert not turns.are_awaited("a")
    second = Held(turns, "a")
    await asyncio.sleep(0)
    assert (turns.are_awaited("a"), turns.are_awaited("b")) == (True, False)
    first.let_go.set()
    await second.begun.wait()
    assert not turns.are_awaited("a")
    second.let_go.set()
    await second.task


async def test_whoever_is_cancelled_while_waiting_is_awaited_no_more() -> None:
    turns = Turns()
    first = Held(turns, "a")
    await first.begun.wait()
    second = Held(turns, "a")
    await asyncio.sleep(0)
    second.task.cancel()
    await asyncio.gather(second.task, return_exceptions=True)
    assert not turns.are_awaited("a")
    first.let_go.set()
    await first.task
