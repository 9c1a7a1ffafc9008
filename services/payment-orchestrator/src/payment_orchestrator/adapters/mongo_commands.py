"""Command ids in MongoDB: the unique _id decides who was first."""

from datetime import datetime

from payments_common.errors import IdempotencyConflict, LostRace
from payments_common.schemas.replies import Answer
from payments_common.storage.mongo_store import Collection, Document, unbroken


class MongoCommands:
    def __init__(self, commands: Collection) -> None:
        self._commands = commands

    async def claim(
        self, command_id: str, *, digest: str, received_at: datetime, order_id: str | None = None
    ) -> Answer | None:
        claim: Document = {"_id": command_id, "digest": digest, "received_at": received_at}
        try:
            await unbroken(
                self._commands.insert_one({**claim, "order_id": order_id} if order_id else claim)
            )
        except LostRace:
            return await self._known(command_id, digest, order_id=order_id)
        return None

    async def refuse(self, command_id: str, answer: Answer) -> Answer | None:
        undecided = {"_id": command_id, "order_id": {"$exists": False}}
        await self._keep(undecided, answer)
        found = await unbroken(self._commands.find_one({"_id": command_id}))
        kept = (found or {}).get("answer")
        return Answer.model_validate(kept) if kept else None

    async def _known(self, command_id: str, digest: str, *, order_id: str | None) -> Answer | None:
        if order_id:
            unanswered = {"_id": command_id, "digest": digest, "answer": {"$exists": False}}
            await unbroken(self._commands.update_one(unanswered, {"$set": {"order_id": order_id}}))
        found = await unbroken(self._commands.find_one({"_id": command_id}))
        if found is None or found["digest"] != digest:
            raise IdempotencyConflict(
                f"command id {command_id} was used for other content; use a fresh id"
            )
        answer = found.get("answer")
        return Answer.model_validate(answer) if answer else None

    async def answer(self, command_id: str, answer: Answer) -> Answer:
        await self._keep({"_id": command_id}, answer)
        found = await unbroken(self._commands.find_one({"_id": command_id}))
        kept = (found or {}).get("answer")
        return Answer.model_validate(kept) if kept else answer

    async def _keep(self, wanted: Document, answer: Answer) -> None:
        first = {**wanted, "answer": {"$exists": False}}
        kept = {"$set": {"answer": answer.model_dump(mode="python")}}
        await unbroken(self._commands.update_one(first, kept))
