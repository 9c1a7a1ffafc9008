"""The loop: how many at once, in which turns, when nobody is asked, and how it stops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from payments_common.errors import OutcomeUnknown, StoreUnavailable
from payments_common.gateways.port import CallContext
from payments_common.schemas.observations import Observation
from reconciler.domain.entry import Entry
from reconciler.entrypoints.poller import TROUBLE_SECONDS, polling
from reconciler.handlers.poll_order import PollTools
from reconciler.handlers.polling import Polling
from reconciler.ports import Turn
from support.clocks import ManualClock, settle
from support.polled import ACCOUNT, LEASE_SECONDS, Desk, PolledGateway, later, mark, refund_mark


class HeldGateway(PolledGateway):
    """Answers when it is let; `asked` tells for which orders, in their order."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.clock)
        self.let = asyncio.Event()
        self.asked: list[str] = []

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        self.asked.append(context.order_id or "")
        await self.let.wait()
        return await super().get_payment(payment_id, context=context)


class BrokenSchedule:
    """Fails at its first claims, then is the desk's own."""

    def __init__(self, desk: Desk, error: Exception) -> None:
        self._desk = desk
        self._error: Exception | None = error
        self.claims = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._desk.schedule, name)

    async def claim(
        self, account: str, *, now: datetime, lease_seconds: float, turn: Turn
    ) -> Entry | None:
        self.claims += 1
        if (error := self._error) is not None:
            self._error = None
            raise error
        return await self._desk.schedule.claim(
            account, now=now, lease_seconds=lease_seconds, turn=turn
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def held(desk: Desk) -> HeldGateway:
    return HeldGateway(desk)


@asynccontextmanager
async def polled(
    tools: PollTools,
    *,
    at_once: int = 2,
    may_ask: Callable[[], bool] = lambda: True,
    drain_seconds: float = 5.0,
) -> AsyncIterator[None]:
    each = Polling(ACCOUNT, at_once, LEASE_SECONDS, may_ask)
    async with polling([each], tools=tools, drain_seconds=drain_seconds):
        await settle()
        yield


def orders(count: int) -> list[str]:
    return [f"order-{k}" for k in range(count)]


async def test_so_many_are_asked_about_at_once_and_no_more(desk: Desk, held: HeldGateway) -> None:
    await desk.marked(*(mark(each) for each in orders(5)))
    async with polled(desk.tools(held)):
        assert len(held.asked) == 2
        held.let.set()
        await settle()
        assert len(held.asked) == 5


async def test_a_new_order_and_the_oldest_of_a_backlog_are_asked_about_in_turn(
    desk: Desk, held: HeldGateway
) -> None:
    for k, each in enumerate(orders(10)):
        await desk.marked(mark(each), due_at=later(k))
    await desk.clock.advance(100)
    async with polled(desk.tools(held), at_once=4):
        assert held.asked == ["order-0", "order-9", "order-1", "order-8"]
        held.let.set()


async def test_nobody_is_asked_while_a_breaker_is_open(desk: Desk) -> None:
    may = False
    await desk.marked(mark())
    async with polled(desk.tools(), may_ask=lambda: may):
        await desk.clock.advance(60)
        assert desk.gateway.calls == []
        assert desk.entry().lease_number == 1
        may = True
        await desk.clock.advance(1)
        assert len(desk.gateway.calls) == 1


async def test_what_becomes_due_is_asked_about_without_anybody_saying_so(desk: Desk) -> None:
    await desk.marked(mark(), due_at=later(30))
    async with polled(desk.tools()):
        await desk.clock.advance(29)
        assert desk.gateway.calls == []
        await desk.clock.advance(2)
        assert len(desk.gateway.calls) == 1


@pytest.mark.parametrize("error", [StoreUnavailable("away"), RuntimeError("a mistake")])
async def test_no_error_of_a_claim_ends_the_loop(desk: Desk, error: Exception) -> None:
    await desk.marked(mark())
    schedule = BrokenSchedule(desk, error)
    async with polled(desk.tools(schedule=schedule)):
        assert desk.gateway.calls == []
        await desk.clock.advance(TROUBLE_SECONDS + 1)
        assert len(desk.gateway.calls) == 1


async def test_while_the_database_is_away_it_is_not_hammered(desk: Desk) -> None:
    schedule = BrokenSchedule(desk, StoreUnavailable("away"))
    async with polled(desk.tools(schedule=schedule)):
        await desk.clock.advance(TROUBLE_SECONDS - 1)
        assert schedule.claims == 1


async def test_one_order_that_breaks_the_poll_is_put_off_and_others_go_on(desk: Desk) -> None:
    class Breaking(PolledGateway):
        async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
            if context.order_id == "order-0":
                raise RuntimeError("a mistake of ours")
            return await super().get_payment(payment_id, context=context)

    await desk.marked(*(mark(each) for each in orders(3)))
    async with polled(desk.tools(Breaking(desk.clock)), at_once=1):
        assert len(desk.told()) == 2
        assert (desk.entry("order-0").failures, desk.entry("order-0").asked_count) == (1, 0)


async def test_told_to_stop_it_finishes_what_it_has_begun_and_begins_no_more(
    desk: Desk, held: HeldGateway
) -> None:
    await desk.marked(*(refund_mark(each) for each in orders(5)))
    running = polled(desk.tools(held))
    await running.__aenter__()
    stopping = asyncio.create_task(running.__aexit__(None, None, None))
    await settle()
    assert not stopping.done()
    held.let.set()
    await stopping
    assert (len(held.asked), len(desk.told())) == (2, 2)


async def test_what_takes_too_long_at_the_end_is_given_back_for_others(
    desk: Desk, held: HeldGateway
) -> None:
    await desk.marked(mark())
    async with polled(desk.tools(held), drain_seconds=0.01):
        assert len(held.asked) == 1
    assert desk.told() == []
    assert (await desk.claim()).due_at == later(0)


async def test_two_reconcilers_ask_about_each_order_once(desk: Desk) -> None:
    await desk.marked(*(mark(each) for each in orders(20)))
    async with polled(desk.tools(), at_once=3), polled(desk.tools(), at_once=3):
        await settle()
    assert desk.gateway.called("get_payment") == 20


async def test_two_whose_clocks_differ_by_seconds_ask_about_each_order_once(desk: Desk) -> None:
    ahead = ManualClock(later(20))
    await desk.marked(*(mark(each) for each in orders(20)), due_at=later(10))
    async with polled(desk.tools()), polled(desk.tools(clock=ahead)):
        for _ in range(60):
            await desk.clock.advance(1)
            await ahead.advance(1)
    assert desk.gateway.called("get_payment") == 20


async def test_an_outage_costs_no_step_and_ends_in_an_answer(desk: Desk) -> None:
    desk.gateway.trouble = OutcomeUnknown("answered 503")
    await desk.marked(refund_mark(since=later(-10)))
    async with polled(desk.tools()):
        await desk.clock.advance(600)
        assert (desk.entry().asked_count, desk.told()) == (0, [])
        desk.gateway.trouble = None
        await desk.clock.advance(20)
        assert desk.entry().asked_count == 1
        assert len(desk.told()) == 1
