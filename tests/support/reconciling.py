"""A reconciler beside an orchestrator at work: the same database, the same queues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from payments_common.messaging.memory import MemoryBroker
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import MongoStore
from reconciler.adapters.mongo_checked_orders import MongoCheckedOrders
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_schedule import MongoSchedule
from reconciler.adapters.mongo_scout_notes import MongoScoutNotes
from reconciler.domain.schedule import Rhythm
from reconciler.entrypoints.poller import polling
from reconciler.handlers.poll_order import PollTools
from reconciler.handlers.polling import Polling
from reconciler.handlers.scout import Scout
from support.polled import Counted
from support.world import World

QUICK = Rhythm(
    open=timedelta(seconds=0.1),
    steps=tuple(timedelta(seconds=each) for each in (0.05, 0.2, 0.4)),
)


@dataclass
class Reconciling:
    tools: PollTools
    scout: Scout
    schedule: MongoSchedule
    counted: Counted


@asynccontextmanager
async def reconciling(
    world: World, store: MongoStore, *, rhythm: Rhythm = QUICK, at_once: int = 4
) -> AsyncIterator[Reconciling]:
    """Polls until the end of the block; scouting is the test's to do."""
    await ensure_indexes(store.database, INDEXES)
    orders = MongoCheckedOrders(store.database["orders"])
    schedule = MongoSchedule(store.database["reconciliation"])
    notes = MongoScoutNotes(store.database["reconciliation"])
    clock, counted = world.tools.clock, Counted()
    rhythms = dict.fromkeys(world.gateways, rhythm)
    tools = PollTools(
        orders=orders,
        schedule=schedule,
        gateways=world.gateways,
        rhythms=rhythms,
        publisher=MemoryBroker(clock, queues=world.queues, user="reconciler"),
        counts=counted,
        clock=clock,
        new_id=world.tools.new_id,
    )
    scout = Scout(orders, schedule, notes, clock=clock, rhythms=rhythms, name="scout")
    pollings = [Polling(name, at_once, 60.0, lambda: True) for name in world.gateways]
    async with polling(pollings, tools=tools):
        yield Reconciling(tools, scout, schedule, counted)
