"""How much of other orders' pace is left while fifty commands at once fall upon one order.

Run `PYTHONPATH=tests python tests/bench/bench_hot_order.py`. Calm and hot rounds take turns on the
same four orchestrators, so that a noisy machine hurts both; the ratio is the median of the rounds'.
All share the machine's cores, so a hot order also costs what its own work costs.
"""

import argparse
import asyncio
import statistics
import sys
import time

from payments_common.money import Money
from payments_common.schemas.replies import Outcome
from support.estate import estate
from support.lives import CURRENCIES, Lives, living

ORCHESTRATORS = 4
HOT_ACCOUNT = "tabby-ksa"
CAPTURES, REFUNDS = 40, 10
PART_MINOR = 500


async def pace_of(lives: Lives, orders: int) -> float:
    """Whole lives per second: session, payment, capture, refund."""
    accounts = list(CURRENCIES)
    started = time.perf_counter()
    living_them = (lives.ordinary(accounts[number % len(accounts)]) for number in range(orders))
    await asyncio.gather(*living_them)
    return orders / (time.perf_counter() - started)


async def fall_upon(lives: Lives, reference: str) -> tuple[int, float]:
    """How many of the fifty had an effect, and the seconds until all were answered."""
    part = Money(PART_MINOR, CURRENCIES[HOT_ACCOUNT])
    started = time.perf_counter()
    answers = await asyncio.gather(
        *(lives.payments.capture(reference, part, timeout_seconds=300) for _ in range(CAPTURES)),
        *(lives.payments.refund(reference, part, timeout_seconds=300) for _ in range(REFUNDS)),
    )
    effects = sum(answer.outcome is Outcome.SUCCEEDED for answer in answers)
    return effects, time.perf_counter() - started


async def hot_pace_of(lives: Lives, orders: int) -> tuple[float, int, float]:
    reference = await lives.paid(HOT_ACCOUNT)
    falling = asyncio.create_task(fall_upon(lives, reference))
    pace = await pace_of(lives, orders)
    return pace, *(await falling)


async def measure(lives: Lives, *, rounds: int, orders: int) -> None:
    await pace_of(lives, orders)  # connections and caches are warm from here on
    ratios = []
    for number in range(1, rounds + 1):
        calm = await pace_of(lives, orders)
        hot, effects, seconds = await hot_pace_of(lives, orders)
        ratios.append(hot / calm)
        sys.stdout.write(
            f"round {number}: {calm:.2f} orders/s calm, {hot:.2f} beside a hot order "
            f"({CAPTURES + REFUNDS} commands, {effects} effects, {seconds:.1f} s), "
            f"ratio {hot / calm:.2f}\n"
        )
    sys.stdout.write(
        f"beside a hot order others keep {statistics.median(ratios):.2f} of their pace\n"
    )


async def main(rounds: int, orders: int) -> None:
    with estate(orchestrators=ORCHESTRATORS) as on:
        async with living(on.urls) as lives:
            await measure(lives, rounds=rounds, orders=orders)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(main(given.rounds, given.orders))
