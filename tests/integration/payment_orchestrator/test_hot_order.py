"""Many messages about one order in one process: how much is done in vain, and who has to wait."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.domain.change import Change, begin_new
from payment_orchestrator.domain.order import Order
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.do_work import receive_work_due
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import LostRace
from payments_common.schemas.envelope import Envelope, wrap
from payments_common.schemas.work import OrderWorkDue
from support.builders import NOW, order
from support.eventually import eventually
from support.world import world

MANY = 50


class CountingOrders(MemoryOrders):
    """Gives others the floor in each call, as a database does, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0
        self.lost = 0

    async def get(self, order_id: str) -> Order | None:
        self.loads += 1
        await asyncio.sleep(0)
        return await super().get(order_id)

    async def save(self, change: Change) -> None:
        await asyncio.sleep(0)
        try:
            await super().save(change)
        except LostRace:
            self.lost += 1
            raise


@dataclass
class Hot:
    """One order, and the tools of one process that changes it."""

    orders: CountingOrders
    tools: Toolbox
    order_id: str

    def work_due(self) -> Envelope:
        work = OrderWorkDue(order_id=self.order_id)
        return wrap(work, type_=work.TYPE, id_=self.tools.new_id(), source="test", time=NOW)


@pytest.fixture
async def hot() -> AsyncIterator[Hot]:
    orders = CountingOrders()
    one = order()
    await orders.insert(begin_new(one, now=NOW, new_id=lambda: "id"))
    async with world() as here:
        yield Hot(orders, replace(here.tools, orders=orders), one.order_id)


async def test_law_8_many_changes_at_once_in_one_process_are_all_made_and_lose_no_race(
    hot: Hot,
) -> None:
    def noting(number: int) -> asyncio.Future[Order]:
        return asyncio.ensure_future(
            change_order(
                hot.order_id, lambda change: change.told("note", f"{number}"), tools=hot.tools
            )
        )

    await asyncio.gather(*(noting(number) for number in range(MANY)))
    notes = [e.text for e in await hot.orders.history(hot.order_id) if e.kind == "note"]
    assert (sorted(notes, key=int), hot.orders.lost) == ([str(n) for n in range(MANY)], 0)


async def test_of_many_messages_about_an_order_that_is_worked_on_only_one_waits(hot: Hot) -> None:
    """The places that a process has for messages are other orders' places too."""
    async with hot.tools.turns.of(hot.order_id):
        handling = [
            asyncio.create_task(receive_work_due(hot.work_due(), tools=hot.tools))
            for _ in range(MANY)
        ]
        await eventually(lambda: sum(each.done() for each in handling) == MANY - 1)
        assert hot.orders.loads == 0
    await asyncio.gather(*handling)
    assert hot.orders.loads > 0
