"""What happens to a message after its handler, the same for every broker.

A message is only let go (acknowledged) after what follows it has been confirmed.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace

from payments_common.clock import Clock
from payments_common.errors import PaymentsError, TryLater
from payments_common.messaging.batches import SomeFailed
from payments_common.messaging.messages import (
    ATTEMPT,
    CODE,
    DEAD_LETTERED_AT,
    ERROR,
    FIRST_SEEN,
    QUEUE,
    REASON,
    Message,
    again,
)
from payments_common.messaging.outcomes import (
    Acknowledge,
    DeadLetter,
    RetryLater,
    RetrySoon,
    dead_letter_of,
    outcome_of,
)
from payments_common.messaging.port import Delivery, Handler
from payments_common.messaging.topology import (
    DEAD_LETTER,
    DELAY_STEPS_SECONDS,
    Route,
    delay_queue,
    has_delays,
)

MOST_ATTEMPTS = 300
LONGEST_OUTAGE_PAUSE_SECONDS = 5.0
RETRIES_EXHAUSTED = "retries_exhausted"
# Long enough for a broker's restart: each requeue counts towards the delivery limit.
SETTLING_PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0)
LONGEST_PAUSE_IN_PLACE_SECONDS = 30.0

ACKNOWLEDGED = "acknowledged"
RETRIED = "retried"
DEAD_LETTERED = "dead_lettered"
SPLIT = "split"
REQUEUED = "requeued"

Send = Callable[[Route, Message], Awaitable[None]]
"""Publishes and returns after the broker's confirm, or raises what Publisher.publish raises."""

_log = logging.getLogger(__name__)


class DeliveryPolicy:
    """Retries and dead letters of one queue."""

    def __init__(
        self, *, queue: str, send: Send, clock: Clock, most_attempts: int = MOST_ATTEMPTS
    ) -> None:
        self._queue = queue
        self._send = send
        self._clock = clock
        self._most_attempts = most_attempts

    async def handle(self, delivery: Delivery, handler: Handler) -> str:
        """Runs the handler and returns the outcome; only REQUEUED must not be acknowledged."""
        error = await self._run(delivery, handler)
        if error is None:
            return ACKNOWLEDGED
        if not isinstance(error, SomeFailed):
            return await self._settle(delivery, error)
        for failure in error.failures:
            alone = replace(delivery, body=failure.member.body)
            if await self._settle(alone, failure.error) == REQUEUED:
                return REQUEUED
        return SPLIT

    async def _run(self, delivery: Delivery, handler: Handler) -> BaseException | None:
        try:
            await handler(delivery)
        except asyncio.CancelledError:
            if _being_cancelled():
                raise
            # A dying connection cancels what waits for it although nobody asked for that.
            return TryLater("the handler was cut off by a lost connection")
        except Exception as error:  # noqa: BLE001 - a consumer outlives any handler's error
            return error
        return None

    async def _settle(self, delivery: Delivery, error: BaseException) -> str:
        for pause_seconds in (*SETTLING_PAUSES_SECONDS, None):
            try:
                return await self._send_on(delivery, error)
            except Exception as problem:  # noqa: BLE001 - unsettled it would block its place
                _log.warning("a message of %s could not be sent on: %r", self._queue, problem)
            if pause_seconds is not None:
                await self._clock.sleep(pause_seconds)
        return REQUEUED

    async def _send_on(self, delivery: Delivery, error: BaseException) -> str:
        match outcome_of(error):
            case Acknowledge():
                return ACKNOWLEDGED
            case RetrySoon():
                pause_seconds = pause_before(delivery.attempt + 1)
                return await self._retry(delivery, min(pause_seconds, LONGEST_OUTAGE_PAUSE_SECONDS))
            case RetryLater(at_least_seconds) if delivery.attempt < self._most_attempts:
                pause_seconds = pause_before(delivery.attempt + 1)
                return await self._retry(delivery, max(pause_seconds, at_least_seconds))
            case RetryLater():
                exhausted = dead_letter_of(error, code=RETRIES_EXHAUSTED)
                return await self._set_aside(delivery, error, exhausted)
            case DeadLetter() as dead_letter:
                return await self._set_aside(delivery, error, dead_letter)

    async def _retry(self, delivery: Delivery, seconds: float) -> str:
        if not has_delays(self._queue):  # a caller's own queue
            await self._clock.sleep(min(seconds, LONGEST_PAUSE_IN_PLACE_SECONDS))
            return REQUEUED
        route = Route("", delay_queue(self._queue, seconds))
        headers = {ATTEMPT: delivery.attempt + 1, FIRST_SEEN: self._first_seen(delivery)}
        await self._send(route, again(delivery, headers=headers))
        return RETRIED

    async def _set_aside(
        self, delivery: Delivery, error: BaseException, dead_letter: DeadLetter
    ) -> str:
        headers = {
            REASON: dead_letter.reason,
            CODE: dead_letter.code,
            ERROR: dead_letter.error,
            QUEUE: self._queue,
            ATTEMPT: delivery.attempt,
            FIRST_SEEN: self._first_seen(delivery),
            DEAD_LETTERED_AT: self._clock.now().isoformat(),
        }
        await self._send(Route(DEAD_LETTER, delivery.routing_key), again(delivery, headers=headers))
        self._report(delivery, error, dead_letter)
        return DEAD_LETTERED

    def _first_seen(self, delivery: Delivery) -> object:
        return delivery.headers.get(FIRST_SEEN) or self._clock.now().isoformat()

    def _report(self, delivery: Delivery, error: BaseException, dead_letter: DeadLetter) -> None:
        frames = "" if isinstance(error, PaymentsError) else _frames(error)
        _log.error(
            "a message of %s is a dead letter after attempt %d: %s%s",
            self._queue,
            delivery.attempt,
            dead_letter.reason,
            frames,
        )


def pause_before(attempt: int) -> float:
    """Seconds before the second and each later attempt: 1, 5, 30, 60, 300, 300, …"""
    return DELAY_STEPS_SECONDS[min(attempt - 2, len(DELAY_STEPS_SECONDS) - 1)]


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _frames(error: BaseException) -> str:
    return "\n" + "".join(traceback.format_tb(error.__traceback__))
