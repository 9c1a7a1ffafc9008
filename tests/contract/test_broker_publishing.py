"""What every broker promises to a publisher, shown on RabbitMQ and on the in-memory one."""

import pytest

from payments_common.errors import InvalidMessage, Misconfigured, Unroutable
from payments_common.messaging import topology
from payments_common.messaging.port import Outgoing
from payments_common.schemas.envelope import decode
from support.broker_bench import Bench, command
from support.messages import RecordingHandler, envelope


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
