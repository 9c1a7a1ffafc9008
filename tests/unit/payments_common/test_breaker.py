"""What opens one process' breaker, and what its callers see (law 9)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from payments_common.breakers import entry as moves
from payments_common.breakers.entry import BreakerState, CallKind, Entry, Key
from payments_common.breakers.guard import Guard
from payments_common.errors import (
    BreakerOpen,
    GatewayRefusal,
    NotSent,
    OperationRefused,
    OutcomeUnknown,
    Throttled,
)
from support.breaking import away, guard_of, outcome, refusing, well
from support.clocks import FastClock, ManualClock

NO = GatewayRefusal("no", status=400, code="bad")


def state(guard: Guard, kind: CallKind = CallKind.READ) -> BreakerState:
    return guard.breakers[kind].entry.state


async def after(guard: Guard, *errors: Exception, kind: CallKind = CallKind.READ) -> BreakerState:
    for error in errors:
        await outcome(guard, refusing(error), kind)
    return state(guard, kind)


@pytest.mark.parametrize("error", [OutcomeUnknown("?"), NotSent("no way there")])
async def test_so_many_outages_in_a_row_open_it(error: Exception) -> None:
    guard = guard_of(FastClock())
    assert await after(guard, error, error) is BreakerState.CLOSED
    assert await after(guard, error) is BreakerState.OPEN


@pytest.mark.parametrize("between", [well, refusing(NO)])
async def test_an_answer_between_them_begins_the_count_anew(between: object) -> None:
    guard = guard_of(FastClock())
    await after(guard, OutcomeUnknown("?"), OutcomeUnknown("?"))
    await outcome(guard, well if between is well else refusing(NO))
    assert await after(guard, OutcomeUnknown("?"), OutcomeUnknown("?")) is BreakerState.CLOSED


@pytest.mark.parametrize("error", [Throttled("slowly"), OperationRefused("no"), KeyError("bug")])
async def test_what_says_nothing_of_its_health_neither_counts_nor_clears(error: Exception) -> None:
    guard = guard_of(FastClock())
    await after(guard, *(error for _ in range(10)))
    assert await after(guard, OutcomeUnknown("?"), error, OutcomeUnknown("?")) is (
        BreakerState.CLOSED
    )
    assert await after(guard, OutcomeUnknown("?")) is BreakerState.OPEN


async def test_the_caller_always_gets_what_really_happened() -> None:
    guard = guard_of(FastClock())
    error = OutcomeUnknown("the very one")
    for _ in range(3):
        assert await outcome(guard, refusing(error)) is error
    assert await outcome(guard_of(FastClock()), well) == "well"


async def test_while_it_is_open_nothing_is_sent_and_callers_hear_when_to_come_again() -> None:
    guard = guard_of(FastClock())
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    sent: list[int] = []

    async def send() -> str:
        sent.append(1)
        return "sent"

    refusal = await outcome(guard, send)
    assert isinstance(refusal, BreakerOpen)
    assert refusal.retry_after_seconds is not None
    assert 30 <= refusal.retry_after_seconds < 31
    assert sent == []


async def test_kinds_of_call_open_apart() -> None:
    guard = guard_of(FastClock())
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)), kind=CallKind.MONEY)
    assert await outcome(guard, well, CallKind.SESSION) == "well"
    assert await outcome(guard, well) == "well"


async def test_a_call_that_is_cancelled_counts_as_nothing() -> None:
    guard = guard_of(FastClock())
    for _ in range(10):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await guard.call(CallKind.READ, asyncio.Event().wait)
    assert state(guard) is BreakerState.CLOSED


async def test_a_call_begun_before_it_closed_has_no_say_after() -> None:
    guard, late = guard_of(FastClock()), asyncio.Event()

    async def send() -> str:
        await late.wait()
        return await away()

    begun = [asyncio.create_task(outcome(guard, send)) for _ in range(5)]
    await asyncio.sleep(0)
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    await closed_by_a_probe(guard)
    late.set()
    await asyncio.gather(*begun)
    assert state(guard) is BreakerState.CLOSED


async def test_a_late_answer_does_not_close_it() -> None:
    guard, late = guard_of(FastClock()), asyncio.Event()

    async def send() -> str:
        await late.wait()
        return "late"

    begun = asyncio.create_task(outcome(guard, send))
    await asyncio.sleep(0)
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    late.set()
    assert await begun == "late"
    assert state(guard) is BreakerState.OPEN


async def test_after_a_probe_the_first_outage_opens_it_again() -> None:
    guard = guard_of(FastClock())
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    await closed_by_a_probe(guard)
    assert await outcome(guard, well) == "well"
    assert await after(guard, OutcomeUnknown("?")) is BreakerState.OPEN


async def test_after_as_many_answers_as_it_takes_outages_one_of_them_is_no_more_than_one() -> None:
    """Else a busy gateway, of which some call always fails, would never be let in again."""
    guard = guard_of(FastClock())
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    await closed_by_a_probe(guard)
    for _ in range(3):
        await outcome(guard, well)
    assert await after(guard, OutcomeUnknown("?")) is BreakerState.CLOSED


async def test_an_outage_that_is_over_is_not_announced_when_the_board_is_back() -> None:
    guard = guard_of(FastClock())
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    breaker = guard.breakers[CallKind.READ]
    assert breaker.is_unannounced
    breaker.alone(replace(breaker.entry, state=BreakerState.CLOSED))
    assert not breaker.is_unannounced


async def test_a_stop_that_came_while_it_was_probed_ends_in_a_recovery_too() -> None:
    clock = ManualClock()
    now = clock.now()
    probing = Entry(Key("a", CallKind.MONEY), since=now, state=BreakerState.PROBING, prober="me")
    held = moves.stopped(probing, now, seconds=1800, by="nora", reason="maintenance")
    closed = moves.probe_ended(held, now, prober="me", trouble=None, open_seconds=30)
    assert closed.is_recovering(now + timedelta(seconds=1801))


async def test_after_its_recovery_one_outage_is_one_of_several_again() -> None:
    clock = ManualClock()
    guard = guard_of(clock)
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    await closed_by_a_probe(guard)
    await clock.advance(61)
    assert await after(guard, OutcomeUnknown("?")) is BreakerState.CLOSED


async def test_it_stays_open_however_long_nobody_probes() -> None:
    clock = ManualClock()
    guard = guard_of(clock)
    await after(guard, *(OutcomeUnknown("?") for _ in range(3)))
    await clock.advance(100_000)
    assert isinstance(await outcome(guard, well), BreakerOpen)


async def test_what_a_gateways_rate_limit_asks_for_is_kept_and_opens_nothing() -> None:
    clock = ManualClock()
    guard = guard_of(clock)
    await outcome(guard, refusing(Throttled("429", retry_after_seconds=7)))
    refusal = await outcome(guard, well)
    assert isinstance(refusal, Throttled)
    assert await outcome(guard, well, CallKind.MONEY) == "well"
    await clock.advance(7)
    assert await outcome(guard, well) == "well"
    assert state(guard) is BreakerState.CLOSED


async def closed_by_a_probe(guard: Guard) -> None:
    breaker = guard.breakers[CallKind.READ]
    now = breaker.entry.next_probe_at
    assert now is not None
    probing = moves.probe_taken(breaker.entry, now, prober="me", lease_seconds=30)
    breaker.adopt(probing)
    closed_at = breaker.entry.since
    breaker.adopt(moves.probe_ended(probing, closed_at, prober="me", trouble=None, open_seconds=30))
