"""The orders' payments in MongoDB, read in pages; nothing of an order is ever written here."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from pydantic import ValidationError

from payments_common.schemas.observations import PaymentFacts
from payments_common.storage.mongo_store import Collection as MongoCollection
from payments_common.storage.mongo_store import Document, each, unbroken
from payments_common.telemetry.logs import get_logger
from reconciler.domain.known import KnownOrder, KnownPayment

_FIELDS = {
    "order_reference": 1,
    "account": 1,
    "created_at": 1,
    "updated_at": 1,
    "payments.payment_id": 1,
    "payments.facts": 1,
}


class MongoKnownOrders:
    def __init__(self, orders: MongoCollection) -> None:
        self._orders = orders

    async def about(
        self, *, payment_ids: Collection[str], references: Collection[str]
    ) -> Sequence[KnownOrder]:
        by_payment = {"payments.payment_id": {"$in": list(payment_ids)}}
        by_reference = {"order_reference": {"$in": list(references)}}
        cursor = self._orders.find({"$or": [by_payment, by_reference]}, _FIELDS)
        return [known_order(document) async for document in each(cursor)]

    async def changed(
        self, account: str, *, since: datetime, until: datetime, at_once: int
    ) -> AsyncIterator[Sequence[KnownOrder]]:
        """Each page is a query of its own: reading what is in one may take longer than a cursor."""
        after: tuple[datetime, str] | None = None
        while True:
            query = _changed(account, since, until)
            if after is not None:
                at, order_id = after
                same = {"updated_at": at, "_id": {"$gt": order_id}}
                query = _changed(account, at, until)
                query["$or"] = [{"updated_at": {"$gt": at}}, same]
            cursor = self._orders.find(query, _FIELDS).sort([("updated_at", 1), ("_id", 1)])
            page = [known_order(found) async for found in each(cursor.limit(at_once))]
            if not page:
                return
            yield page
            after = (page[-1].updated_at, page[-1].order_id)

    async def count_changed(self, account: str, *, since: datetime, until: datetime) -> int:
        return await unbroken(self._orders.count_documents(_changed(account, since, until)))


def _changed(account: str, since: datetime, until: datetime) -> Document:
    return {"account": account, "updated_at": {"$gte": since, "$lte": until}}


def known_order(document: Document) -> KnownOrder:
    return KnownOrder(
        order_id=document["_id"],
        order_reference=document["order_reference"],
        account=document["account"],
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        payments=tuple(_payment(each, document) for each in document.get("payments") or ()),
    )


def _payment(payment: Document, document: Document) -> KnownPayment:
    """Facts that cannot be read are as if none were known: then what the gateway says is news."""
    try:
        facts = PaymentFacts.model_validate(payment.get("facts") or {})
    except ValidationError:
        get_logger().exception("facts_unreadable", order_id=document["_id"])
        facts = PaymentFacts()
    return KnownPayment(payment["payment_id"], facts)
