"""The brokers whose promises are the same: the in-memory one and RabbitMQ."""

from collections.abc import AsyncIterator

import pytest

from payments_common.clock import SystemClock
from payments_common.messaging.memory import MemoryBroker
from support.broker_bench import Bench, RecordingObserver
from support.eventually import eventually
from support.rabbit import Seen, connected, proxied, rabbit_probe


@pytest.fixture
async def memory() -> AsyncIterator[Bench]:
    metrics = RecordingObserver()
    broker = MemoryBroker(SystemClock(), observer=metrics)

    async def take_all(queue: str) -> list[Seen]:
        return [
            Seen(
                body=each.message.body,
                content_type=each.message.content_type,
                headers=dict(each.message.headers),
                routing_key=each.routing_key,
                message_id=each.message_id,
            )
            for each in broker.queued(queue)
        ]

    async def is_delivered(queue: str) -> bool:
        return not broker.queued(queue)

    async def lose_connection() -> None:
        broker.interrupt()

    yield Bench(broker, metrics, take_all, is_delivered, lose_connection, "memory")
    await broker.close()


@pytest.fixture
async def rabbitmq(rabbitmq_url: str) -> AsyncIterator[Bench]:
    metrics = RecordingObserver()
    async with (
        rabbit_probe(rabbitmq_url) as probe,
        proxied(rabbitmq_url) as (proxy, url),
        connected(url, observer=metrics) as broker,
    ):

        async def is_delivered(queue: str) -> bool:
            return await probe.count(queue) == 0

        async def lose_connection() -> None:
            proxy.reset()
            await eventually(lambda: not broker.healthy)
            await eventually(lambda: broker.healthy)

        yield Bench(broker, metrics, probe.take_all, is_delivered, lose_connection, "guest")


@pytest.fixture(params=["memory", "rabbitmq"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found
