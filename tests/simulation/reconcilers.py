"""The reconciler as it is, over ports that die, stall and fail, and over the orders' own marks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from payment_orchestrator.domain.order import Order
from payments_common.breakers.entry import CallKind
from payments_common.process.background import in_background
from payments_common.references import time_ordered_ids
from reconciler.domain.mark import Mark
from reconciler.domain.schedule import Rhythm
from reconciler.entrypoints.poller import polling
from reconciler.entrypoints.scouting import scouting
from reconciler.handlers.poll_order import PollTools
from reconciler.handlers.polling import Polling
from reconciler.handlers.scout import Scout
from reconciler.ports import PollResult
from simulation.processes import Process
from simulation.services import Estate, bits, guarding_of
from simulation.watched_stores import WatchedOrders
from support.boundaries import at_boundaries

CONCURRENCY = 4
IDLE_SECONDS = 5.0
LEASE_SECONDS = 60.0


class MarkedOrders:
    """What the reconciler may see of the orders."""

    def __init__(self, orders: WatchedOrders) -> None:
        self._orders = orders

    async def marked(
        self, *, since: datetime | None, at_once: int
    ) -> AsyncIterator[Sequence[Mark]]:
        marks = [mark for order in self._orders.all() if (mark := mark_on(order))]
        found = [m for m in marks if since is None or m.marked_at >= since]
        found.sort(key=lambda mark: mark.marked_at)
        for start in range(0, len(found), at_once):
            yield found[start : start + at_once]

    async def mark_of(self, order_id: str) -> Mark | None:
        order = await self._orders.get(order_id)
        return mark_on(order) if order else None


def mark_on(order: Order) -> Mark | None:
    check = order.check
    if check is None:
        return None
    return Mark(
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        since=check.since,
        expires_at=check.expires_at,
        payment_ids=check.payment_ids,
        why=check.why,
        marked_at=check.marked_at,
    )


class _Uncounted:
    def polled(self, account: str, result: PollResult) -> None: ...

    def gave_up(self, account: str) -> None: ...


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
        publisher=broker,
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
        await stack.enter_async_context(scouting(scout, clock=clock))
        await stack.enter_async_context(polling(pollings, tools=tools))
        await asyncio.Event().wait()
