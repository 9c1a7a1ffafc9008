"""The board in MongoDB, by the database's time: hosts' clocks may differ as they like."""

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta

import pymongo
from pymongo import ASCENDING, IndexModel, ReturnDocument

from payments_common.breakers.board import HEARTBEAT_SECONDS, BoardView
from payments_common.breakers.entry import BreakerState, CallKind, Entry, Key
from payments_common.breakers.moving_board import Move, MovingBoard
from payments_common.errors import LostRace
from payments_common.storage.mongo_store import Collection, Document, unbroken

MOST_RACES = 20
ANSWER_SECONDS = 2.0
"""No statement goes on longer: others wait for the same connections."""
FORGOTTEN_SECONDS = 300

BREAKER_INDEXES = {
    "breakers": [
        IndexModel(
            [("heartbeat_at", ASCENDING)], name="heartbeat", expireAfterSeconds=FORGOTTEN_SECONDS
        )
    ]
}
_PLAIN = [f.name for f in fields(Entry) if f.name not in {"key", "state"}]


class MongoBreakerBoard(MovingBoard):
    def __init__(self, breakers: Collection) -> None:
        self._breakers = breakers

    async def read(self, process: str | None = None) -> BoardView:
        with pymongo.timeout(ANSWER_SECONDS):
            now = await self._now(process)
            found: list[Document] = await unbroken(self._breakers.find({}).to_list(None))
        oldest = now - timedelta(seconds=HEARTBEAT_SECONDS)
        entries = [_entry(d) for d in found if "kind" in d and d["kind"] in set(CallKind)]
        living = [d for d in found if "heartbeat_at" in d and d["heartbeat_at"] >= oldest]
        return BoardView(now, {entry.key: entry for entry in entries}, len(living))

    async def leave(self, process: str) -> None:
        with pymongo.timeout(ANSWER_SECONDS):
            await unbroken(self._breakers.delete_one({"_id": _process_id(process)}))

    async def _now(self, process: str | None) -> datetime:
        """The database's own time; it is a heartbeat, too, where a process is named."""
        if process is None:
            answer = await unbroken(self._breakers.database.command("hello"))
            told: datetime = answer["localTime"]  # commands know of no time zones
            return told.replace(tzinfo=UTC)
        document: Document = await unbroken(
            self._breakers.find_one_and_update(
                {"_id": _process_id(process)},
                [{"$set": {"heartbeat_at": "$$NOW"}}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        )
        heartbeat_at: datetime = document["heartbeat_at"]
        return heartbeat_at

    async def _moved(self, key: Key, move: Move) -> Entry:
        """By compare-and-set on the entry's version, so each move is of what was there."""
        with pymongo.timeout(ANSWER_SECONDS):
            for _ in range(MOST_RACES):
                now = await self._now(None)
                found = await unbroken(self._breakers.find_one({"_id": _id(key)}))
                known = _entry(found) if found else Entry(key, since=now)
                moved = move(known, now)
                if moved == known or await self._saved(known, moved):
                    return moved
        raise LostRace(f"the breaker of {key.account} was moved by others {MOST_RACES} times")

    async def _saved(self, known: Entry, moved: Entry) -> bool:
        """Whether it was still the one that was known; one that is not there has version 0."""
        try:
            saved = await unbroken(
                self._breakers.find_one_and_update(
                    {"_id": _id(moved.key), "version": known.version},
                    {"$set": _document(moved)},
                    upsert=known.version == 0,
                    return_document=ReturnDocument.AFTER,
                )
            )
        except LostRace:
            return False
        return saved is not None


def _id(key: Key) -> str:
    return f"{key.account} {key.kind}"


def _process_id(process: str) -> str:
    return f"process {process}"


def _document(entry: Entry) -> Document:
    kept = asdict(entry)
    return {
        **{name: kept[name] for name in _PLAIN},
        "account": entry.key.account,
        "kind": entry.key.kind.value,
        "state": entry.state.value,
    }


def _entry(document: Document) -> Entry:
    """What a newer version wrote beside is left alone."""
    key = Key(document["account"], CallKind(document["kind"]))
    plain = {name: document[name] for name in _PLAIN if name in document}
    return Entry(key=key, state=BreakerState(document["state"]), **plain)
