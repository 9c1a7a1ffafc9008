"""A gateway that is away for ten minutes under load, in virtual time (law 9)."""

import asyncio
from collections.abc import Awaitable, Callable

from payments_common.breakers.entry import CallKind, Key
from payments_common.schemas.replies import Outcome
from simulation.virtual_loop import VirtualClock, run_virtually
from support.breaking import NAME, account, at
from support.builders import capture, recheck, session
from support.guarded_house import House, house

TEN_MINUTES = 600.0
LONGEST_WAIT_SECONDS = 15.0
RECOVERY_PER_SECOND = 2.0


def lived(story: Callable[[House], Awaitable[None]], **changes: object) -> None:
    async def main() -> None:
        settings = account(recovery_per_second=RECOVERY_PER_SECOND, **changes)
        async with house({NAME: settings}, clock=VirtualClock()) as here:
            await story(here)

    run_virtually(main())


async def asking_for_sessions(here: House, prefix: str, *, until: float) -> None:
    """A customer a second."""
    number = 0
    while here.clock.monotonic_seconds() < until:
        await here.send(session(order_reference=f"{prefix}-{number}"))
        number += 1
        await asyncio.sleep(1.0)


async def capturing(here: House, references: list[str], *, over_seconds: float) -> list[str]:
    """Half of each order, then the rest of it, spread over the time."""
    sent = []
    halves = [capture(order_reference=r, amount_minor=7500) for r in references for _ in (1, 2)]
    for each in halves:
        sent.append(await here.send(each))
        await asyncio.sleep(over_seconds / len(halves))
    return sent


def test_after_ten_minutes_away_nothing_is_lost_and_the_gateway_is_not_run_over() -> None:
    async def story(here: House) -> None:
        gateway = here.gateways[NAME]
        orders = [await here.authorized(f"PAID-{number}") for number in range(60)]
        references = [each.order_reference for each in orders]
        away_at = here.clock.monotonic_seconds()
        gateway.away()
        sessions = asyncio.create_task(
            asking_for_sessions(here, "NEW", until=away_at + TEN_MINUTES)
        )
        sent = await capturing(here, references, over_seconds=TEN_MINUTES)
        await sessions
        asked_while_away = [name for time, name in gateway.calls if time > away_at + 60]
        gateway.well()
        well_at = here.clock.monotonic_seconds()
        await at(well_at + 200)

        slowest = max(waited for answer, waited in here.heard.values() if not answer.amount)
        assert slowest < LONGEST_WAIT_SECONDS
        assert set(asked_while_away) == {"check_access"}
        assert {here.heard[each][0].outcome for each in sent} == {Outcome.SUCCEEDED}
        assert len(gateway.captures) == 2 * len(orders)
        assert most_within(gateway.captures, 10.0) <= 10 * RECOVERY_PER_SECOND + 1
        for each in references:
            assert (await here.order(each)).balance.captured.amount_minor == 15000

    lived(story)


def most_within(captures: list[tuple[float, str]], seconds: float) -> int:
    times = [time for time, _ in captures]
    return max(len([t for t in times if begin <= t < begin + seconds]) for begin in times)


def test_what_waited_goes_out_in_the_order_in_which_it_was_asked_for() -> None:
    async def story(here: House) -> None:
        gateway = here.gateways[NAME]
        orders = [await here.authorized(f"PAID-{number}") for number in range(20)]
        await stopped(here)
        for each in orders:
            await here.send(capture(order_reference=each.order_reference))
            await asyncio.sleep(0.5)
        await at(200)
        went = [payment_id for _, payment_id in gateway.captures]
        asked = [each.payments[0].payment_id for each in orders]
        # Each process has a line of its own, and they go side by side.
        assert all(abs(went.index(each) - n) <= 2 for n, each in enumerate(asked))

    lived(story)


