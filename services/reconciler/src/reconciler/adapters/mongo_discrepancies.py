"""Discrepancies in MongoDB: one document for each account, payment and kind."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from pymongo import ReturnDocument

from payments_common.errors import LostRace
from payments_common.storage.mongo_store import Collection, Document, each, unbroken
from reconciler.domain.discrepancy import Discrepancy, Found, Kind, State, key_of


class MongoDiscrepancies:
    def __init__(self, discrepancies: Collection) -> None:
        self._kept = discrepancies

    async def record(
        self, found: Found, *, run: str, now: datetime, may_add: bool = True
    ) -> Discrepancy | None:
        try:
            before = await self._record(found, run, now, may_add=may_add)
        except LostRace:  # somebody else has just added it
            before = await self._record(found, run, now, may_add=False)
        return _read(before) if before else None

    async def _record(
        self, found: Found, run: str, now: datetime, *, may_add: bool
    ) -> Document | None:
        is_counted = {"$eq": ["$run", {"$literal": run}]}
        count = {"$ifNull": ["$count", 0]}
        # What a gateway says may begin with a dollar, and must not be taken for a field.
        told = {name: {"$literal": value} for name, value in _fields(found).items()}
        seen = {
            **told,
            "state": State.OPEN.value,
            "first_seen_at": {"$ifNull": ["$first_seen_at", now]},
            "last_seen_at": now,
            "run": {"$literal": run},
            "count": {"$cond": [is_counted, count, {"$add": [count, 1]}]},
        }
        return await unbroken(
            self._kept.find_one_and_update(
                {"_id": key_of(found)},
                [{"$set": seen}],
                upsert=may_add,
                return_document=ReturnDocument.BEFORE,
            )
        )

    async def settle(
        self, found: Found, state: State, *, run: str, now: datetime, is_told: bool = False
    ) -> None:
        settled: Document = {"state": state.value, "last_seen_at": now, "run": run}
        if is_told:
            settled["told_run"] = run
        which = {"_id": key_of(found), "state": State.OPEN.value}
        await unbroken(self._kept.update_one(which, {"$set": settled}))

    async def open_ones(self, account: str) -> AsyncIterator[Discrepancy]:
        query = {"account": account, "state": State.OPEN.value}
        async for found in each(self._kept.find(query).sort("last_seen_at", 1)):
            yield _read(found)

    async def seen_in(self, account: str, run: str) -> AsyncIterator[Discrepancy]:
        query = {"account": account, "run": run}
        async for found in each(self._kept.find(query).sort("last_seen_at", 1)):
            yield _read(found)

    async def open_counts(self, account: str) -> Mapping[Kind, int]:
        pipeline: list[Document] = [
            {"$match": {"account": account, "state": State.OPEN.value}},
            {"$group": {"_id": "$kind", "count": {"$sum": 1}}},
        ]
        found = await unbroken(self._kept.aggregate(pipeline).to_list(None))
        return {Kind(each["_id"]): each["count"] for each in found}


def _fields(found: Found) -> Document:
    return {
        "account": found.account,
        "payment_id": found.payment_id,
        "kind": found.kind.value,
        "says": found.says,
        "order_id": found.order_id,
        "order_reference": found.order_reference,
    }


def _read(document: Document) -> Discrepancy:
    found = Found(
        account=document["account"],
        payment_id=document["payment_id"],
        kind=Kind(document["kind"]),
        says=document["says"],
        order_id=document["order_id"],
        order_reference=document["order_reference"],
    )
    return Discrepancy(
        found=found,
        state=State(document["state"]),
        first_seen_at=document["first_seen_at"],
        last_seen_at=document["last_seen_at"],
        run=document["run"],
        told_run=document.get("told_run"),
        count=document["count"],
    )
