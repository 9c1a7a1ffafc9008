"""Money moves that wait for an outage to end."""

import asyncio

from payments_common.breakers.line import LOOK_AGAIN_SECONDS, InLine, MoneyLine
from payments_common.breakers.rates import SharedRate
from simulation.virtual_loop import run_virtually


class Outage:
    def __init__(self) -> None:
        self.is_over = False
        self.is_recovering = True

    def line(self, per_second: float = 2.0) -> MoneyLine:
        return MoneyLine(
            recovery=SharedRate(per_second, evenly=True),
            can_go=lambda: self.is_over,
            is_recovering=lambda: self.is_recovering,
        )


def waiting(number: int) -> InLine:
    return InLine(f"order-{number}", f"operation-{number}", from_outage=True)


async def let_go(line: MoneyLine, number: int) -> list[tuple[float, str]]:
    went = []
    for _ in range(number):
        each = await line.next()
        went.append((round(asyncio.get_running_loop().time(), 3), each.operation_id))
    return went


def test_they_go_in_the_order_in_which_they_came_at_the_rate_of_recovery() -> None:
    async def main() -> None:
        outage = Outage()
        line = outage.line()
        for number in range(4):
            line.join(waiting(number), reason="away")
        going = asyncio.create_task(let_go(line, 4))
        await asyncio.sleep(10)
        assert not going.done()
        outage.is_over = True
        line.look()
        assert await going == [(10 + n * 0.5, f"operation-{n}") for n in range(4)]

    run_virtually(main())


def test_after_the_recovery_nobody_waits_for_another() -> None:
    async def main() -> None:
        outage = Outage()
        outage.is_over, outage.is_recovering = True, False
        line = outage.line()
        for number in range(3):
            line.join(waiting(number), reason="away")
        assert {time for time, _ in await let_go(line, 3)} == {0.0}

    run_virtually(main())


async def test_who_asks_again_keeps_the_one_place_it_has() -> None:
    outage = Outage()
    line = outage.line()
    for number in (0, 1, 0, 0):
        line.join(waiting(number), reason="away")
    outage.is_over, outage.is_recovering = True, False
    assert [name for _, name in await let_go(line, 2)] == ["operation-0", "operation-1"]
    assert not line.holds_outage


async def test_who_was_let_go_and_met_the_next_outage_is_first_again() -> None:
    outage = Outage()
    line = outage.line()
    for number in range(3):
        line.join(waiting(number), reason="away")
    outage.is_over, outage.is_recovering = True, False
    first = await line.next()
    line.join(first, reason="away again")
    assert await line.next() == first


async def test_a_turn_is_used_up_by_the_call_it_was_given_for() -> None:
    outage = Outage()
    outage.is_over, outage.is_recovering = True, False
    line = outage.line()
    line.join(waiting(0), reason="away")
    await line.next()
    assert line.is_let_go("operation-0")
    assert line.gone("operation-0")
    assert not line.gone("operation-0")


async def test_the_more_wait_the_less_often_each_comes_to_look() -> None:
    line = Outage().line()
    waits = [line.join(waiting(number), reason="away").seconds for number in range(1000)]
    assert (waits[0], waits[-1]) == (LOOK_AGAIN_SECONDS, 300.0)