def test_a_wait_is_one_line_in_the_history_and_no_attempt() -> None:
    async def story(here: House) -> None:
        await here.authorized("PAID")
        await stopped(here, seconds=600)
        await here.send(capture(order_reference="PAID"))
        await at(500)
        (operation,) = (await here.order("PAID")).operations
        assert (operation.attempt_count, operation.unsent_count) == (0, 0)
        assert operation.attempts == ()
        assert len(await here.told("PAID", "operation_waits")) == 1
        await at(700)
        assert (await here.order("PAID")).balance.captured.amount_minor == 15000
        assert len(await here.told("PAID", "operation_waits")) == 1

    lived(story)


def test_a_stop_that_is_ended_early_lets_go_at_once() -> None:
    async def story(here: House) -> None:
        await here.authorized("PAID")
        await stopped(here, seconds=3600)
        await here.send(capture(order_reference="PAID"))
        await at(100)
        assert here.gateways[NAME].captures == []
        await here.board.started(money_key(here))
        await asyncio.sleep(2)
        assert len(here.gateways[NAME].captures) == 1

    lived(story)


def test_reads_that_the_breaker_refuses_stay_due_and_are_told_once() -> None:
    async def story(here: House) -> None:
        order = await here.authorized("PAID")
        key = here.guardings[0].guards[NAME].breakers[CallKind.READ].key
        await here.board.stopped(key, seconds=300, by="nora", reason="maintenance")
        await asyncio.sleep(1)
        await here.send(recheck(order_reference=order.order_reference))
        await asyncio.sleep(100)
        (read,) = (await here.order("PAID")).reads
        assert read.failures == 0
        assert len(await here.told("PAID", "gateway_unavailable")) == 1
        await asyncio.sleep(600)
        assert (await here.order("PAID")).status == "authorized"

    lived(story)


def test_a_slow_gateway_is_an_outage_and_no_caller_waits_past_its_deadline() -> None:
    async def story(here: House) -> None:
        gateway = here.gateways[NAME]
        gateway.away()
        gateway.seconds = 14.9
        await asking_for_sessions(here, "NEW", until=60)
        await asyncio.sleep(20)
        waits = [waited for _, waited in here.heard.values()]
        assert len(waits) == 60
        assert max(waits) < LONGEST_WAIT_SECONDS + 0.5
        assert len([wait for wait in waits if wait < 0.2]) > 30
        assert gateway.called("create_session") < 30

    lived(story)


def test_a_flapping_gateway_loses_and_doubles_nothing() -> None:
    async def story(here: House) -> None:
        gateway = here.gateways[NAME]
        orders = [await here.authorized(f"PAID-{number}") for number in range(30)]
        flapping = asyncio.create_task(flap(here, times=20))
        commands = [capture(order_reference=o.order_reference) for o in orders]
        sent = [await here.send(each) for each in commands]
        await flapping
        await asyncio.sleep(600)
        assert {here.heard[each][0].outcome for each in sent} == {Outcome.SUCCEEDED}
        assert len(gateway.captures) == len(orders)

    lived(story)


async def flap(here: House, *, times: int) -> None:
    gateway = here.gateways[NAME]
    for _ in range(times):
        gateway.away()
        await asyncio.sleep(7)
        gateway.well()
        await asyncio.sleep(7)


def test_what_waited_in_a_process_that_ended_is_let_go_by_another() -> None:
    async def story(here: House) -> None:
        orders = [await here.authorized(f"PAID-{number}") for number in range(6)]
        await stopped(here, seconds=100)
        for each in orders:
            await here.send(capture(order_reference=each.order_reference))
        await asyncio.sleep(5)
        await here.end_first_process()
        await at(400)
        assert len(here.gateways[NAME].captures) == len(orders)

    lived(story)


async def stopped(here: House, *, seconds: float = 60) -> None:
    await here.board.stopped(money_key(here), seconds=seconds, by="nora", reason="maintenance")
    await asyncio.sleep(1)


def money_key(here: House) -> Key:
    return here.guardings[0].guards[NAME].breakers[CallKind.MONEY].key
