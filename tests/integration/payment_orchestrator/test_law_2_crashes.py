"""Law 2 and 3: what was committed is carried out although the process died in between."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.outbox_relay import GRACE, REPLY_KEPT, OutboxRelay
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import OperationKind, Order, ReadBack, ReplyAddress
from payment_orchestrator.domain.requests import request
from payment_orchestrator.handlers.do_work import do_work, receive_work_due
from payment_orchestrator.handlers.submit_operation import call_gateway, submit_operation
from payment_orchestrator.handlers.turns import Turns
from payments_common.errors import BrokerUnavailable, NotSent, TryLater
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.port import Outgoing
from payments_common.messaging.topology import QUEUE_RECENT_EVENTS
from payments_common.schemas.envelope import wrap
from payments_common.schemas.replies import Answer, Outcome
from payments_common.schemas.work import OrderWorkDue
from support.builders import CAPABILITIES, NOW, asked, capture, change_of, facts, later
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


async def test_a_reply_queue_that_takes_nothing_keeps_no_event_waiting() -> None:
    clock, orders = SteppingClock(), MemoryOrders()
    await orders.insert(begin_new(new(), now=NOW, new_id=lambda: "id"))
    stored = await orders.get("order-1")
    assert stored is not None
    address = ReplyAddress(queue="payments.reply.full", correlation_id="1")
    answer = Answer(command_id="1", outcome=Outcome.SUCCEEDED)
    change = change_of(stored).answered(answer, (address,))
    done = finish(observe(change, observation_of(facts(authorized=15000))), CAPABILITIES)
    await orders.save(done)
    broker = MemoryBroker(clock)
    relay = OutboxRelay(orders, _RefusesReplies(broker), clock)
    await relay.deliver("order-1", done.messages)
    assert len(broker.queued(QUEUE_RECENT_EVENTS)) == 1
    await clock.sleep((REPLY_KEPT + timedelta(seconds=1)).total_seconds())
    await relay.sweep_once()
    left = orders.undelivered(committed_before=clock.now(), limit=9)
    assert [order_id async for order_id, _ in left] == []
    await broker.close()


class _RefusesReplies:
    """As RabbitMQ does for a caller whose queue is full."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    async def publish(self, outgoing: Outgoing) -> None:
        if not outgoing.exchange:
            raise BrokerUnavailable("the queue is full")
        await self._broker.publish(outgoing)


async def test_an_account_that_was_missing_for_a_while_leaves_no_order_behind() -> None:
    async with world() as here:
        await here.authorized()
        account = here.gateways.pop("tabby-ksa")
        work = OrderWorkDue(order_id=(await here.order()).order_id)
        with pytest.raises(TryLater):
            await receive_work_due(
                wrap(work, type_=work.TYPE, id_="w", source="test", time=here.tools.clock.now()),
                tools=here.tools,
            )
        here.gateways["tabby-ksa"] = account


async def test_work_that_became_due_while_the_work_was_closed_is_done() -> None:
    """The clock moves between the last look and the last write."""
    async with world() as here:
        order = await here.authorized()
        due_at = here.tools.clock.now() + timedelta(seconds=2)
        read = ReadBack(payment_id=order.payments[0].payment_id, number=1, not_before=due_at)
        change = change_of(await here.order(), now=here.tools.clock.now())
        with_read = change.order.with_read(read).model_copy(update={"reads_wanted": 1})
        await here.tools.orders.save(change.with_order(with_read))
        late = replace(here.tools, clock=_TwoTimes(due_at - timedelta(milliseconds=1), due_at))
        await do_work(order.order_id, timer_at=None, tools=late)

        async def read_is_done() -> bool:
            return (await here.order()).reads == ()

        await eventually(read_is_done)


class _TwoTimes(SteppingClock):
    def __init__(self, first: datetime, then: datetime) -> None:
        super().__init__()
        self._times = [first, then]

    def now(self) -> datetime:
        return self._times.pop(0) if len(self._times) > 1 else self._times[0]


async def test_law_3_of_two_processes_at_the_same_operation_one_sends_it() -> None:
    async with world() as here:
        await here.authorized()
        order = requested_in(await here.order())
        await here.tools.orders.save(change_of(order))
        (operation,) = order.operations
        other = replace(here.tools, turns=Turns())
        await asyncio.gather(
            *(
                submit_operation(order.order_id, operation.operation_id, tools=tools)
                for tools in (here.tools, other)
            )
        )
        sent = [call for call in here.api_calls.calls if call.operation == "capture"]
        assert len(sent) == 1


async def test_law_3_a_slow_commit_leaves_the_call_no_time_beyond_its_lease() -> None:
    """Otherwise another process asks and sends again while the first call is still under way."""
    async with world() as here:
        await here.authorized()
        order = requested_in(await here.order())
        operation = order.operations[0].model_copy(
            update={"lease_until": here.tools.clock.now() + timedelta(seconds=1)}
        )
        result = await call_gateway(order, operation, tools=here.tools)
        assert isinstance(result, NotSent)
        assert await effects(here, operation.reference) == 0


def requested_in(order: Order) -> Order:
    what = replace(asked(OperationKind.CAPTURE, 100), payment_id=order.payments[0].payment_id)
    return request(change_of(order), what, CAPABILITIES).order
