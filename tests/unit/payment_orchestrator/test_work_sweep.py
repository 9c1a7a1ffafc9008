from datetime import timedelta

import pytest

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.work_sweep import NEGLECTED, WorkSweep
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.order import OperationKind
from payments_common.errors import BrokerUnavailable
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.topology import QUEUE_OPERATIONS
from support.builders import NOW, authorized, requested
from support.world import SteppingClock


async def neglected(clock: SteppingClock) -> MemoryOrders:
    """An order with a capture to be sent, of which no message tells any more."""
    orders = MemoryOrders()
    order = requested(authorized(), OperationKind.CAPTURE, 9000)
    await orders.insert(begin_new(order, now=NOW, new_id=lambda: "id"))
    await clock.sleep((clock.now() - NOW + NEGLECTED + timedelta(seconds=1)).total_seconds())
    return orders


def sweep_of(orders: MemoryOrders, broker: MemoryBroker, clock: SteppingClock) -> WorkSweep:
    return WorkSweep(orders, broker, clock, lambda: "id")


async def test_work_whose_message_is_gone_is_announced_once() -> None:
    clock = SteppingClock(NOW)
    orders, broker = await neglected(clock), MemoryBroker(clock)
    sweep = sweep_of(orders, broker, clock)
    assert [await sweep.sweep_once(), await sweep.sweep_once()] == [1, 0]
    assert len(broker.queued(QUEUE_OPERATIONS)) == 1
    await broker.close()


async def test_an_announcement_that_the_broker_did_not_take_is_made_later() -> None:
    clock = SteppingClock(NOW)
    orders, broker = await neglected(clock), MemoryBroker(clock)
    await broker.close()
    with pytest.raises(BrokerUnavailable):
        await sweep_of(orders, broker, clock).sweep_once()
    await clock.sleep(4 * NEGLECTED.total_seconds())
    broker = MemoryBroker(clock)
    assert await sweep_of(orders, broker, clock).sweep_once() == 1
    await broker.close()
