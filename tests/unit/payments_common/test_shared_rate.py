"""A rate that several processes share, in virtual time."""

import asyncio
from bisect import bisect_right

import pytest

from payments_common.breakers.rates import SharedRate
from simulation.virtual_loop import run_virtually


def most_within_a_second(times: list[float]) -> int:
    """Whichever second it is."""
    times = sorted(times)
    return max(bisect_right(times, begin + 1.0) - n for n, begin in enumerate(times))


async def used(rate: SharedRate, times: list[float], *, until: float) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await rate.acquire()
        times.append(loop.time())


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
@pytest.mark.parametrize("per_second", [7, 8, 10, 20, 50, 100, 1000])
def test_within_any_second_all_processes_together_keep_to_it(
    per_second: int, processes: int
) -> None:
    times: list[float] = []

    async def main() -> None:
        rates = [SharedRate(per_second) for _ in range(processes)]
        for rate in rates:
            rate.share(processes)
        await asyncio.gather(*(used(rate, times, until=5) for rate in rates))

    run_virtually(main())
    assert most_within_a_second(times) <= per_second


def test_a_small_share_is_kept_over_several_seconds() -> None:
    times: list[float] = []

    async def main() -> None:
        rates = [SharedRate(1) for _ in range(4)]
        for rate in rates:
            rate.share(4)
        await asyncio.gather(*(used(rate, times, until=39) for rate in rates))

    run_virtually(main())
    assert 32 <= len(times) <= 44


@pytest.mark.parametrize("per_second", [10, 50, 1000])
def test_most_of_the_rate_can_be_used(per_second: int) -> None:
    times: list[float] = []
    run_virtually(used(SharedRate(per_second), times, until=10))
    assert len(times) >= 10 * per_second * 0.8


def test_a_change_of_share_gives_nothing_at_once() -> None:
    times: list[float] = []

    async def main() -> None:
        rate = SharedRate(20)
        users = [asyncio.create_task(used(rate, times, until=10)) for _ in range(10)]
        for number in range(200):
            await asyncio.sleep(0.05)
            rate.share(2 + number % 2)
        await asyncio.gather(*users)

    run_virtually(main())
    assert most_within_a_second(times) <= 10


def test_waiters_are_served_in_the_order_in_which_they_came() -> None:
    served: list[int] = []

    async def wait(rate: SharedRate, number: int) -> None:
        await rate.acquire()
        served.append(number)

    async def main() -> None:
        rate = SharedRate(2, evenly=True)
        await asyncio.gather(*(wait(rate, number) for number in range(6)))

    run_virtually(main())
    assert served == list(range(6))


def test_an_even_rate_lets_nothing_go_at_once() -> None:
    times: list[float] = []
    run_virtually(used(SharedRate(4, evenly=True), times, until=2))
    assert [round(time, 3) for time in times] == [n * 0.25 for n in range(9)]
