"""Orchestrators that are broken on purpose: the oracle has to catch each of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from payment_orchestrator.domain.change import Change, OutboxMessage
from payment_orchestrator.domain.order import Operation, OperationState
from payment_orchestrator.ports import OrderRepository
from payments_common.around import Around
from payments_common.messaging.port import Broker, Delivery, Handler, Subscription

BREAK = "CRASH_BREAK"
Port = TypeVar("Port")


class Break(StrEnum):
    ACKNOWLEDGES_FIRST = "acknowledges_first"
    SENDS_UNRECORDED = "sends_unrecorded"
    NEVER_SWEEPS = "never_sweeps"


def broken(name: str | None, around: Around) -> Around:
    """The same, with that break built in; None leaves all as it is."""
    return around if name is None else _Broken(Break(name), around)


class _Broken:
    def __init__(self, which: Break, around: Around) -> None:
        self._which = which
        self._around = around

    def __call__(self, name: str, port: Port, /) -> Port:
        around: object = port
        match self._which, name:
            case Break.ACKNOWLEDGES_FIRST, "broker":
                around = _AcknowledgesFirst(cast(Broker, self._around(name, port)))
            case Break.SENDS_UNRECORDED, "orders":
                around = self._around(name, _SendsUnrecorded(cast(OrderRepository, port)))
            case Break.NEVER_SWEEPS, "orders":
                around = self._around(name, _NeverSweeps(cast(OrderRepository, port)))
            case _:
                around = self._around(name, port)
        return cast(Port, around)


class _AcknowledgesFirst:
    """Lets a message go before its effect is stored."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._tasks: set[asyncio.Task[None]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def subscribe(self, queue: str, handler: Handler, *, prefetch: int = 32) -> Subscription:
        async def handle(delivery: Delivery) -> None:
            await handler(delivery)

        async def early(delivery: Delivery) -> None:
            task = asyncio.create_task(handle(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return await self._broker.subscribe(queue, early, prefetch=prefetch)


class _SendsUnrecorded:
    """Calls the gateway without having committed that it does."""

    def __init__(self, orders: OrderRepository) -> None:
        self._orders = orders

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orders, name)

    async def save(self, change: Change) -> None:
        if not any(_is_being_sent(each, change) for each in change.order.operations):
            await self._orders.save(change)


class _NeverSweeps:
    """Forgets what was committed and not published."""

    def __init__(self, orders: OrderRepository) -> None:
        self._orders = orders

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orders, name)

    async def undelivered(
        self, *, committed_before: datetime, limit: int
    ) -> AsyncIterator[tuple[str, Sequence[OutboxMessage]]]:
        _ = committed_before, limit
        return
        yield  # what makes it a generator


def _is_being_sent(operation: Operation, change: Change) -> bool:
    before = change.before.operation(operation.operation_id) if change.before else None
    was_sent = before is not None and before.state is OperationState.SUBMITTED
    return operation.state is OperationState.SUBMITTED and not was_sent
