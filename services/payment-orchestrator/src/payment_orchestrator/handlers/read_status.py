"""Tells a customer's page what it may know of its own order, at once or when there is news."""

import asyncio
from dataclasses import dataclass

from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.public_status import (
    Page,
    PublicStatus,
    Refreshed,
    page_of,
    public_status,
)
from payment_orchestrator.handlers.refresh_order import RefreshOrder
from payment_orchestrator.handlers.wait_for_order import Waiters
from payment_orchestrator.ports import OrderRepository


@dataclass(frozen=True, slots=True)
class Asked:
    """`refresh`: have the gateway asked; `wait_seconds`: for an order that is being checked."""

    refresh: bool = False
    wait_seconds: int = 0


class ReadStatus:
    def __init__(self, orders: OrderRepository, refresh: RefreshOrder, waiters: Waiters) -> None:
        self._orders = orders
        self._refresh = refresh
        self._waiters = waiters

    async def __call__(
        self, order_id: str, order_reference: str, asked: Asked
    ) -> PublicStatus | None:
        """None unless that is the reference of this order.

        The reference is compared and never looked up, so it tells nothing of other orders.
        """
        deadline = _now() + asked.wait_seconds
        order = await self._orders.get(order_id)
        if order is None or order.order_reference != order_reference:
            return None
        refreshed: Refreshed | None = None
        if asked.refresh:
            refreshed = await self._refresh(order)
            order = await self._again(order)
        return public_status(await self._waited(order, deadline), refreshed)

    async def _waited(self, order: Order, deadline: float) -> Order:
        while page_of(order.status) is Page.CHECKING and (left := deadline - _now()) > 0:
            if not await self._waiters.until_changed(order, seconds=left):
                break
            order = await self._again(order)
        return order

    async def _again(self, order: Order) -> Order:
        return await self._orders.get(order.order_id) or order


def _now() -> float:
    return asyncio.get_running_loop().time()
