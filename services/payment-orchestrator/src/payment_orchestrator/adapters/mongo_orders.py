"""Orders in MongoDB: order, outbox and recent history are one document, one write (law 8)."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from payment_orchestrator.adapters.mongo_waiting import mark, marks
from payment_orchestrator.adapters.work_due import work_due_at
from payment_orchestrator.domain.audit_lines import moments
from payment_orchestrator.domain.change import Change, HistoryEntry, OutboxMessage
from payment_orchestrator.domain.order import Order
from payments_common.errors import LostRace
from payments_common.storage.mongo_store import Collection, Document, each, unbroken
from payments_common.telemetry.logs import get_logger

HISTORY_KEPT = 200
"""Entries that stay in the order's document; older ones move to the collection of their own."""
ORDER_ONLY = {"outbox": 0, "outbox_since": 0, "work_due_at": 0, "history": 0, "logged": 0}


class MongoOrders:
    def __init__(self, orders: Collection, order_history: Collection) -> None:
        self._orders = orders
        self._order_history = order_history

    async def get(self, order_id: str) -> Order | None:
        return await self._one({"_id": order_id})

    async def find_by_reference(self, order_reference: str) -> Order | None:
        return await self._one({"order_reference": order_reference})

    async def find_by_payment(self, account: str, payment_id: str) -> Order | None:
        return await self._one({"account": account, "payments.payment_id": payment_id})

    async def _one(self, query: Document) -> Order | None:
        found = await unbroken(self._orders.find_one(query, ORDER_ONLY))
        return order_from(found) if found else None

    async def versions(self, order_ids: Iterable[str]) -> Mapping[str, int]:
        cursor = self._orders.find({"_id": {"$in": list(order_ids)}}, {"version": 1})
        return {found["_id"]: found["version"] async for found in each(cursor)}

    async def insert(self, change: Change) -> None:
        order = change.order.model_copy(update={"version": 1})
        document = {
            "_id": order.order_id,
            **_document(order),
            "outbox": _outbox(change),
            "history": _entries(change.history),
            **marks(order, now=change.now),
        }
        if change.messages:
            document["outbox_since"] = change.now
        if moments(change):
            document["logged"] = _logged(change)
        if (due_at := work_due_at(change)) is not None:
            document["work_due_at"] = due_at
        await unbroken(self._orders.insert_one(document))

    async def save(self, change: Change) -> None:
        order = change.order
        await self._move_old_history(change)
        update: Document = {
            "$set": _document(order.model_copy(update={"version": order.version + 1})),
            "$push": {
                "outbox": {"$each": _outbox(change)},
                "history": {"$each": _entries(change.history), "$slice": -HISTORY_KEPT},
            },
        }
        if change.messages:
            update["$min"] = {"outbox_since": change.now}
        if moments(change):
            update["$addToSet"] = {"logged": {"$each": _logged(change)}}
        mark(update, order, now=change.now)
        if (due_at := work_due_at(change)) is not None:
            update["$set"]["work_due_at"] = due_at
        else:
            update["$unset"] = {**update.get("$unset", {}), "work_due_at": ""}
        if order.check is None:
            update["$unset"] = {**update.get("$unset", {}), "check": ""}
        guard = {"_id": order.order_id, "version": order.version}
        result = await unbroken(self._orders.update_one(guard, update))
        if result.matched_count == 0:
            raise LostRace(f"order {order.order_id} was changed by somebody else")

    async def _move_old_history(self, change: Change) -> None:
        """Copies what this write will push out, before it; a copy too early harms nobody."""
        leaving = change.order.history_length - HISTORY_KEPT
        if leaving <= 0 or not change.history:
            return
        order_id = change.order.order_id
        found = await unbroken(self._orders.find_one({"_id": order_id}, {"history": 1}))
        for entry in (found or {}).get("history", []):
            if entry["number"] <= leaving:
                key = {"_id": f"{order_id}-{entry['number']}"}
                kept = {"$setOnInsert": {"order_id": order_id, **entry}}
                await unbroken(self._order_history.update_one(key, kept, upsert=True))

    async def history(self, order_id: str) -> list[HistoryEntry]:
        older = self._order_history.find({"order_id": order_id}).sort("number", 1)
        entries = {d["number"]: d async for d in each(older)}
        found = await unbroken(self._orders.find_one({"_id": order_id}, {"history": 1}))
        entries.update({d["number"]: d for d in (found or {}).get("history", [])})
        return [HistoryEntry.model_validate(entries[number]) for number in sorted(entries)]

    async def undelivered(
        self, *, committed_before: datetime, limit: int
    ) -> AsyncIterator[tuple[str, Sequence[OutboxMessage]]]:
        due = {"outbox_since": {"$lte": committed_before}}
        cursor = self._orders.find(due, {"outbox": 1}).sort("outbox_since", 1).limit(limit)
        async for found in each(cursor):
            try:
                messages = [OutboxMessage.model_validate(m) for m in found["outbox"]]
            except ValidationError:
                get_logger().exception("outbox_unreadable", order_id=found["_id"])
                continue
            yield found["_id"], messages

    async def take_neglected(self, *, due_before: datetime, now: datetime) -> str | None:
        """The mark alone moves: the order's own next change sets it anew."""
        rested = {"$subtract": [now, "$updated_at"]}
        found = await unbroken(
            self._orders.find_one_and_update(
                {"work_due_at": {"$lte": due_before}},
                [{"$set": {"work_due_at": {"$add": [now, rested]}}}],
                sort=[("work_due_at", 1)],
                projection={"_id": 1},
            )
        )
        return found["_id"] if found else None

    async def delivered(self, order_id: str, envelope_ids: Sequence[str]) -> None:
        rest = {
            "$filter": {
                "input": "$outbox",
                "cond": {"$not": {"$in": ["$$this.envelope.id", list(envelope_ids)]}},
            }
        }
        is_empty = {"$eq": [{"$size": "$outbox"}, 0]}
        since = {"$cond": [is_empty, "$$REMOVE", "$outbox_since"]}
        pipeline: list[Document] = [{"$set": {"outbox": rest}}, {"$set": {"outbox_since": since}}]
        await unbroken(self._orders.update_one({"_id": order_id}, pipeline))


def _document(order: Order) -> Document:
    absent = {"check"} if order.check is None else set()
    document = order.model_dump(mode="python", exclude={"order_id", "session", *absent})
    return {**document, "session": order.session.model_dump(mode="json")}


def order_from(document: Document) -> Order:
    return Order.model_validate({**document, "order_id": document["_id"]})


def _outbox(change: Change) -> list[Document]:
    return [message.model_dump(mode="json") for message in change.messages]


def _entries(history: Sequence[HistoryEntry]) -> list[Document]:
    return [entry.model_dump(mode="python") for entry in history]


def _logged(change: Change) -> list[Document]:
    """When the log of operations has entries of this order, and of whom."""
    return [{"minute": moment.minute, "user": moment.user_id} for moment in moments(change)]
