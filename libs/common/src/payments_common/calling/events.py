"""Events as a caller reads them: one after the other, acknowledged when the next is asked for."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from payments_common.errors import InvalidMessage
from payments_common.messaging.port import Broker, Delivery
from payments_common.schemas.envelope import decode, parse
from payments_common.schemas.events import EventType, PaymentEvent, type_of

_KNOWN = frozenset(type_of(each) for each in EventType)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """`event_id` is stable, `sequence` counts an order's events from 1: drop what you have seen."""

    event_id: str
    sequence: int
    data: PaymentEvent


class Following:
    """Reads one queue, one event at a time: they stay in order through a lost connection."""

    def __init__(self, broker: Broker, queue: str) -> None:
        self._broker = broker
        self._queue = queue
        self._arrived: asyncio.Queue[tuple[ReceivedEvent, asyncio.Event]] = asyncio.Queue()
        self._in_hand: set[Any] = set()

    async def events(self) -> AsyncGenerator[ReceivedEvent]:
        subscription = await self._broker.subscribe(self._queue, self._take, prefetch=1)
        try:
            while True:
                event, asked_for_next = await self._arrived.get()
                yield event
                asked_for_next.set()
        finally:
            self.let_go()
            await subscription.drain()

    def let_go(self) -> None:
        """Gives back what is in hand; never acknowledged, the reader may have died on it."""
        for handling in self._in_hand:
            handling.cancel()

    async def _take(self, delivery: Delivery) -> None:
        handling = asyncio.current_task()
        self._in_hand.add(handling)
        try:
            for event in _read(delivery):
                asked_for_next = asyncio.Event()
                await self._arrived.put((event, asked_for_next))
                await asked_for_next.wait()
        finally:
            self._in_hand.discard(handling)


def _read(delivery: Delivery) -> list[ReceivedEvent]:
    """Leaves out, and logs, what a newer orchestrator says and this client does not know."""
    events = []
    try:
        for envelope in decode(delivery.body, content_type=delivery.content_type):
            if envelope.type not in _KNOWN:
                _log.warning("event %s is left out: unknown type %s", envelope.id, envelope.type)
                continue
            data = parse(PaymentEvent, envelope.data, envelope.type)
            events.append(ReceivedEvent(envelope.id, envelope.sequence or 0, data))
    except InvalidMessage as error:
        _log.error("an event is left out, it cannot be read: %s", error)
    return events
