"""Guards, boards and outages for tests, all in virtual time where time matters."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count

from payments_common.breakers.board import BreakerBoard
from payments_common.breakers.board_time import BoardTime
from payments_common.breakers.entry import CallKind
from payments_common.breakers.guard import Guard
from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import OutcomeUnknown
from payments_common.gateways.guarding import Guarding, guard_gateways
from payments_common.gateways.port import Gateway
from support.plain_gateway import PlainGateway

NAME = "tabby-ksa"


def account(name: str = NAME, /, **changes: object) -> Account:
    fields: dict[str, object] = {
        "name": name,
        "gateway": "plain",
        "base_url": "https://gateway.example.com",
        "options": {},
        "credentials": {},
        "webhook_secrets": {},
        "timeout_seconds": 15.0,
        "max_concurrent_calls": 20,
        "calls_per_second": 1000.0,
        "sessions_per_second": 1000.0,
        "breaker_failures": 3,
        "breaker_open_seconds": 30.0,
        **changes,
    }
    return Account.model_validate(fields)


def guard_of(clock: Clock, **changes: object) -> Guard:
    """One without a board: nobody else tells it anything."""
    return Guard(account(**changes), time=BoardTime(clock), on_open=lambda: None)


async def well() -> str:
    return "well"


async def away() -> str:
    raise OutcomeUnknown("no answer")


def refusing(error: Exception) -> Callable[[], Awaitable[str]]:
    async def send() -> str:
        raise error

    return send


async def outcome(
    guard: Guard, send: Callable[[], Awaitable[str]], kind: CallKind = CallKind.READ
) -> str | Exception:
    try:
        return await guard.call(kind, send)
    except Exception as error:  # noqa: BLE001 - it is the answer
        return error


@dataclass
class Process:
    """One process with guarded gateways, and its loop over the board running."""

    guarding: Guarding
    loop: "asyncio.Task[None]"

    @property
    def guard(self) -> Guard:
        return self.guarding.guards[NAME]

    @property
    def gateway(self) -> Gateway:
        return self.guarding.gateways[NAME]

    async def call(self, send: Callable[[], Awaitable[str]] = well) -> str | Exception:
        return await outcome(self.guard, send)

    async def find_outage(self, kind: CallKind = CallKind.READ) -> None:
        for _ in range(3):
            await outcome(self.guard, away, kind)


_names = count(1)


@asynccontextmanager
async def processes(
    number: int,
    board: BreakerBoard,
    *,
    clock: Clock,
    gateway: PlainGateway | None = None,
    **changes: object,
) -> AsyncIterator[list[Process]]:
    """So many over one board and one gateway."""
    plain = {NAME: gateway or PlainGateway(clock)}
    async with AsyncExitStack() as stack:
        running = []
        for _ in range(number):
            guarding = guard_gateways(
                {NAME: account(**changes)},
                plain,
                board=board,
                clock=clock,
                new_id=lambda: f"process-{next(_names)}",
            )
            await guarding.watch.look()
            loop = asyncio.create_task(guarding.watch.run())
            stack.push_async_callback(_ended, loop)
            running.append(Process(guarding, loop))
        for each in running:
            await each.guarding.watch.look()
        yield running


async def _ended(loop: "asyncio.Task[None]") -> None:
    loop.cancel()
    await asyncio.wait([loop])


async def at(seconds: float) -> None:
    """Waits until the loop's time is that."""
    await asyncio.sleep(seconds - asyncio.get_running_loop().time())
