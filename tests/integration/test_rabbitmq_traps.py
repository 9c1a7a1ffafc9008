"""What goes wrong between a client and RabbitMQ, each on the real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from yarl import URL

from payments_common.clock import SystemClock
from payments_common.errors import (
    BrokerUnavailable,
    Misconfigured,
    OperationRefused,
    PublishUnknown,
    TryLater,
    Unroutable,
)
from payments_common.messaging import topology
from payments_common.messaging.batches import handle_each
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.schemas.envelope import BATCH_CONTENT_TYPE, CONTENT_TYPE, Envelope
from support.eventually import eventually
from support.messages import RecordingHandler, SlowStep, envelope, failing
from support.rabbit import RabbitProbe, connected, proxied, rabbit_probe

COMMAND = Outgoing(topology.COMMANDS, "capture_payment", [envelope()])
DELAY_1 = topology.delay_queue(topology.QUEUE_COMMANDS, 1)


@pytest.fixture
async def probe(rabbitmq_url: str) -> AsyncIterator[RabbitProbe]:
    async with rabbit_probe(rabbitmq_url) as probe:
        yield probe


async def unheard(_: Envelope, __: Delivery) -> None:
    pytest.fail("there is no envelope to handle")


async def has(probe: RabbitProbe, queue: str, count: int = 1) -> None:
    async def counted() -> bool:
        return await probe.count(queue) == count

    await eventually(counted)


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


async def test_unroutable_messages_with_equal_envelope_ids_are_both_noticed(
    rabbitmq_url: str,
) -> None:
    lost = Outgoing(topology.WEBHOOKS, "nobody.listens", [envelope("same")])
    routed = Outgoing(topology.COMMANDS, "capture_payment", [envelope("same")])
    async with connected(rabbitmq_url) as broker:
        results = await asyncio.gather(
            *(broker.publish(each) for each in [lost, routed, lost, routed]),
            return_exceptions=True,
        )
    assert [type(each) for each in results] == [Unroutable, type(None)] * 2


async def test_an_exchange_that_was_deleted_is_noticed_and_harms_only_its_own_message(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    underlay = await probe.channel.get_underlay_channel()
    await underlay.exchange_delete(topology.EVENTS)
    async with connected(rabbitmq_url) as broker:
        with pytest.raises(Unroutable, match="is the topology declared"):
            await broker.publish(Outgoing(topology.EVENTS, "payment.captured", [envelope()]))
        await broker.publish(COMMAND)
    assert await probe.count(topology.QUEUE_COMMANDS) == 1


async def test_a_connection_that_dies_by_heartbeat_cancels_nobody(rabbitmq_url: str) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        connected(url, heartbeat_seconds=1, confirm_timeout_seconds=60) as broker,
    ):
        await broker.publish(COMMAND)
        proxy.blackhole()
        try:
            with pytest.raises(PublishUnknown):
                await broker.publish(COMMAND)
        finally:
            proxy.restore()


async def test_a_connection_reset_during_a_publish_leaves_it_unknown(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    async with proxied(rabbitmq_url) as (proxy, url), connected(url) as broker:
        await broker.publish(COMMAND)
        proxy.swallow_answers()
        publishing = asyncio.create_task(broker.publish(COMMAND))
        await has(probe, topology.QUEUE_COMMANDS, 2)
        proxy.reset()
        with pytest.raises(PublishUnknown):
            await publishing
        proxy.restore()


async def test_a_missing_confirm_is_waited_for_no_longer_than_the_timeout(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        connected(url, confirm_timeout_seconds=0.5) as broker,
    ):
        await broker.publish(COMMAND)
        proxy.swallow_answers()
        async with asyncio.timeout(5):
            with pytest.raises(PublishUnknown):
                await broker.publish(COMMAND)
        await has(probe, topology.QUEUE_COMMANDS, 2)
        proxy.restore()


async def test_somebody_who_cancels_a_publish_gets_the_cancellation(rabbitmq_url: str) -> None:
    async with proxied(rabbitmq_url) as (proxy, url), connected(url) as broker:
        await broker.publish(COMMAND)
        proxy.blackhole()
        publishing = asyncio.create_task(broker.publish(COMMAND))
        await asyncio.sleep(0)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
        proxy.restore()
        await broker.publish(COMMAND)


async def test_without_a_connection_a_publish_fails_at_once_and_works_after_it_is_back(
    rabbitmq_url: str,
) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        connected(url, confirm_timeout_seconds=60) as broker,
    ):
        await broker.publish(COMMAND)
        await proxy.refuse()
        proxy.reset()
        await eventually(lambda: not broker.healthy)
        async with asyncio.timeout(2):
            with pytest.raises(BrokerUnavailable):
                await broker.publish(COMMAND)
        await proxy.accept()
        await eventually(lambda: broker.healthy)
        await broker.publish(COMMAND)


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


async def test_a_queue_with_other_settings_is_named_at_the_start(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    underlay = await probe.channel.get_underlay_channel()
    await underlay.queue_delete(topology.QUEUE_OPERATIONS)
    await probe.channel.declare_queue(topology.QUEUE_OPERATIONS, durable=True)
    try:
        with pytest.raises(Misconfigured, match=r"orchestrator\.operations"):
            await RabbitBroker.connect(
                rabbitmq_url, connection_name="tests", clock=SystemClock(), declare=True
            )
    finally:
        await underlay.queue_delete(topology.QUEUE_OPERATIONS)


async def test_refused_credentials_are_a_misconfiguration_that_shows_no_password(
    rabbitmq_url: str,
) -> None:
    url = str(URL(rabbitmq_url).with_user("nobody").with_password("open-sesame"))
    with pytest.raises(Misconfigured) as caught:
        await RabbitBroker.connect(url, connection_name="tests", clock=SystemClock())
    assert "open-sesame" not in str(caught.value)


async def test_a_broker_that_cannot_be_reached_is_unavailable(rabbitmq_url: str) -> None:
    async with proxied(rabbitmq_url) as (proxy, url):
        await proxy.refuse()
        with pytest.raises(BrokerUnavailable):
            await RabbitBroker.connect(url, connection_name="tests", clock=SystemClock())
