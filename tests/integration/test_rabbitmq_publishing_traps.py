"""What goes wrong when a client connects to RabbitMQ or publishes, each on the real server."""

import asyncio

import pytest
from yarl import URL

from payments_common.clock import SystemClock
from payments_common.errors import BrokerUnavailable, Misconfigured, PublishUnknown, Unroutable
from payments_common.messaging import topology
from payments_common.messaging.port import Outgoing
from payments_common.messaging.rabbitmq import RabbitBroker
from support.eventually import eventually
from support.messages import envelope
from support.rabbit import RabbitProbe, connected, proxied
from support.rabbit_traps import COMMAND, has


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
