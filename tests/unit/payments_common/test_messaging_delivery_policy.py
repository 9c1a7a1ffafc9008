import asyncio

import pytest

from payments_common.errors import (
    BrokerUnavailable,
    GatewayOutage,
    OperationRefused,
    StoreUnavailable,
    TryLater,
    Unroutable,
)
from payments_common.messaging import topology
from payments_common.messaging.delivery_policy import (
    DEAD_LETTERED,
    MOST_ATTEMPTS,
    REQUEUED,
    RETRIED,
    SETTLING_PAUSES_SECONDS,
    DeliveryPolicy,
    pause_before,
)
from payments_common.messaging.messages import Message
from payments_common.messaging.port import Delivery, Handler
from payments_common.messaging.topology import Route
from support.clocks import FastClock

QUEUE = topology.QUEUE_COMMANDS


class Sent:
    """Where the policy sends to; the first sends fail as told."""

    def __init__(self, *failures: Exception) -> None:
        self.messages: list[tuple[Route, Message]] = []
        self._failures = list(failures)

    async def __call__(self, route: Route, message: Message) -> None:
        if self._failures:
            raise self._failures.pop(0)
        self.messages.append((route, message))


def delivery(attempt: int = 1, **headers: object) -> Delivery:
    return Delivery(
        body=b"{}",
        content_type="application/cloudevents+json",
        routing_key="capture_payment",
        message_id="m-1",
        correlation_id=None,
        reply_to=None,
        sender="shop",
        attempt=attempt,
        headers=headers,
    )


def raising(error: BaseException) -> Handler:
    async def handler(_: Delivery) -> None:
        raise error

    return handler


async def handle(sent: Sent, error: BaseException, *, attempt: int = 1) -> str:
    policy = DeliveryPolicy(queue=QUEUE, send=sent, clock=FastClock())
    return await policy.handle(delivery(attempt), raising(error))


def test_the_pauses_grow_to_five_minutes() -> None:
    assert [pause_before(attempt) for attempt in range(2, 8)] == [1, 5, 30, 60, 300, 300]


@pytest.mark.parametrize(
    ("attempt", "retry_after_seconds", "step"),
    [(1, None, 1), (3, None, 30), (1, 20, 30), (4, 20, 60), (1, 4000, 300)],
)
async def test_a_retry_waits_for_its_turn_and_for_the_gateway(
    attempt: int, retry_after_seconds: float | None, step: int
) -> None:
    sent = Sent()
    error = GatewayOutage("down", retry_after_seconds=retry_after_seconds)
    assert await handle(sent, error, attempt=attempt) == RETRIED
    ((route, message),) = sent.messages
    assert route == Route("", f"{QUEUE}.delay.{step}s")
    assert message.headers["x-payments-attempt"] == attempt + 1
    assert message.headers["x-payments-routing-key"] == "capture_payment"
    assert message.headers["x-payments-sender"] == "shop"


async def test_a_queue_without_delay_queues_gets_its_message_back_after_the_pause() -> None:
    sent, clock = Sent(), FastClock()
    policy = DeliveryPolicy(queue="shop.answers", send=sent, clock=clock)
    assert await policy.handle(delivery(2), raising(TryLater("busy"))) == REQUEUED
    assert (clock.slept, sent.messages) == ([5], [])


async def test_retries_end_with_a_dead_letter() -> None:
    sent = Sent()
    assert await handle(sent, TryLater("busy"), attempt=MOST_ATTEMPTS) == DEAD_LETTERED
    ((route, message),) = sent.messages
    assert route == Route(topology.DEAD_LETTER, "capture_payment")
    assert message.headers["x-payments-code"] == "retries_exhausted"
    assert message.headers["x-payments-reason"] == "TryLater (retries_exhausted): busy"


@pytest.mark.parametrize(("attempt", "step"), [(1, 1), (2, 5), (9, 5), (MOST_ATTEMPTS * 100, 5)])
async def test_an_outage_of_ours_however_long_makes_no_dead_letter(attempt: int, step: int) -> None:
    sent = Sent()
    assert await handle(sent, StoreUnavailable("no primary"), attempt=attempt) == RETRIED
    ((route, _),) = sent.messages
    assert route == Route("", f"{QUEUE}.delay.{step}s")


async def test_the_time_of_the_first_failure_is_kept() -> None:
    sent = Sent()
    policy = DeliveryPolicy(queue=QUEUE, send=sent, clock=FastClock())
    first = {"x-payments-first-seen": "2026-11-01T00:00:00+00:00"}
    await policy.handle(delivery(5, **first), raising(OperationRefused("no")))
    ((_, message),) = sent.messages
    assert message.headers["x-payments-first-seen"] == "2026-11-01T00:00:00+00:00"


@pytest.mark.parametrize("problem", [BrokerUnavailable("away"), Unroutable("no queue")])
async def test_what_cannot_be_sent_on_is_tried_again(problem: Exception) -> None:
    sent = Sent(problem, problem)
    assert await handle(sent, OperationRefused("no")) == DEAD_LETTERED
    assert len(sent.messages) == 1


@pytest.mark.parametrize("problem", [BrokerUnavailable("away"), ValueError("no header")])
async def test_what_cannot_be_sent_on_for_long_goes_back_to_the_queue(problem: Exception) -> None:
    sent = Sent(*[problem] * (len(SETTLING_PAUSES_SECONDS) + 1))
    assert await handle(sent, OperationRefused("no")) == REQUEUED
    assert sent.messages == []


async def test_a_cancellation_that_nobody_asked_for_is_retried() -> None:
    sent = Sent()
    assert await handle(sent, asyncio.CancelledError()) == RETRIED


async def test_a_cancellation_that_was_asked_for_settles_nothing() -> None:
    sent = Sent()
    started = asyncio.Event()

    async def wait(_: Delivery) -> None:
        started.set()
        await asyncio.Event().wait()

    policy = DeliveryPolicy(queue=QUEUE, send=sent, clock=FastClock())
    task = asyncio.create_task(policy.handle(delivery(), wait))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sent.messages == []
