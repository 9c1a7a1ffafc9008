"""A simulated process: its tasks die with it, and a dead process touches nothing any more."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from payments_common.errors import BrokerUnavailable, PublishUnknown, StoreUnavailable
from simulation.chance import Chance

CURRENT: ContextVar["Process | None"] = ContextVar("CURRENT", default=None)
Result = TypeVar("Result")

DIES = 0.0035
STORE_FAILS = 0.006
BROKER_FAILS = 0.006
STALLS = 0.004
LINGERS = 0.35
DATABASE = "the database"
BROKER = "the broker"
STORES = frozenset(
    {
        "orders",
        "commands",
        "webhook_events",
        "api_calls",
        "breakers",
        "checked_orders",
        "schedule",
        "scout_notes",
        "known_orders",
        "discrepancies",
    }
)
LONGEST_STALL_SECONDS = 60.0


@dataclass(eq=False, slots=True)
class Process:
    name: str
    chance: Chance
    is_alive: bool = True
    died: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: dict[asyncio.Task[Any], None] = field(default_factory=dict)

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """A task of this process, as are all that it starts."""
        return asyncio.create_task(work, context=self._context())

    def adopt(self) -> None:
        """The running task becomes this process' own, whoever has begun it."""
        task = asyncio.current_task()
        CURRENT.set(self)
        if task is not None:
            self.tasks[task] = None
            task.add_done_callback(self.forget)
        self._still_alive()

    def _context(self) -> Context:
        context = copy_context()
        context.run(CURRENT.set, self)
        return context

    def forget(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)

    def kill(self) -> None:
        """As SIGKILL does: no further step of any of its tasks has an effect; oldest first."""
        self.is_alive = False
        for task in list(self.tasks):
            task.cancel()
        self.died.set()

    async def reached(self, point: str) -> None:
        """A boundary: here others get their turn, and here things go wrong."""
        self._still_alive()
        name = self.chance.name(f"{self.name}|{point}")
        await self._linger(name)
        self._still_alive()
        if self.chance.strikes(f"{name}|dies", DIES):
            self.chance.tell(f"{self.name} dies at {point}", name=f"{name}|dies")
            self.kill()
            await asyncio.sleep(0)
        _fail(self.chance, name, point)

    def _still_alive(self) -> None:
        if not self.is_alive:
            raise asyncio.CancelledError

    async def lingers(self, point: str) -> None:
        """A read: here others get their turn."""
        self._still_alive()
        if DATABASE in self.chance.away:
            raise StoreUnavailable("simulated: it is away")
        await self._linger(self.chance.name(f"{self.name}|{point}"))
        self._still_alive()

    async def _linger(self, name: str) -> None:
        stalled = f"{name}|stalls"
        if self.chance.strikes(stalled, STALLS):
            seconds = self.chance.draw(f"{stalled}|long") * LONGEST_STALL_SECONDS
            self.chance.tell(f"{name} stalls for {seconds:.1f} s", name=stalled)
            await asyncio.sleep(seconds)
            return
        draw = self.chance.draw(f"{name}|lingers")
        await asyncio.sleep(0.2 * draw if draw < LINGERS else 0)


def _fail(chance: Chance, name: str, point: str) -> None:
    port, _, side = point.partition(":")
    port, failed = port.partition(".")[0], f"{name}|fails"
    if port == "broker":
        if BROKER in chance.away:
            raise BrokerUnavailable("simulated: it is away")
        if chance.strikes(failed, BROKER_FAILS):
            chance.tell(f"the broker fails {name}", name=failed)
            if side == "before":
                raise BrokerUnavailable("simulated: the connection is gone")
            raise PublishUnknown("simulated: the confirm is lost")
    elif port in STORES:
        if DATABASE in chance.away:
            raise StoreUnavailable("simulated: it is away")
        if chance.strikes(failed, STORE_FAILS):
            chance.tell(f"the database fails {name}", name=failed)
            raise StoreUnavailable("simulated: no primary")


def tracked(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    """A task factory: each task is known to the process in whose name it runs."""
    task = asyncio.Task(work, loop=loop, **options)
    context = options.get("context")
    process = context.get(CURRENT) if context is not None else CURRENT.get()
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(process.forget)
        if not process.is_alive:
            task.cancel()
    return task


def outside() -> Context:
    """A context in no process' name: what runs in it outlives whoever began it."""
    context = copy_context()
    context.run(CURRENT.set, None)
    return context
