"""What every broker promises to a consumer, shown on RabbitMQ and on the in-memory one."""

import pytest

from payments_common.errors import (
    GatewayOutage,
    Misconfigured,
    OperationRefused,
    StoreUnavailable,
    TryLater,
    Unroutable,
)
from payments_common.messaging import topology
from payments_common.messaging.batches import handle_each
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.schemas.envelope import Envelope, decode
from support.broker_bench import Bench, command
from support.clocks import settle
from support.eventually import eventually
from support.messages import RecordingHandler, SlowStep, envelope, failing


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
