"""Orders in MongoDB as far as the reconciler reads them."""

from collections.abc import Iterable
from typing import Any

from payments_common.storage.mongo_store import Collection
from reconciler.domain.mark import Mark


def order_document(mark: Mark) -> dict[str, Any]:
    check = {
        "since": mark.since,
        "expires_at": mark.expires_at,
        "payment_ids": list(mark.payment_ids),
        "why": list(mark.why),
        "marked_at": mark.marked_at,
    }
    return {
        "_id": mark.order_id,
        "order_reference": mark.order_reference,
        "account": mark.account,
        "check": check,
    }


async def write_mark(orders: Collection, mark: Mark) -> None:
    document = order_document(mark)
    await orders.replace_one({"_id": mark.order_id}, document, upsert=True)


async def write_marks(orders: Collection, marks: Iterable[Mark], *, at_once: int = 2000) -> None:
    batch: list[dict[str, Any]] = []
    for each in marks:
        batch.append(order_document(each))
        if len(batch) == at_once:
            await orders.insert_many(batch, ordered=False)
            batch = []
    if batch:
        await orders.insert_many(batch, ordered=False)
