"""Breakers that processes share over a real MongoDB, in real time."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from local_stack.stack import StackUrls
from payments_common.breakers.entry import BreakerState, CallKind
from payments_common.clock import SystemClock
from payments_common.errors import BreakerOpen
from payments_common.gateways.port import CallContext
from payments_common.schemas.observations import PaymentFacts
from payments_common.storage.mongo_breaker_board import MongoBreakerBoard
from payments_common.storage.mongo_store import MongoStore
from support.breaking import Process, processes
from support.eventually import eventually
from support.mongo import fresh_store
from support.plain_gateway import PlainGateway
from support.proxy import FaultyProxy

CLOCK = SystemClock()


@pytest.fixture
async def board(stack: StackUrls) -> AsyncIterator[MongoBreakerBoard]:
    async with fresh_store(stack.mongodb_url) as store:
        yield MongoBreakerBoard(store.database["breakers"])


def state(process: Process) -> BreakerState:
    return process.guard.breakers[CallKind.READ].entry.state


async def test_all_replicas_learn_of_an_open_breaker_within_a_second(
    board: MongoBreakerBoard,
) -> None:
    async with processes(3, board, clock=CLOCK) as running:
        await running[0].find_outage()
        began = asyncio.get_running_loop().time()
        await eventually(lambda: all(state(each) is BreakerState.OPEN for each in running))
        assert asyncio.get_running_loop().time() - began < 1.0
        assert isinstance(await running[2].call(), BreakerOpen)


async def test_one_replica_probes_and_all_learn_that_the_gateway_is_well(
    board: MongoBreakerBoard,
) -> None:
    gateway = PlainGateway(CLOCK, seconds=0.5)
    shared = processes(3, board, clock=CLOCK, gateway=gateway, breaker_open_seconds=0.5)
    async with shared as running:
        for each in running:
            await each.find_outage()
        await eventually(lambda: all(state(each) is BreakerState.OPEN for each in running))
        await eventually(lambda: all(state(each) is BreakerState.CLOSED for each in running))
        assert gateway.called("check_access") == 1


async def test_three_replicas_together_keep_to_the_accounts_rate(
    board: MongoBreakerBoard,
) -> None:
    gateway = PlainGateway(CLOCK, facts={"payment-1": PaymentFacts()})
    shared = processes(3, board, clock=CLOCK, gateway=gateway, calls_per_second=30)
    async with shared as running:
        until = CLOCK.monotonic_seconds() + 4
        await asyncio.gather(*(calling(each, until) for each in running for _ in range(10)))
    times = [time for time, _ in gateway.calls]
    most = max(bisect_right(times, begin + 1.0) - n for n, begin in enumerate(times))
    assert most <= 30
    assert len(times) > 4 * 30 * 0.6


async def calling(process: Process, until: float) -> None:
    while CLOCK.monotonic_seconds() < until:
        await process.gateway.get_payment("payment-1", context=CallContext())


async def test_a_board_that_cannot_be_reached_stops_nothing(stack: StackUrls) -> None:
    server = urlsplit(stack.mongodb_url)
    assert server.hostname is not None
    async with FaultyProxy(server.hostname, server.port or 27017) as proxy:
        url = f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true"
        store = MongoStore(url, "breakers_behind_a_proxy")
        board = MongoBreakerBoard(store.database["breakers"])
        async with processes(1, board, clock=CLOCK) as (process,):
            proxy.blackhole()
            began = CLOCK.monotonic_seconds()
            await process.find_outage()
            assert isinstance(await process.call(), BreakerOpen)
            assert CLOCK.monotonic_seconds() - began < 0.5
        store.close()
