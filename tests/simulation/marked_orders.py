"""What the reconciler may see of the orders in memory: their marks, and the facts they know."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from payment_orchestrator.domain.order import Order
from reconciler.adapters.memory_known_orders import MemoryKnownOrders
from reconciler.domain.known import KnownOrder, KnownPayment
from reconciler.domain.mark import Mark
from simulation.watched_stores import WatchedOrders


class MarkedOrders:
    """What the reconciler may see of the orders."""

    def __init__(self, orders: WatchedOrders) -> None:
        self._orders = orders

    async def marked(
        self, *, since: datetime | None, at_once: int
    ) -> AsyncIterator[Sequence[Mark]]:
        marks = [mark for order in self._orders.all() if (mark := mark_on(order))]
        found = [m for m in marks if since is None or m.marked_at >= since]
        found.sort(key=lambda mark: mark.marked_at)
        for start in range(0, len(found), at_once):
            yield found[start : start + at_once]

    async def mark_of(self, order_id: str) -> Mark | None:
        order = await self._orders.get(order_id)
        return mark_on(order) if order else None


def mark_on(order: Order) -> Mark | None:
    check = order.check
    if check is None:
        return None
    return Mark(
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        since=check.since,
        expires_at=check.expires_at,
        payment_ids=check.payment_ids,
        why=check.why,
        marked_at=check.marked_at,
    )


class SeenOrders:
    """As they are at the moment of each question."""

    def __init__(self, orders: WatchedOrders) -> None:
        self._orders = orders

    async def about(
        self, *, payment_ids: Collection[str], references: Collection[str]
    ) -> Sequence[KnownOrder]:
        return await self._now().about(payment_ids=payment_ids, references=references)

    async def changed(
        self, account: str, *, since: datetime, until: datetime, at_once: int
    ) -> AsyncIterator[Sequence[KnownOrder]]:
        async for page in self._now().changed(account, since=since, until=until, at_once=at_once):
            yield page

    async def count_changed(self, account: str, *, since: datetime, until: datetime) -> int:
        return await self._now().count_changed(account, since=since, until=until)

    def _now(self) -> MemoryKnownOrders:
        known = MemoryKnownOrders()
        for order in self._orders.all():
            known.put(_known(order))
        return known


def _known(order: Order) -> KnownOrder:
    return KnownOrder(
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        created_at=order.created_at,
        updated_at=order.updated_at,
        payments=tuple(KnownPayment(p.payment_id, p.facts) for p in order.payments),
    )
