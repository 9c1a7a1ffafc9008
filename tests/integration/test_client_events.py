"""Events on a real broker: at least once each, in order, acknowledged by asking for the next."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from payments_common.client import PaymentsClient, connect
from payments_common.messaging import topology
from payments_common.messaging.port import Outgoing
from support.answering import event
from support.eventually import eventually
from support.rabbit import RabbitProbe, connected, proxied, rabbit_probe

QUEUE = "shop.events"


@pytest.fixture
async def probe(rabbitmq_url: str) -> AsyncIterator[RabbitProbe]:
    """Afterwards the shop's queue is gone."""
    async with rabbit_probe(rabbitmq_url) as probe:
        yield probe
        underlay = await probe.channel.get_underlay_channel()
        await underlay.queue_delete(QUEUE)


async def publish(url: str, *events: Outgoing) -> None:
    async with connected(url) as broker:
        for each in events:
            await broker.publish(each)


async def numbers(shop: PaymentsClient, count: int) -> list[int]:
    """The sequence numbers of so many events, all of them but the last acknowledged."""
    seen: list[int] = []
    async with asyncio.timeout(10):
        async for received in shop.events():
            seen.append(received.sequence)
            if len(seen) == count:
                break
    return seen


async def test_events_come_in_order_with_what_it_takes_to_drop_duplicates(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    async with connect(rabbitmq_url, name="shop") as shop:
        events = shop.events()
        first = asyncio.ensure_future(anext(events))
        await eventually(lambda: exists(rabbitmq_url, QUEUE))
        await publish(rabbitmq_url, *(event(number) for number in (1, 2, 3)))
        received = [await first, await anext(events), await anext(events)]
    assert [each.sequence for each in received] == [1, 2, 3]
    assert received[0].event_id == "order-1-1"
    assert received[0].data.order_reference == "ORDER-1001"


async def test_what_comes_while_the_service_is_away_is_kept(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    await listen_once(rabbitmq_url)
    await publish(rabbitmq_url, event(1), event(2))
    async with connect(rabbitmq_url, name="shop") as shop:
        assert await numbers(shop, 2) == [1, 2]


async def test_an_event_is_acknowledged_only_when_the_next_is_asked_for(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    await listen_once(rabbitmq_url)
    await publish(rabbitmq_url, event(1), event(2), event(3))
    for expected in ([1, 2], [2, 3], [3]):
        async with connect(rabbitmq_url, name="shop") as shop:
            assert await numbers(shop, len(expected)) == expected


async def test_a_reader_that_leaves_gives_its_event_back_at_once_and_without_a_complaint(
    rabbitmq_url: str, probe: RabbitProbe, caplog: pytest.LogCaptureFixture
) -> None:
    await listen_once(rabbitmq_url)
    await publish(rabbitmq_url, event(1))
    async with connect(rabbitmq_url, name="shop") as shop:
        assert await numbers(shop, 1) == [1]
        assert await numbers(shop, 1) == [1]
    assert caplog.records == []


async def test_an_event_in_hand_when_the_connection_is_lost_comes_again(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    await listen_once(rabbitmq_url)
    await publish(rabbitmq_url, event(1), event(2))
    async with proxied(rabbitmq_url) as (proxy, url), connect(url, name="shop") as shop:
        events = shop.events()
        assert (await anext(events)).sequence == 1
        proxy.reset()
        async with asyncio.timeout(10):
            assert [(await anext(events)).sequence for _ in range(2)] == [1, 2]


async def test_a_service_that_dies_on_one_event_again_and_again_does_not_lose_it(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    await listen_once(rabbitmq_url)
    await publish(rabbitmq_url, event(1))
    for _ in range(30):
        async with connect(rabbitmq_url, name="shop") as shop:
            assert await numbers(shop, 1) == [1]


async def test_an_event_that_this_client_does_not_know_is_left_out_and_logged(
    rabbitmq_url: str, probe: RabbitProbe, caplog: pytest.LogCaptureFixture
) -> None:
    await listen_once(rabbitmq_url)
    newer = event(1, type_="payment.disputed.v1")
    unreadable = Outgoing(
        newer.exchange,
        newer.routing_key,
        [event(2).envelopes[0].model_copy(update={"data": {"event": "payment.captured"}})],
    )
    await publish(rabbitmq_url, newer, unreadable, event(3))
    with caplog.at_level(logging.WARNING):
        async with connect(rabbitmq_url, name="shop") as shop:
            assert await numbers(shop, 1) == [3]
    assert "payment.disputed.v1" in caplog.text
    assert "cannot be read" in caplog.text
    assert await probe.count(topology.QUEUE_DEAD_LETTERS) == 0


async def test_only_the_events_that_were_asked_for_come(
    rabbitmq_url: str, probe: RabbitProbe
) -> None:
    async with connect(rabbitmq_url, name="shop") as shop:
        refunds = shop.events("shop.refunds", patterns=["refund.*"], lasting=False)
        first = asyncio.ensure_future(anext(refunds))
        await eventually(lambda: exists(rabbitmq_url, "shop.refunds"))
        refunded = Outgoing(topology.EVENTS, "refund.processed", event(2).envelopes)
        await publish(rabbitmq_url, event(1), refunded)
        assert (await first).sequence == 2


async def test_a_queue_of_another_service_is_refused(rabbitmq_url: str) -> None:
    async with connect(rabbitmq_url, name="shop") as shop:
        with pytest.raises(ValueError, match=r"call it shop\.orchestrator"):
            await anext(shop.events("orchestrator.commands"))


async def listen_once(url: str) -> None:
    """Makes the shop's queue, as its first start does."""
    async with connect(url, name="shop") as shop:
        listening = asyncio.ensure_future(anext(shop.events()))
        await eventually(lambda: exists(url, QUEUE))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def exists(url: str, queue: str) -> bool:
    async with rabbit_probe(url) as probe:
        try:
            declared = await probe.channel.declare_queue(queue, passive=True)
        except Exception:  # noqa: BLE001 - not there yet closes the probe's channel
            return False
        return bool(declared.declaration_result.consumer_count)
