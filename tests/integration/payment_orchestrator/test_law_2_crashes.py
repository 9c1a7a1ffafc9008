"""Law 2 and 3: what was committed is carried out although the process died in between."""

import asyncio
from datetime import timedelta

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.outbox_relay import GRACE, OutboxRelay
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.topology import QUEUE_RECENT_EVENTS
from payments_common.schemas.replies import Outcome
from support.builders import CAPABILITIES, NOW, capture, change_of, facts, later
from support.builders import observation as observation_of
from support.builders import order as new
from support.eventually import eventually
from support.world import SteppingClock, World, world


async def effects(here: World, reference: str) -> int:
    """How many captures the gateway made under this reference."""
    order = await here.order()
    account = await here.sandbox.account(order.payments[0].payment_id)
    return sum(
        e["kind"] == "captured" and e["reference_id"] == reference for e in account["entries"]
    )


async def is_asked(here: World, command_id: str) -> bool:
    """Whether the operation was marked as sent."""
    operation = (await here.order()).operation(command_id)
    return operation is not None and operation.attempt_count > 0


async def test_law_3_a_process_that_dies_while_it_waits_for_the_gateway_captures_once() -> None:
    async with world() as here:
        await here.authorized()
        await here.fault("capture", "hang", phase="after")
        sending = asyncio.create_task(here.send(capture(amount_minor=9000), command_id="dies"))
        await eventually(lambda: is_asked(here, "dies"))
        await here.crash_and_restart()
        answer = await sending
        assert answer.outcome is Outcome.SUCCEEDED
        assert await effects(here, "dies") == 1
        await here.agrees()


async def test_a_process_that_dies_before_the_gateway_heard_of_it_captures_after_all() -> None:
    async with world() as here:
        await here.authorized()
        await here.fault("capture", "hang", phase="before")
        sending = asyncio.create_task(here.send(capture(amount_minor=9000), command_id="dies"))
        await eventually(lambda: is_asked(here, "dies"))
        await here.crash_and_restart()
        assert (await sending).outcome is Outcome.SUCCEEDED
        assert await effects(here, "dies") == 1
        await here.agrees()


async def test_messages_of_a_connection_that_was_lost_come_again_and_change_nothing() -> None:
    async with world() as here:
        await here.authorized()
        for number in range(5):
            answer = asyncio.create_task(
                here.send(capture(amount_minor=100), command_id=f"capture-{number}")
            )
            here.broker.interrupt()
            assert (await answer).outcome is Outcome.SUCCEEDED
        assert (await here.ledger(await here.order()))["captured"] == 500
        await here.agrees()


async def test_what_a_dead_process_committed_and_did_not_publish_is_published_by_another() -> None:
    clock, orders = SteppingClock(), MemoryOrders()
    order = new()
    await orders.insert(begin_new(order, now=NOW, new_id=lambda: "id"))
    stored = await orders.get(order.order_id)
    assert stored is not None
    change = observe(change_of(stored), observation_of(facts(authorized=15000)))
    await orders.save(finish(change, CAPABILITIES))
    broker = MemoryBroker(clock)
    relay = OutboxRelay(orders, broker, clock)
    assert await relay.sweep_once() == 0
    await clock.sleep((GRACE + timedelta(seconds=1)).total_seconds())
    assert await relay.sweep_once() == 1
    assert len(broker.queued(QUEUE_RECENT_EVENTS)) == 1
    assert await relay.sweep_once() == 0
    await broker.close()


async def test_a_broker_that_is_away_keeps_the_messages_in_the_outbox() -> None:
    clock, orders = SteppingClock(), MemoryOrders()
    order = new()
    await orders.insert(begin_new(order, now=NOW, new_id=lambda: "id"))
    stored = await orders.get(order.order_id)
    assert stored is not None
    done = finish(observe(change_of(stored), observation_of(facts(authorized=1))), CAPABILITIES)
    await orders.save(done)
    broker = MemoryBroker(clock)
    await broker.close()
    await OutboxRelay(orders, broker, clock).deliver(order.order_id, done.messages)
    waiting = orders.undelivered(committed_before=later(1), limit=9)
    assert [order_id async for order_id, _ in waiting] == [order.order_id]
