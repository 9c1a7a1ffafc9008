"""The reconciler as it is, over ports that die, stall and fail, and over the orders' own marks."""

import asyncio
from contextlib import AsyncExitStack, suppress
from functools import partial

from payments_common.breakers.entry import CallKind
from payments_common.errors import PaymentsError
from payments_common.process.background import in_background
from payments_common.references import time_ordered_ids
from reconciler.domain.schedule import Rhythm
from reconciler.entrypoints.poller import polling
from reconciler.entrypoints.scouting import scouting
from reconciler.handlers.list_in_turn import Lister
from reconciler.handlers.poll_order import PollTools
from reconciler.handlers.polling import Polling
from reconciler.handlers.reconciling import ListTools, listed_account
from reconciler.handlers.scout import Scout
from reconciler.ports import PollResult, ScoutNotes
from simulation.marked_orders import MarkedOrders, SeenOrders
from simulation.processes import Process
from simulation.services import Estate, bits, guarding_of
from support.boundaries import at_boundaries

CONCURRENCY = 4
IDLE_SECONDS = 15.0
LIST_LOOK_SECONDS = 30.0
LEASE_SECONDS = 60.0


class _Uncounted:
    def polled(self, account: str, result: PollResult) -> None: ...

    def gave_up(self, account: str) -> None: ...

    def listed(self, account: str, count: int = 1) -> None: ...


def run_reconciler(estate: Estate, process: Process) -> "asyncio.Task[None]":
    return process.start(_reconcile(estate, process))


async def _reconcile(estate: Estate, process: Process) -> None:
    clock = estate.clock(process.name)
    broker = estate.connect(process, user="reconciler")
    new_id = time_ordered_ids(clock, random_bits=bits(estate, process))
    guarding = guarding_of(estate, process, clock=clock, new_id=new_id)
    orders = at_boundaries("checked_orders", MarkedOrders(estate.orders), process.reached)
    schedule = at_boundaries("schedule", estate.schedule, process.reached)
    notes = at_boundaries("scout_notes", estate.scout_notes, process.reached)
    rhythms = {name: Rhythm.of(account) for name, account in estate.accounts.items()}
    scout = Scout(
        orders, schedule, notes, clock=clock, rhythms=rhythms, name=estate.chance.name(process.name)
    )
    tools = PollTools(
        orders=orders,
        schedule=schedule,
        gateways=guarding.gateways,
        rhythms=rhythms,
        publisher=estate.sabotage.publisher(broker),
        counts=_Uncounted(),
        clock=clock,
        new_id=new_id,
    )

    def may_ask(account: str) -> bool:
        return guarding.refusal(account, CallKind.READ) is None

    pollings = [
        Polling(name, CONCURRENCY, LEASE_SECONDS, partial(may_ask, name), IDLE_SECONDS)
        for name in estate.accounts
    ]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(broker.crash)
        await guarding.watch.join()
        await stack.enter_async_context(in_background(guarding.watch.run()))
        await stack.enter_async_context(scouting(scout, clock=clock, look_seconds=IDLE_SECONDS))
        await stack.enter_async_context(polling(pollings, tools=tools))
        for lister in _listers(estate, tools, process, notes=notes):
            await stack.enter_async_context(in_background(_list_for_ever(lister)))
        await asyncio.Event().wait()


def _listers(
    estate: Estate, polls: PollTools, process: Process, *, notes: ScoutNotes
) -> list[Lister]:
    tools = ListTools(
        orders=at_boundaries("known_orders", SeenOrders(estate.orders), process.reached),
        discrepancies=at_boundaries("discrepancies", estate.discrepancies, process.reached),
        publisher=polls.publisher,
        counts=_Uncounted(),
        clock=polls.clock,
        new_id=polls.new_id,
    )
    return [
        Lister(
            account=account,
            listed=listed_account(account, estate.accounts, gateway=polls.gateways[name]),
            tools=tools,
            notes=notes,
            holder=polls.new_id(),
        )
        for name, account in estate.accounts.items()
    ]


async def _list_for_ever(lister: Lister) -> None:
    while True:
        with suppress(PaymentsError):
            await lister.list_in_turn()
        await lister.tools.clock.sleep(LIST_LOOK_SECONDS)
