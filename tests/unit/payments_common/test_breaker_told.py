"""What is told of breakers to Prometheus and over HTTP."""

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from payments_common.breakers.entry import CallKind
from payments_common.breakers.memory_board import MemoryBoard
from payments_common.breakers.metrics import tell_breakers
from payments_common.clock import SystemClock
from payments_common.process.breaker_routes import PATH, add_breaker_routes
from support.breaking import NAME, Process, processes

CLOCK = SystemClock()


def metric(process: Process, name: str, kind: CallKind) -> float:
    registry = CollectorRegistry()
    tell_breakers(registry, process.guarding.guards.values(), now=process.guarding.time.now)
    value = registry.get_sample_value(f"payments_breaker_{name}", {"account": NAME, "kind": kind})
    assert value is not None
    return value


async def answered(process: Process | None) -> tuple[int, dict[str, Any]]:
    app = web.Application()
    add_breaker_routes(app, [process.guarding] if process else [])
    async with TestClient(TestServer(app)) as client:
        response = await client.get(PATH)
        return response.status, await response.json()


async def test_a_closed_one_is_0_and_has_no_probe_before_it() -> None:
    async with processes(1, MemoryBoard(CLOCK), clock=CLOCK) as (process,):
        assert metric(process, "state", CallKind.MONEY) == 0
        assert metric(process, "next_probe_timestamp_seconds", CallKind.MONEY) == 0


async def test_an_open_one_is_2_and_says_since_when_how_often_and_what_it_kept_back() -> None:
    async with processes(1, MemoryBoard(CLOCK), clock=CLOCK) as (process,):
        await process.find_outage(CallKind.READ)
        await process.call()
        breaker = process.guard.breakers[CallKind.READ]
        assert metric(process, "state", CallKind.READ) == 2
        assert metric(process, "opened_total", CallKind.READ) == 1
        assert metric(process, "refused_total", CallKind.READ) == 1
        since = metric(process, "since_timestamp_seconds", CallKind.READ)
        assert since == breaker.entry.since.timestamp()
        assert metric(process, "next_probe_timestamp_seconds", CallKind.READ) == since + 30


async def test_one_that_was_stopped_by_hand_is_3_whatever_its_state() -> None:
    board = MemoryBoard(CLOCK)
    async with processes(1, board, clock=CLOCK) as (process,):
        key = process.guard.breakers[CallKind.MONEY].key
        await board.stopped(key, seconds=60, by="nora", reason="maintenance")
        await process.guarding.watch.look()
        assert metric(process, "state", CallKind.MONEY) == 3


async def test_over_http_each_tells_its_state_why_since_when_and_what_comes() -> None:
    async with processes(1, MemoryBoard(CLOCK), clock=CLOCK) as (process,):
        await process.find_outage(CallKind.READ)
        status, body = await answered(process)
        (read,) = [each for each in body["breakers"] if each["kind"] == "read"]
        assert (status, len(body["breakers"]), body["processes"]) == (200, 3, 1)
        assert (read["account"], read["state"], read["reason"]) == (NAME, "open", "no answer")
        assert read["next_probe_at"] > read["since"]


async def test_before_the_gateways_are_open_that_is_said() -> None:
    status, body = await answered(None)
    assert (status, body["code"]) == (503, "starting")
