"""What every broker promises, shown on RabbitMQ and on the in-memory one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from payments_common.clock import SystemClock
from payments_common.errors import (
    GatewayOutage,
    InvalidMessage,
    Misconfigured,
    OperationRefused,
    StoreUnavailable,
    TryLater,
    Unroutable,
)
from payments_common.messaging import topology
from payments_common.messaging.batches import handle_each
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.port import Broker, Delivery, Outgoing
from payments_common.schemas.envelope import Envelope, decode
from support.clocks import settle
from support.eventually import eventually
from support.messages import RecordingHandler, SlowStep, envelope, failing
from support.rabbit import Seen, connected, proxied, rabbit_probe


@dataclass(frozen=True)
class Bench:
    """A broker, and the means to look into it and to break its connection."""

    broker: Broker
    metrics: "RecordingObserver"
    take_all: Callable[[str], Awaitable[list[Seen]]]
    is_delivered: Callable[[str], Awaitable[bool]]
    lose_connection: Callable[[], Awaitable[None]]
    user: str

    async def dead_letter(self) -> Seen:
        found: list[Seen] = []

        async def arrived() -> bool:
            found.extend(await self.take_all(topology.QUEUE_DEAD_LETTERS))
            return bool(found)

        await eventually(arrived)
        (letter,) = found
        return letter


class RecordingObserver:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((exchange, outcome))

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((queue, outcome))


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


def command(*ids: str, **options: object) -> Outgoing:
    envelopes = [envelope(id_) for id_ in ids or ("1",)]
    return Outgoing(topology.COMMANDS, "capture_payment", envelopes, **options)  # type: ignore[arg-type]


async def test_a_published_message_reaches_its_consumer_with_all_it_carried(bench: Bench) -> None:
    handler = RecordingHandler()
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(
        command("7", correlation_id="c-1", reply_to="answers", headers={"traceparent": "00-aa"})
    )
    delivery = await handler.next_delivery()
    assert decode(delivery.body, content_type=delivery.content_type) == [envelope("7")]
    assert (delivery.correlation_id, delivery.reply_to) == ("c-1", "answers")
    assert (delivery.routing_key, delivery.attempt) == ("capture_payment", 1)
    assert delivery.headers["traceparent"] == "00-aa"
    assert delivery.sender == bench.user


async def test_several_envelopes_travel_as_one_batch(bench: Bench) -> None:
    handler = RecordingHandler()
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(command("1", "2", batch=True))
    delivery = await handler.next_delivery()
    received = decode(delivery.body, content_type=delivery.content_type)
    assert [each.id for each in received] == ["1", "2"]


async def test_equal_envelope_ids_get_different_message_ids(bench: Bench) -> None:
    await bench.broker.publish(command("same"))
    await bench.broker.publish(command("same"))
    first, second = await bench.take_all(topology.QUEUE_COMMANDS)
    assert first.message_id != second.message_id
    assert "same" not in (first.message_id, second.message_id)


async def test_the_routing_key_decides_the_queue(bench: Bench) -> None:
    await bench.broker.publish(Outgoing(topology.WEBHOOKS, "received", [envelope("good")]))
    await bench.broker.publish(Outgoing(topology.WEBHOOKS, "refused", [envelope("bad")]))
    (good,) = await bench.take_all(topology.QUEUE_WEBHOOKS)
    (bad,) = await bench.take_all(topology.QUEUE_REFUSED_WEBHOOKS)
    assert (b'"good"' in good.body, b'"bad"' in bad.body) == (True, True)


async def test_the_nameless_exchange_addresses_a_queue(bench: Bench) -> None:
    await bench.broker.publish(Outgoing("", topology.QUEUE_OPERATIONS, [envelope()]))
    assert len(await bench.take_all(topology.QUEUE_OPERATIONS)) == 1


async def test_an_event_is_routable_although_nobody_listens(bench: Bench) -> None:
    await bench.broker.publish(Outgoing(topology.EVENTS, "payment.captured", [envelope()]))
    assert len(await bench.take_all(topology.QUEUE_RECENT_EVENTS)) == 1


@pytest.mark.parametrize(
    ("exchange", "routing_key"),
    [
        (topology.WEBHOOKS, "nobody.listens"),
        ("", "no.such.queue"),
        ("no.such.exchange", "received"),
    ],
)
async def test_an_unroutable_message_is_an_error(
    bench: Bench, exchange: str, routing_key: str
) -> None:
    with pytest.raises(Unroutable):
        await bench.broker.publish(Outgoing(exchange, routing_key, [envelope()]))


async def test_a_message_that_no_consumer_would_read_is_refused(bench: Bench) -> None:
    huge = envelope("1", text="x" * (1024 * 1024))
    with pytest.raises(InvalidMessage, match="bytes"):
        await bench.broker.publish(Outgoing(topology.COMMANDS, "capture_payment", [huge]))


async def test_a_queue_that_does_not_exist_cannot_be_subscribed_to(bench: Bench) -> None:
    with pytest.raises(Misconfigured, match=r"no\.such\.queue"):
        await bench.broker.subscribe("no.such.queue", RecordingHandler())


async def test_a_handled_message_is_gone(bench: Bench) -> None:
    handler = RecordingHandler()
    subscription = await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(command())
    await handler.next_delivery()
    await subscription.drain()
    assert await bench.take_all(topology.QUEUE_COMMANDS) == []


async def test_a_delayed_message_waits_in_the_broker_and_keeps_its_routing_key(
    bench: Bench,
) -> None:
    handler = RecordingHandler()
    await bench.broker.subscribe(topology.QUEUE_OPERATIONS, handler)
    due = Outgoing(topology.OPERATIONS, "order_work_due", [envelope()], delay_seconds=0.5)
    await bench.broker.publish(due)
    assert handler.deliveries == []
    delivery = await handler.next_delivery()
    assert (delivery.routing_key, delivery.attempt) == ("order_work_due", 1)


async def test_a_delay_needs_exactly_one_queue(bench: Bench) -> None:
    with pytest.raises(Misconfigured, match="exactly one queue"):
        await bench.broker.publish(
            Outgoing(topology.WEBHOOKS, "elsewhere", [envelope()], delay_seconds=1)
        )


@pytest.mark.parametrize("error", [TryLater("busy"), GatewayOutage("down")])
async def test_what_may_work_later_comes_back_as_the_next_attempt(
    bench: Bench, error: Exception
) -> None:
    handler = RecordingHandler(failing(error))
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(command(correlation_id="c-1", headers={"traceparent": "00-aa"}))
    first, second = await handler.next_delivery(), await handler.next_delivery()
    assert (first.attempt, second.attempt) == (1, 2)
    assert (second.body, second.routing_key) == (first.body, first.routing_key)
    assert (second.sender, second.correlation_id) == (bench.user, "c-1")
    assert second.headers["traceparent"] == "00-aa"


async def test_a_refused_message_becomes_a_dead_letter_with_its_reason(bench: Bench) -> None:
    handler = RecordingHandler(failing(OperationRefused("nothing left to capture")))
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(command("7"))
    letter = await bench.dead_letter()
    assert letter.routing_key == "capture_payment"
    assert decode(letter.body, content_type=letter.content_type) == [envelope("7")]
    reason = "OperationRefused (operation_refused): nothing left to capture"
    assert letter.headers["x-payments-reason"] == reason
    assert letter.headers["x-payments-code"] == "operation_refused"
    assert letter.headers["x-payments-queue"] == topology.QUEUE_COMMANDS
    assert letter.headers["x-payments-attempt"] == 1
    assert {"x-payments-first-seen", "x-payments-dead-lettered-at"} <= letter.headers.keys()


async def test_a_foreign_error_neither_tells_the_body_nor_ends_the_consumer(bench: Bench) -> None:
    async def stumble_once(delivery: Delivery) -> None:
        if b'"first"' in delivery.body:
            raise ValueError("+966500000001 is no name")

    handler = RecordingHandler(stumble_once)
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(command("first"))
    letter = await bench.dead_letter()
    assert letter.headers["x-payments-error"] == "ValueError"
    assert "+966" not in str(letter.headers)
    await bench.broker.publish(command("second"))
    await eventually(lambda: len(handler.deliveries) == 2)


async def test_an_unreadable_message_becomes_a_dead_letter(bench: Bench) -> None:
    async def handle(_: Envelope, __: Delivery) -> None:
        pytest.fail("there is no envelope to handle")

    unreadable = envelope("1", amount=2**60)
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handle_each(handle))
    await bench.broker.publish(Outgoing(topology.COMMANDS, "capture_payment", [unreadable]))
    letter = await bench.dead_letter()
    assert letter.headers["x-payments-code"] == "invalid_json"


async def test_a_bad_envelope_does_not_take_the_rest_of_its_batch_down(bench: Bench) -> None:
    handled: list[tuple[str, int]] = []

    async def handle(each: Envelope, delivery: Delivery) -> None:
        handled.append((each.id, delivery.attempt))
        if each.id == "busy" and delivery.attempt == 1:
            raise TryLater("busy")
        if each.id == "poison":
            raise KeyError("poison")

    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handle_each(handle))
    await bench.broker.publish(command("good", "poison", "busy", "fine", batch=True))
    letter = await bench.dead_letter()
    (alone,) = decode(letter.body, content_type=letter.content_type)
    assert alone.id == "poison"
    await eventually(lambda: ("busy", 2) in handled)
    assert handled == [("good", 1), ("poison", 1), ("busy", 1), ("fine", 1), ("busy", 2)]


async def test_after_a_store_outage_the_rest_of_a_batch_waits(bench: Bench) -> None:
    handled: list[tuple[str, int]] = []

    async def handle(each: Envelope, delivery: Delivery) -> None:
        handled.append((each.id, delivery.attempt))
        if each.id == "2" and delivery.attempt == 1:
            raise StoreUnavailable("no primary")

    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handle_each(handle))
    await bench.broker.publish(command("1", "2", "3", batch=True))
    await eventually(lambda: len(handled) == 4)
    assert handled[:2] == [("1", 1), ("2", 1)]
    assert sorted(handled[2:]) == [("2", 2), ("3", 2)]


async def test_no_more_than_the_prefetch_is_handled_at_once(bench: Bench) -> None:
    step = SlowStep()
    handler = RecordingHandler(step)
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler, prefetch=2)
    for number in range(5):
        await bench.broker.publish(command(str(number)))
    await eventually(lambda: step.running == 2)
    step.released.set()
    await eventually(lambda: step.finished == 5)
    assert step.most_at_once == 2


async def test_drain_waits_for_the_handler_and_takes_no_more(bench: Bench) -> None:
    step = SlowStep()
    handler = RecordingHandler(step)
    subscription = await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler, prefetch=1)
    await bench.broker.publish(command("1"))
    await bench.broker.publish(command("2"))
    await step.started.wait()
    step.released.set()
    await subscription.drain()
    assert step.finished == len(handler.deliveries)
    left = await bench.take_all(topology.QUEUE_COMMANDS)
    assert len(left) + step.finished == 2


async def test_a_redelivery_waits_for_the_handler_that_survived(bench: Bench) -> None:
    step = SlowStep()
    handler = RecordingHandler(step)
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await bench.broker.publish(command())
    await step.started.wait()
    await bench.lose_connection()
    await eventually(lambda: bench.is_delivered(topology.QUEUE_COMMANDS))
    await settle()
    step.released.set()
    await eventually(lambda: step.finished == 2)
    assert step.most_at_once == 1
    assert [each.attempt for each in handler.deliveries] == [1, 2]


async def test_a_redelivery_that_was_taken_back_in_the_meantime_is_not_handled(
    bench: Bench,
) -> None:
    step = SlowStep()
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, step)
    await bench.broker.publish(command())
    await step.started.wait()
    for _ in range(3):
        await bench.lose_connection()
        await eventually(lambda: bench.is_delivered(topology.QUEUE_COMMANDS))
        await settle()
    step.released.set()
    await eventually(lambda: step.finished == 2)
    await settle()
    assert (step.running, step.finished) == (0, 2)


async def test_nothing_starts_after_drain_and_nothing_is_lost_by_it(bench: Bench) -> None:
    for number in range(100):
        await bench.broker.publish(command(str(number)))
    handler = RecordingHandler()
    subscription = await bench.broker.subscribe(topology.QUEUE_COMMANDS, handler, prefetch=100)
    await subscription.drain()
    handled = len(handler.deliveries)
    await settle()
    assert len(handler.deliveries) == handled
    assert len(await bench.take_all(topology.QUEUE_COMMANDS)) == 100 - handled


async def test_an_observer_learns_what_became_of_each_message(bench: Bench) -> None:
    async def refuse(_: Delivery) -> None:
        raise OperationRefused("no")

    await bench.broker.publish(command())
    with pytest.raises(Unroutable):
        await bench.broker.publish(Outgoing(topology.WEBHOOKS, "nobody.listens", [envelope()]))
    await bench.broker.subscribe(topology.QUEUE_COMMANDS, refuse)
    await eventually(lambda: len(bench.metrics.seen) == 4)
    assert bench.metrics.seen == [
        (topology.COMMANDS, "confirmed"),
        (topology.WEBHOOKS, "unroutable"),
        (topology.DEAD_LETTER, "confirmed"),
        (topology.QUEUE_COMMANDS, "dead_lettered"),
    ]
