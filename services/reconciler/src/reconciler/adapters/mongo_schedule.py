"""The schedule in MongoDB, one document per order: claims and returns are one atomic write each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, ReturnDocument, UpdateOne

from payments_common.storage.mongo_store import Collection, Document, unbroken
from reconciler.domain.entry import FREE, Backlog, Entry
from reconciler.domain.mark import Mark
from reconciler.ports import Turn


class MongoSchedule:
    def __init__(self, reconciliation: Collection) -> None:
        self._entries = reconciliation

    async def mark(self, found: Sequence[tuple[Mark, datetime]]) -> int:
        """Only what differs is written: most marks of a look or a rescan are known already."""
        ids = [mark.order_id for mark, _ in found]
        cursor = self._entries.find({"_id": {"$in": ids}}, {"marked_at": 1})
        documents = await unbroken(cursor.to_list(None))
        known = {each["_id"]: each["marked_at"] for each in documents}
        new = [each for each in found if known.get(each[0].order_id) != each[0].marked_at]
        if not new:
            return 0
        updates = [_marking(mark, due_at) for mark, due_at in new]
        await unbroken(self._entries.bulk_write(updates, ordered=False))
        return len(new)

    async def claim(
        self, account: str, *, now: datetime, lease_seconds: float, turn: Turn
    ) -> Entry | None:
        direction = ASCENDING if turn is Turn.LONGEST_DUE else DESCENDING
        found = await unbroken(
            self._entries.find_one_and_update(
                {"account": account, "due_at": {"$lte": now}, "lease_until": {"$lte": now}},
                {
                    "$inc": {"lease_number": 1},
                    "$set": {"lease_until": now + timedelta(seconds=lease_seconds)},
                },
                sort=[("due_at", direction)],
                return_document=ReturnDocument.AFTER,
            )
        )
        return _entry(found) if found else None

    async def reschedule(self, held: Entry, then: Entry) -> bool:
        changes = {
            "due_at": then.due_at,
            "marked_at": then.marked_at,
            "lease_until": FREE,
            "asked_count": then.asked_count,
            "failures": then.failures,
            "gave_up": then.gave_up,
        }
        result = await unbroken(self._entries.update_one(_held(held), {"$set": changes}))
        return bool(result.matched_count)

    async def remove(self, held: Entry) -> bool:
        result = await unbroken(self._entries.delete_one(_held(held)))
        return bool(result.deleted_count)

    async def backlog(self, account: str, *, now: datetime) -> Backlog:
        every: Document = {"account": account, "due_at": {"$exists": True}}
        due: Document = {"account": account, "due_at": {"$lte": now}}
        oldest = await unbroken(
            self._entries.find_one(due, {"_id": 0, "due_at": 1}, sort=[("due_at", ASCENDING)])
        )
        return Backlog(
            scheduled=await unbroken(self._entries.count_documents(every)),
            due=await unbroken(self._entries.count_documents(due)),
            oldest_due_at=oldest["due_at"] if oldest else None,
        )


def _held(entry: Entry) -> Document:
    """A mark that changed meanwhile is another entry, even where the old one was removed."""
    return {
        "_id": entry.order_id,
        "lease_number": entry.lease_number,
        "marked_at": entry.marked_at,
    }


def _marking(mark: Mark, due_at: datetime) -> UpdateOne:
    """Decided by the server, so that of two scouts the second changes nothing."""
    number = {"$add": [{"$ifNull": ["$lease_number", 0]}, 1]}
    anew = {
        "_id": mark.order_id,
        "account": {"$literal": mark.account},
        "due_at": due_at,
        "marked_at": mark.marked_at,
        "lease_until": FREE,
        "lease_number": number,
        "asked_count": 0,
        "failures": 0,
        "gave_up": False,
    }
    is_known = {"$eq": ["$marked_at", mark.marked_at]}
    pipeline = [{"$replaceWith": {"$cond": [is_known, "$$ROOT", anew]}}]
    return UpdateOne({"_id": mark.order_id}, pipeline, upsert=True)


def _entry(document: Document) -> Entry:
    return Entry(
        order_id=document["_id"],
        account=document["account"],
        due_at=document["due_at"],
        marked_at=document["marked_at"],
        lease_until=document["lease_until"],
        lease_number=document["lease_number"],
        asked_count=document["asked_count"],
        failures=document["failures"],
        gave_up=document["gave_up"],
    )
