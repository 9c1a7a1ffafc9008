"""The same in memory, for tests and the simulation; it passes the suite that MongoDB passes."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from reconciler.domain.known import KnownOrder


class MemoryKnownOrders:
    """`put` does what the orchestrator does."""

    def __init__(self) -> None:
        self._orders: dict[str, KnownOrder] = {}

    def put(self, order: KnownOrder) -> None:
        self._orders[order.order_id] = order

    async def about(
        self, *, payment_ids: Collection[str], references: Collection[str]
    ) -> Sequence[KnownOrder]:
        return [
            order
            for order in self._orders.values()
            if order.order_reference in references
            or any(each.payment_id in payment_ids for each in order.payments)
        ]

    async def changed(
        self, account: str, *, since: datetime, until: datetime, at_once: int
    ) -> AsyncIterator[Sequence[KnownOrder]]:
        after = (since, "")
        while page := self._page(account, after, until)[:at_once]:
            yield page
            after = (page[-1].updated_at, page[-1].order_id)

    async def count_changed(self, account: str, *, since: datetime, until: datetime) -> int:
        return len(self._page(account, (since, ""), until))

    def _page(self, account: str, after: tuple[datetime, str], until: datetime) -> list[KnownOrder]:
        found = [
            order
            for order in self._orders.values()
            if order.account == account and order.updated_at <= until
        ]
        ordered = sorted(found, key=lambda order: (order.updated_at, order.order_id))
        return [each for each in ordered if (each.updated_at, each.order_id) > after]
