"""Puts the envelopes that wait at the same moment into one confirmed message."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from payments_common.errors import BrokerUnavailable, PublishUnknown
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.schemas.envelope import Envelope, encode

LARGEST_GROUP_BYTES = 512 * 1024


@dataclass(eq=False, slots=True)
class _Waiter:
    envelope: Envelope
    size_bytes: int
    confirmed: asyncio.Future[None]


class GroupPublisher:
    """At low load a group has one member and goes out at once; under load groups fill up."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        exchange: str,
        routing_key: str,
        largest_group: int = 64,
        groups_in_flight: int = 2,
        most_waiting: int = 2000,
        deadline_seconds: float = 5.0,
    ) -> None:
        self._publisher = publisher
        self._exchange = exchange
        self._routing_key = routing_key
        self._largest_group = largest_group
        self._groups_in_flight = groups_in_flight
        self._most_waiting = most_waiting
        self._deadline_seconds = deadline_seconds
        # A dict, because those whose deadline passes leave from the middle.
        self._waiting: dict[_Waiter, None] = {}
        self._groups: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def publish(self, envelope: Envelope) -> None:
        """Returns after the broker has confirmed the group that holds this envelope.

        Raises what Publisher.publish raises; BrokerUnavailable if too many wait, or if the
        deadline passes before the envelope was sent; PublishUnknown if it passes afterwards.
        """
        if self._is_closing:
            raise BrokerUnavailable("the publisher is closing, nothing was sent")
        if len(self._waiting) >= self._most_waiting:
            raise BrokerUnavailable(f"{self._most_waiting} messages wait already, nothing was sent")
        confirmed = asyncio.get_running_loop().create_future()
        waiter = _Waiter(envelope, len(encode(envelope)), confirmed)
        self._waiting[waiter] = None
        self._send_groups()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await confirmed
        except TimeoutError:
            if waiter in self._waiting:
                raise BrokerUnavailable("the deadline passed before the message was sent") from None
            raise PublishUnknown("the deadline passed before the broker confirmed") from None
        finally:
            self._waiting.pop(waiter, None)

    async def close(self) -> None:
        """Takes no more and waits for what is under way."""
        self._is_closing = True
        while self._groups:
            await asyncio.wait(self._groups)

    def _send_groups(self) -> None:
        while self._waiting and len(self._groups) < self._groups_in_flight:
            group = self._next_group()
            task = asyncio.create_task(self._send(group))
            self._groups.add(task)
            task.add_done_callback(self._on_sent)

    def _next_group(self) -> list[_Waiter]:
        group: list[_Waiter] = []
        size_bytes = 0
        for waiter in self._waiting:
            size_bytes += waiter.size_bytes + 1
            if group and size_bytes > LARGEST_GROUP_BYTES:
                break
            group.append(waiter)
            if len(group) == self._largest_group:
                break
        for waiter in group:
            del self._waiting[waiter]
        return group

    async def _send(self, group: Sequence[_Waiter]) -> None:
        envelopes = [waiter.envelope for waiter in group]
        outgoing = Outgoing(self._exchange, self._routing_key, envelopes, batch=True)
        error: Exception = PublishUnknown("publishing was cut off, the message may be stored")
        try:
            await self._publisher.publish(outgoing)
        except Exception as problem:  # noqa: BLE001 - each waiter raises it to its own caller
            error = problem
        else:
            for waiter in group:
                if not waiter.confirmed.done():
                    waiter.confirmed.set_result(None)
        finally:
            for waiter in group:
                if not waiter.confirmed.done():
                    waiter.confirmed.set_exception(error)

    def _on_sent(self, task: asyncio.Task[None]) -> None:
        self._groups.discard(task)
        self._send_groups()
