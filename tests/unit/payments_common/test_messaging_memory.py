from payments_common.clock import SystemClock
from payments_common.errors import TryLater
from payments_common.messaging import topology
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.memory_queues import MemoryQueues
from payments_common.messaging.messages import Message
from payments_common.messaging.port import Outgoing
from payments_common.messaging.topology import LARGEST_BOUNDED_QUEUE, Route
from support.clocks import ManualClock, settle
from support.messages import RecordingHandler, SlowStep, envelope, failing

COMMAND = Outgoing(topology.COMMANDS, "capture_payment", [envelope()])


async def test_retries_come_back_at_their_times() -> None:
    clock = ManualClock()
    broker = MemoryBroker(clock)
    handler = RecordingHandler(failing(TryLater("busy"), attempts=3))
    await broker.subscribe(topology.QUEUE_COMMANDS, handler)
    await broker.publish(COMMAND)
    attempts = []
    for seconds in [0.9, 0.2, 4.8, 0.2, 29.8, 0.2, 3600]:
        await clock.advance(seconds)
        attempts.append(len(handler.deliveries))
    assert attempts == [1, 2, 2, 3, 3, 4, 4]
    await broker.close()


async def test_a_message_that_kills_its_consumers_ends_as_a_dead_letter() -> None:
    queues = MemoryQueues(SystemClock())
    await MemoryBroker(SystemClock(), queues=queues).publish(COMMAND)
    lives = 0
    while queues.ready(topology.QUEUE_COMMANDS):
        lives += 1
        broker = MemoryBroker(SystemClock(), queues=queues)
        await broker.subscribe(topology.QUEUE_COMMANDS, SlowStep())
        await settle()
        await broker.crash()
    assert lives == topology.DELIVERY_LIMIT + 1
    (letter,) = queues.ready(topology.QUEUE_DEAD_LETTERS)
    assert letter.routing_key == "capture_payment"
    assert letter.message.headers["x-first-death-reason"] == "delivery_limit"


async def test_after_a_crash_another_process_gets_the_message() -> None:
    queues = MemoryQueues(SystemClock())
    first = MemoryBroker(SystemClock(), queues=queues)
    second = MemoryBroker(SystemClock(), queues=queues)
    step, handler = SlowStep(), RecordingHandler()
    await first.subscribe(topology.QUEUE_COMMANDS, step)
    await first.publish(COMMAND)
    await step.started.wait()
    await second.subscribe(topology.QUEUE_COMMANDS, handler)
    assert handler.deliveries == []
    await first.crash()
    assert (await handler.next_delivery()).attempt == 2
    assert (step.running, step.finished) == (0, 0)
    await second.close()


async def test_two_processes_share_the_work() -> None:
    queues = MemoryQueues(SystemClock())
    brokers = [MemoryBroker(SystemClock(), queues=queues) for _ in range(2)]
    steps = [SlowStep(), SlowStep()]
    for broker, step in zip(brokers, steps, strict=True):
        await broker.subscribe(topology.QUEUE_COMMANDS, step, prefetch=10)
    for _ in range(6):
        await brokers[0].publish(COMMAND)
    await settle()
    assert [step.running for step in steps] == [3, 3]
    for broker in brokers:
        await broker.crash()


async def test_the_sender_is_the_user_whose_broker_published() -> None:
    queues = MemoryQueues(SystemClock())
    shop = MemoryBroker(SystemClock(), queues=queues, user="shop")
    orchestrator = MemoryBroker(SystemClock(), queues=queues, user="orchestrator")
    handler = RecordingHandler()
    await orchestrator.subscribe(topology.QUEUE_COMMANDS, handler)
    await shop.publish(COMMAND)
    assert (await handler.next_delivery()).sender == "shop"
    await orchestrator.close()


async def test_a_bounded_queue_drops_its_oldest() -> None:
    queues = MemoryQueues(SystemClock())
    for number in range(LARGEST_BOUNDED_QUEUE + 1):
        message = Message(str(number).encode(), None)
        queues.store(Route(topology.EVENTS, "payment.captured"), message, user="orchestrator")
    kept = queues.ready(topology.QUEUE_RECENT_EVENTS)
    assert (len(kept), kept[0].message.body) == (LARGEST_BOUNDED_QUEUE, b"1")
