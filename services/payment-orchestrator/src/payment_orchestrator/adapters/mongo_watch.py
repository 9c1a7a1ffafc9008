"""What waits on the orders in MongoDB: counted by indexes alone, listed as a stream."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from payment_orchestrator.adapters.mongo_orders import ORDER_ONLY, order_from
from payment_orchestrator.domain.order import OPEN_STATES, Review
from payment_orchestrator.domain.waiting import OpenOperations, Waiting
from payments_common.storage.mongo_store import Collection, Document, each, unbroken

_EVER = {"$gt": datetime.fromtimestamp(0, UTC)}
"""Any time at all, in words for which a partial index is used."""


class MongoOrderWatch:
    """Only reads what `mongo_waiting` has marked."""

    def __init__(self, orders: Collection) -> None:
        self._orders = orders

    async def open_operations(self) -> Mapping[str, OpenOperations]:
        return {
            found["_id"]: OpenOperations(
                since=found["since"],
                counts={state: found[state.value] for state in sorted(OPEN_STATES)},
            )
            for found in await self._counted(open_pipeline())
        }

    async def in_review(self) -> Mapping[tuple[str, Review], int]:
        return {
            (found["_id"], review): found["count"]
            for review in Review
            for found in await self._counted(review_pipeline(review))
        }

    async def reviewed(self, review: Review) -> AsyncIterator[Waiting]:
        query = {"review": review.value, "review_since": _EVER}
        found = self._orders.find(query, {**ORDER_ONLY}).sort("review_since", 1)
        async for document in each(found):
            yield Waiting(order_from(document), document["review_since"])

    async def open_since(self, before: datetime) -> AsyncIterator[Waiting]:
        query = {"open.since": {**_EVER, "$lt": before}}
        found = self._orders.find(query, {**ORDER_ONLY}).sort("open.since", 1)
        async for document in each(found):
            yield Waiting(order_from(document), document["open"]["since"])

    async def _counted(self, pipeline: list[Document]) -> list[Document]:
        return await unbroken(self._orders.aggregate(pipeline).to_list(None))


def open_pipeline() -> list[Document]:
    sums = {state.value: {"$sum": f"$open.{state}"} for state in sorted(OPEN_STATES)}
    oldest = {"$min": "$open.since"}
    return [
        {"$match": {"open.since": _EVER}},
        {"$group": {"_id": "$account", "since": oldest, **sums}},
    ]


def review_pipeline(review: Review) -> list[Document]:
    return [
        {"$match": {"review": review.value, "review_since": _EVER}},
        {"$group": {"_id": "$account", "count": {"$sum": 1}}},
    ]
