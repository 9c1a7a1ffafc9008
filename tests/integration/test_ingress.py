"""The ingress over a real RabbitMQ: a 200 means that the message is in the queue."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from payments_common.clock import SystemClock
from payments_common.messaging.port import Delivery
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.topology import QUEUE_REFUSED_WEBHOOKS, QUEUE_WEBHOOKS, WEBHOOKS
from payments_common.schemas.envelope import BATCH_CONTENT_TYPE, decode
from payments_common.schemas.webhooks import RECEIVED_KEY, RECEIVED_TYPE, WebhookMessage
from support.eventually import eventually
from support.ingress import (
    BODY,
    SECRET,
    RunningIngress,
    running_ingress,
)
from support.rabbit import RabbitProbe, connected, proxied, rabbit_probe
from webhook_ingress.late_broker import LateBroker


@asynccontextmanager
async def ingress_at(url: str, **settings: Any) -> AsyncIterator[RunningIngress]:
    """The ingress with a broker of its own, connected as in production."""
    clock = SystemClock()
    timeout_seconds = settings.setdefault("confirm_timeout_seconds", 5.0)
    broker = LateBroker(
        lambda: RabbitBroker.connect(
            url,
            connection_name="webhook-ingress",
            clock=clock,
            declare=False,
            confirm_timeout_seconds=timeout_seconds,
            heartbeat_seconds=2,
        ),
        clock=clock,
    )
    await broker.start()
    try:
        async with running_ingress(
            broker, is_connected=lambda: broker.healthy, **settings
        ) as ingress:
            yield ingress
    finally:
        await broker.close()


async def webhooks_in(probe: RabbitProbe, queue: str = QUEUE_WEBHOOKS) -> list[WebhookMessage]:
    return [
        WebhookMessage.model_validate(envelope.data)
        for seen in await probe.take_all(queue)
        for envelope in decode(seen.body, content_type=seen.content_type)
    ]


async def test_a_200_means_that_the_message_is_stored_and_persistent(rabbitmq_url: str) -> None:
    async with ingress_at(rabbitmq_url) as ingress, rabbit_probe(rabbitmq_url) as probe:
        answer = await ingress.deliver()
        (seen,) = await probe.take_all(QUEUE_WEBHOOKS)
    assert (answer.status, seen.persistent, seen.content_type) == (200, True, BATCH_CONTENT_TYPE)
    (envelope,) = decode(seen.body, content_type=seen.content_type)
    assert (envelope.type, envelope.id) == (RECEIVED_TYPE, answer.headers["X-Request-Id"])
    assert WebhookMessage.model_validate(envelope.data).body == BODY
    assert seen.message_id != envelope.id


async def test_many_webhooks_at_the_same_moment_share_few_messages(rabbitmq_url: str) -> None:
    async with ingress_at(rabbitmq_url) as ingress, rabbit_probe(rabbitmq_url) as probe:
        answers = await asyncio.gather(
            *(ingress.deliver(b'{"number":%d}' % number) for number in range(64))
        )
        messages = await probe.take_all(QUEUE_WEBHOOKS)
        largest = ingress.registry.get_sample_value("webhook_group_size_sum")
    assert {each.status for each in answers} == {200}
    assert len(messages) <= 32
    assert largest == 64
    bodies = {
        WebhookMessage.model_validate(envelope.data).body
        for message in messages
        for envelope in decode(message.body, content_type=message.content_type)
    }
    assert len(bodies) == 64


async def test_there_is_no_200_while_the_broker_s_confirms_are_held_back(
    rabbitmq_url: str,
) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        ingress_at(url) as ingress,
        rabbit_probe(rabbitmq_url) as probe,
    ):
        assert (await ingress.deliver()).status == 200
        proxy.swallow_answers()
        delivering = asyncio.create_task(ingress.deliver())
        await eventually(lambda: stored(probe, 2))
        assert not delivering.done()
        proxy.restore()
        assert (await delivering).status == 200


async def test_a_confirm_that_stays_out_is_a_503_although_the_message_is_stored(
    rabbitmq_url: str,
) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        ingress_at(url, confirm_timeout_seconds=0.5) as ingress,
        rabbit_probe(rabbitmq_url) as probe,
    ):
        assert (await ingress.deliver()).status == 200
        proxy.swallow_answers()
        answer = await ingress.deliver()
        assert (answer.status, answer.error) == (503, "publish_unknown")
        assert "Retry-After" in answer.headers
        assert await stored(probe, 2)
        proxy.restore()
        await eventually(lambda: accepted(ingress))


async def test_a_frozen_broker_is_a_503_and_the_same_delivery_is_taken_afterwards(
    rabbitmq_url: str,
) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        ingress_at(url, confirm_timeout_seconds=0.5) as ingress,
    ):
        assert (await ingress.deliver()).status == 200
        proxy.blackhole()
        answers = await asyncio.gather(*(ingress.deliver() for _ in range(5)))
        assert {each.status for each in answers} == {503}
        proxy.restore()
        await eventually(lambda: accepted(ingress))


async def test_a_broker_that_is_down_is_a_503_and_work_goes_on_when_it_is_back(
    rabbitmq_url: str,
) -> None:
    async with proxied(rabbitmq_url) as (proxy, url), ingress_at(url) as ingress:
        assert (await ingress.deliver()).status == 200
        await proxy.refuse()
        proxy.reset()
        await eventually(lambda: not_ready(ingress))
        answer = await ingress.deliver()
        assert (answer.status, "Retry-After" in answer.headers) == (503, True)
        await proxy.accept()
        await eventually(lambda: accepted(ingress), within_seconds=20)
        assert (await ingress.get("/readyz"))[0] == 200


async def test_a_broker_that_is_not_there_yet_is_waited_for(rabbitmq_url: str) -> None:
    async with proxied(rabbitmq_url) as (proxy, url):
        await proxy.refuse()
        async with ingress_at(url) as ingress:
            assert (await ingress.get("/readyz"))[0] == 503
            answer = await ingress.deliver()
            assert (answer.status, answer.error) == (503, "broker_unavailable")
            await proxy.accept()
            await eventually(lambda: accepted(ingress), within_seconds=20)


async def test_a_connection_lost_under_load_loses_nothing_that_got_200(rabbitmq_url: str) -> None:
    async with (
        proxied(rabbitmq_url) as (proxy, url),
        ingress_at(url) as ingress,
        rabbit_probe(rabbitmq_url) as probe,
    ):
        got_200: set[bytes] = set()
        ended = asyncio.Event()

        async def gateway(name: int) -> None:
            for attempt in itertools.count():
                body = b'{"gateway":%d,"attempt":%d}' % (name, attempt)
                if (await ingress.deliver(body)).status == 200:
                    got_200.add(body)
                if ended.is_set():
                    return

        load = asyncio.gather(*(gateway(name) for name in range(8)))
        for _ in range(3):
            enough = len(got_200) + 50
            await eventually(partial(more_than, enough, got_200), within_seconds=20)
            proxy.reset()
        ended.set()
        await load
        bodies = {each.body for each in await webhooks_in(probe)}
    assert len(got_200) > 150
    assert got_200 <= bodies


async def test_a_lost_binding_is_a_503_and_never_a_200(rabbitmq_url: str) -> None:
    async with ingress_at(rabbitmq_url) as ingress, rabbit_probe(rabbitmq_url) as probe:
        queue = await probe.channel.get_queue(QUEUE_WEBHOOKS, ensure=False)
        await queue.unbind(WEBHOOKS, RECEIVED_KEY)
        try:
            answer = await ingress.deliver()
        finally:
            await queue.bind(WEBHOOKS, RECEIVED_KEY)
        assert (answer.status, answer.error) == (503, "unroutable")
        assert (await ingress.deliver()).status == 200


async def test_a_refused_delivery_is_kept_without_the_secret(rabbitmq_url: str) -> None:
    almost = SECRET[:-1]
    async with ingress_at(rabbitmq_url) as ingress, rabbit_probe(rabbitmq_url) as probe:
        answer = await ingress.deliver(secrets=[almost])
        await eventually(lambda: ingress.count("refused_recorded_total", outcome="recorded") == 1)
        (seen,) = await probe.take_all(QUEUE_REFUSED_WEBHOOKS)
        assert await probe.count(QUEUE_WEBHOOKS) == 0
    assert answer.status == 401
    assert almost.encode() not in seen.body
    (envelope,) = decode(seen.body, content_type=seen.content_type)
    message = WebhookMessage.model_validate(envelope.data)
    assert (message.verdict, message.body) == ("signature_invalid", BODY)


async def test_refusals_are_bounded_while_good_deliveries_are_not(rabbitmq_url: str) -> None:
    async with (
        ingress_at(rabbitmq_url, refused_burst=5, refused_per_second=0.001) as ingress,
        rabbit_probe(rabbitmq_url) as probe,
    ):
        answers = await asyncio.gather(
            *(ingress.deliver(secrets=["wrong"]) for _ in range(50)),
            *(ingress.deliver() for _ in range(50)),
        )
        statuses = [each.status for each in answers]
        assert (statuses.count(401), statuses.count(200)) == (50, 50)
        await eventually(lambda: ingress.count("refused_recorded_total", outcome="recorded") == 5)
        assert ingress.count("refused_recorded_total", outcome="over_limit") == 45
        assert len(await webhooks_in(probe, QUEUE_REFUSED_WEBHOOKS)) == 5


async def test_a_secret_is_rotated_without_a_refusal(rabbitmq_url: str) -> None:
    async with ingress_at(rabbitmq_url) as ingress, rabbit_probe(rabbitmq_url) as probe:
        both = [SECRET, "previous-secret-0002"] * 20
        answers = await asyncio.gather(*(ingress.deliver(secrets=[each]) for each in both))
        messages = await webhooks_in(probe)
    assert {each.status for each in answers} == {200}
    assert sorted({each.secret_id for each in messages if each.secret_id}) == [
        "current",
        "previous",
    ]


async def test_the_published_batch_is_readable_by_any_consumer_of_the_queue(
    rabbitmq_url: str,
) -> None:
    async with ingress_at(rabbitmq_url) as ingress, connected(rabbitmq_url) as consumer:
        taken: list[bytes] = []

        async def handle(delivery: Delivery) -> None:
            taken.append(delivery.body)

        await consumer.subscribe(QUEUE_WEBHOOKS, handle)
        await ingress.deliver()
        await eventually(lambda: len(taken) == 1)
    (envelope,) = decode(taken[0], content_type=BATCH_CONTENT_TYPE)
    assert WebhookMessage.model_validate(envelope.data).body == BODY


def more_than(count: int, what: set[bytes]) -> bool:
    return len(what) > count


async def stored(probe: RabbitProbe, count: int) -> bool:
    return await probe.count(QUEUE_WEBHOOKS) == count


async def accepted(ingress: RunningIngress) -> bool:
    return (await ingress.deliver()).status == 200


async def not_ready(ingress: RunningIngress) -> bool:
    return (await ingress.get("/readyz"))[0] == 503
