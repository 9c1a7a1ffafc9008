"""Command ids in MongoDB: the unique _id decides who was first."""

from datetime import datetime

from payment_orchestrator.adapters.mongo_store import Collection, unbroken
from payments_common.errors import IdempotencyConflict, LostRace
from payments_common.schemas.replies import Answer


class MongoCommands:
    def __init__(self, commands: Collection) -> None:
        self._commands = commands

    async def claim(self, command_id: str, *, digest: str, received_at: datetime) -> Answer | None:
        claim = {"_id": command_id, "digest": digest, "received_at": received_at}
        try:
            await unbroken(self._commands.insert_one(claim))
        except LostRace:
            return await self._known(command_id, digest)
        return None

    async def _known(self, command_id: str, digest: str) -> Answer | None:
        found = await unbroken(self._commands.find_one({"_id": command_id}))
        if found is None or found["digest"] != digest:
            raise IdempotencyConflict(
                f"command id {command_id} was used for other content; use a fresh id"
            )
        answer = found.get("answer")
        return Answer.model_validate(answer) if answer else None

    async def answer(self, command_id: str, answer: Answer) -> Answer:
        await unbroken(
            self._commands.update_one(
                {"_id": command_id, "answer": {"$exists": False}},
                {"$set": {"answer": answer.model_dump(mode="python")}},
            )
        )
        found = await unbroken(self._commands.find_one({"_id": command_id}))
        kept = (found or {}).get("answer")
        return Answer.model_validate(kept) if kept else answer
