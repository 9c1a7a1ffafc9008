"""What goes wrong between RabbitMQ and a consumer, each on the real server."""

import asyncio

import pytest

from payments_common.errors import OperationRefused, TryLater
from payments_common.messaging import topology
from payments_common.messaging.batches import handle_each
from payments_common.messaging.port import Delivery
from payments_common.schemas.envelope import BATCH_CONTENT_TYPE, CONTENT_TYPE, Envelope
from support.eventually import eventually
from support.messages import RecordingHandler, SlowStep, failing
from support.rabbit import RabbitProbe, connected, proxied
from support.rabbit_traps import COMMAND, has

DELAY_1 = topology.delay_queue(topology.QUEUE_COMMANDS, 1)


async def unheard(_: Envelope, __: Delivery) -> None:
    pytest.fail("there is no envelope to handle")


async def test_a_handler_outlives_the_connection_that_brought_its_message(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    step = SlowStep()
    async with proxied(rabbitmq_url) as (proxy, url), connected(url) as broker:
        await broker.subscribe(topology.QUEUE_COMMANDS, step)
        await broker.publish(COMMAND)
        await step.started.wait()
        proxy.reset()
        await eventually(lambda: not broker.healthy)
        assert step.running == 1
        step.released.set()
        await eventually(lambda: step.finished == 2)
        assert step.most_at_once == 1
    assert await probe.count(topology.QUEUE_COMMANDS) == 0


async def test_a_consumer_resumes_after_a_connection_reset(rabbitmq_url: str) -> None:
    handler = RecordingHandler()
    async with proxied(rabbitmq_url) as (proxy, url), connected(url) as broker:
        await broker.subscribe(topology.QUEUE_COMMANDS, handler)
        for _ in range(2):
            proxy.reset()
            await eventually(lambda: not broker.healthy)
            await eventually(lambda: broker.healthy)
        await broker.publish(COMMAND)
        assert (await handler.next_delivery()).attempt == 1


async def test_a_consumer_resumes_after_its_queue_was_deleted_and_declared_again(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    handler = RecordingHandler()
    async with connected(rabbitmq_url) as broker:
        await broker.subscribe(topology.QUEUE_COMMANDS, handler)
        underlay = await probe.channel.get_underlay_channel()
        await underlay.queue_delete(topology.QUEUE_COMMANDS)
        await eventually(lambda: not broker.healthy)
        await broker.declare_topology()
        await eventually(lambda: broker.healthy)
        await broker.publish(COMMAND)
        await handler.next_delivery()


async def test_a_poison_message_becomes_a_dead_letter_after_the_delivery_limit(
    probe: RabbitProbe,
) -> None:
    await probe.put(topology.QUEUE_COMMANDS, b"poison")
    queue = await probe.channel.get_queue(topology.QUEUE_COMMANDS, ensure=False)
    deliveries = 0
    while (message := await queue.get(fail=False)) is not None:
        deliveries += 1
        await message.nack(requeue=True)
    await has(probe, topology.QUEUE_DEAD_LETTERS)
    (letter,) = await probe.take_all(topology.QUEUE_DEAD_LETTERS)
    assert (letter.body, deliveries) == (b"poison", topology.DELIVERY_LIMIT + 1)
    assert letter.headers["x-first-death-reason"] == "delivery_limit"
    assert letter.headers["x-first-death-queue"] == topology.QUEUE_COMMANDS


async def test_a_message_may_be_looked_at_in_the_dead_letters_any_number_of_times(
    probe: RabbitProbe,
) -> None:
    await probe.put(topology.QUEUE_DEAD_LETTERS, b"poison")
    queue = await probe.channel.get_queue(topology.QUEUE_DEAD_LETTERS, ensure=False)
    for _ in range(topology.DELIVERY_LIMIT * 3):
        message = await queue.get()
        await message.nack(requeue=True)
    await has(probe, topology.QUEUE_DEAD_LETTERS)


async def test_closing_the_broker_lets_the_handler_finish(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    step = SlowStep()
    async with connected(rabbitmq_url) as broker:
        await broker.subscribe(topology.QUEUE_COMMANDS, step)
        await broker.publish(COMMAND)
        await step.started.wait()
        closing = asyncio.create_task(broker.close())
        step.released.set()
        await closing
    assert step.finished == 1
    assert await probe.count(topology.QUEUE_COMMANDS) == 0


async def test_a_handler_that_takes_too_long_is_cut_off_and_its_message_stays(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    step = SlowStep()
    async with connected(rabbitmq_url, drain_seconds=0.1) as broker:
        subscription = await broker.subscribe(topology.QUEUE_COMMANDS, step)
        await broker.publish(COMMAND)
        await step.started.wait()
        await subscription.drain()
    assert (step.running, step.finished) == (0, 0)
    await has(probe, topology.QUEUE_COMMANDS)


async def test_a_retry_waits_in_its_delay_queue(rabbitmq_url: str, probe: RabbitProbe) -> None:
    handler = RecordingHandler(failing(TryLater("busy")))
    async with connected(rabbitmq_url) as broker:
        await broker.subscribe(topology.QUEUE_COMMANDS, handler)
        await broker.publish(COMMAND)
        await has(probe, DELAY_1)
        assert len(handler.deliveries) == 1
        await handler.next_delivery()
        assert (await handler.next_delivery()).attempt == 2


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"\xff\xfe", CONTENT_TYPE, "invalid_json"),
        (b"{", BATCH_CONTENT_TYPE, "invalid_json"),
        (b"{}", BATCH_CONTENT_TYPE, "invalid_message"),
        (b"{}", None, "invalid_message"),
        (b"", CONTENT_TYPE, "invalid_json"),
    ],
)
async def test_bytes_that_nobody_can_read_become_a_dead_letter_as_they_are(
    rabbitmq_url: str, probe: RabbitProbe, body: bytes, content_type: str | None, code: str
) -> None:
    async with connected(rabbitmq_url) as broker:
        await broker.subscribe(topology.QUEUE_COMMANDS, handle_each(unheard))
        await probe.put(topology.QUEUE_COMMANDS, body, content_type=content_type)
        await has(probe, topology.QUEUE_DEAD_LETTERS)
    (letter,) = await probe.take_all(topology.QUEUE_DEAD_LETTERS)
    assert (letter.body, letter.headers["x-payments-code"]) == (body, code)


async def test_messages_and_dead_letters_are_persistent(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    handler = RecordingHandler(failing(OperationRefused("no")))
    async with connected(rabbitmq_url) as broker:
        await broker.publish(COMMAND)
        (sent,) = await probe.take_all(topology.QUEUE_COMMANDS)
        await broker.subscribe(topology.QUEUE_COMMANDS, handler)
        await broker.publish(COMMAND)
        await has(probe, topology.QUEUE_DEAD_LETTERS)
    (letter,) = await probe.take_all(topology.QUEUE_DEAD_LETTERS)
    assert (sent.persistent, letter.persistent) == (True, True)
