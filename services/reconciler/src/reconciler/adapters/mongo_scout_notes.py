"""How far the scouts of a deployment have come, one document for each kind of work."""

from datetime import datetime, timedelta

from payments_common.errors import LostRace
from payments_common.storage.mongo_store import Collection, unbroken


class MongoScoutNotes:
    def __init__(self, reconciliation: Collection) -> None:
        self._notes = reconciliation

    async def take_turn(self, work: str, *, holder: str, now: datetime, seconds: float) -> bool:
        is_free = [{"holder": holder}, {"until": {"$lte": now}}, {"until": {"$exists": False}}]
        turn = {"holder": holder, "until": now + timedelta(seconds=seconds)}
        try:
            await unbroken(
                self._notes.update_one(
                    {"_id": _key(work), "$or": is_free}, {"$set": turn}, upsert=True
                )
            )
        except LostRace:  # it is there, and another's
            return False
        return True

    async def reached(self, work: str) -> datetime | None:
        found = await unbroken(self._notes.find_one({"_id": _key(work)}))
        reached: datetime | None = (found or {}).get("reached")
        return reached

    async def note(self, work: str, reached: datetime) -> None:
        noted = {"$set": {"reached": reached}}
        await unbroken(self._notes.update_one({"_id": _key(work)}, noted, upsert=True))


def _key(work: str) -> str:
    return f"scout {work}"
