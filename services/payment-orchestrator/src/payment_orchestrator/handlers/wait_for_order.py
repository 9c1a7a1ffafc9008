"""Waits for an order to change: one question for all who wait in this process, twice a second."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from payment_orchestrator.domain.order import Order
from payment_orchestrator.ports import OrderVersions
from payments_common.errors import PaymentsError
from payments_common.telemetry.logs import get_logger

POLL_SECONDS = 0.5
MOST_OF_ONE_ORDER = 5
"""A token may be read by many, who must not take every place."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    order_id: str
    version: int
    changed: asyncio.Future[bool]


class Waiters:
    """`on_count` is told how many wait, whenever that changes."""

    def __init__(
        self, orders: OrderVersions, *, most: int, on_count: Callable[[int], None]
    ) -> None:
        self._orders = orders
        self._most = most
        self._on_count = on_count
        self._waiters: set[_Waiter] = set()
        self._polling: asyncio.Task[None] | None = None
        self._stopped = False

    async def until_changed(self, order: Order, *, seconds: float) -> bool:
        """False when the time is over, the process stops, or nobody more may wait."""
        of_order = sum(1 for each in self._waiters if each.order_id == order.order_id)
        is_full = len(self._waiters) >= self._most or of_order >= MOST_OF_ONE_ORDER
        if self._stopped or is_full:
            return False
        changed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(order.order_id, order.version, changed)
        self._enter(waiter)
        try:
            async with asyncio.timeout(seconds):
                return await changed
        except TimeoutError:
            return False
        finally:
            self._leave(waiter)

    async def stop(self) -> None:
        """Lets everybody go, and nobody wait from now on."""
        self._stopped = True
        for waiter in self._waiters:
            _wake(waiter, changed=False)
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    def _enter(self, waiter: _Waiter) -> None:
        self._waiters.add(waiter)
        self._on_count(len(self._waiters))
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())

    def _leave(self, waiter: _Waiter) -> None:
        self._waiters.discard(waiter)
        self._on_count(len(self._waiters))

    async def _poll(self) -> None:
        """While anybody waits; an outage lets them wait on, their time ends by itself."""
        while self._waiters:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look()
            except PaymentsError as error:
                get_logger().warning("versions_not_read", code=error.code)
            except Exception:  # noqa: BLE001 - whoever waits is answered all the same
                get_logger().exception("versions_not_read")

    async def _look(self) -> None:
        wanted = {waiter.order_id for waiter in self._waiters}
        versions = await self._orders.versions(wanted) if wanted else {}
        for waiter in self._waiters:
            if versions.get(waiter.order_id, 0) > waiter.version:
                _wake(waiter, changed=True)


def _wake(waiter: _Waiter, *, changed: bool) -> None:
    if not waiter.changed.done():
        waiter.changed.set_result(changed)
