"""What waits on the orders in memory; it passes the suite that MongoDB passes."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.domain.order import OperationState, Review
from payment_orchestrator.domain.waiting import OpenOperations, Waiting


class MemoryOrderWatch:
    def __init__(self, orders: MemoryOrders) -> None:
        self._orders = orders

    async def open_operations(self) -> Mapping[str, OpenOperations]:
        found: dict[str, OpenOperations] = {}
        for order, opened in self._orders.with_open_operations():
            known = found.get(order.account, OpenOperations(opened.since, {}))
            found[order.account] = OpenOperations(
                since=min(known.since, opened.since),
                counts=_sum(known.counts, opened.counts),
            )
        return found

    async def in_review(self) -> Mapping[tuple[str, Review], int]:
        return Counter(
            (waiting.order.account, review)
            for waiting in self._orders.in_review()
            for review in waiting.order.review
        )

    async def reviewed(self, review: Review) -> AsyncIterator[Waiting]:
        for waiting in self._orders.in_review():
            if review in waiting.order.review:
                yield waiting

    async def open_since(self, before: datetime) -> AsyncIterator[Waiting]:
        for order, opened in self._orders.with_open_operations():
            if opened.since < before:
                yield Waiting(order, opened.since)


def _sum(
    some: Mapping[OperationState, int], others: Mapping[OperationState, int]
) -> dict[OperationState, int]:
    return {state: some.get(state, 0) + others[state] for state in others}
