"""The orders' marks in MongoDB, read as a stream; nothing of an order is ever written here."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from payments_common.storage.mongo_store import Collection, Document, each, unbroken
from payments_common.telemetry.logs import get_logger
from reconciler.domain.mark import Mark

_FIELDS = {"order_reference": 1, "account": 1, "check": 1}
_EVER = datetime.fromtimestamp(0, UTC)


class MongoCheckedOrders:
    def __init__(self, orders: Collection) -> None:
        self._orders = orders

    async def marked(
        self, *, since: datetime | None, at_once: int
    ) -> AsyncIterator[Sequence[Mark]]:
        query = {"check.marked_at": {"$gte": since or _EVER}}
        found = self._orders.find(query, _FIELDS).sort("check.marked_at", 1).batch_size(at_once)
        batch: list[Mark] = []
        async for document in each(found):
            if (mark := _read(document)) is not None:
                batch.append(mark)
            if len(batch) >= at_once:
                yield batch
                batch = []
        if batch:
            yield batch

    async def mark_of(self, order_id: str) -> Mark | None:
        found = await unbroken(self._orders.find_one({"_id": order_id}, _FIELDS))
        return _read(found) if found and found.get("check") else None


def _read(document: Document) -> Mark | None:
    """None, and a line in the log, for what is no mark: one bad order must not stop the others."""
    try:
        check: Document = document["check"]
        return Mark(
            order_id=document["_id"],
            order_reference=document["order_reference"],
            account=document["account"],
            since=_time(check["since"]),
            expires_at=None if check.get("expires_at") is None else _time(check["expires_at"]),
            payment_ids=tuple(str(each) for each in check.get("payment_ids") or ()),
            why=tuple(str(each) for each in check.get("why") or ()),
            marked_at=_time(check["marked_at"]),
        )
    except (KeyError, TypeError):
        get_logger().exception("mark_unreadable", order_id=document.get("_id"))
        return None


def _time(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is no time")
    return value
