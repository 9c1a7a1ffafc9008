"""The database connection: durable writes, foreign errors mapped once, cancellation kept out.

The only module that makes a client, so that motor's successor is a change of one file.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import contextmanager
from typing import Any, TypeVar

import pymongo.errors
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ReadPreference
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from payments_common.errors import LostRace, StoreUnavailable

Document = dict[str, Any]
Collection = AsyncIOMotorCollection[Document]
Result = TypeVar("Result")

WRITE_TIMEOUT_MS = 5_000
CALL_TIMEOUT_MS = 10_000


class MongoStore:
    """One client for the life of the process; `application` is how the server's logs call it.

    Acknowledged means in the journals of a majority; reads are of what a majority has.
    """

    def __init__(self, url: str, name: str, *, application: str = "payments") -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            tz_aware=True,
            timeoutMS=CALL_TIMEOUT_MS,
            serverSelectionTimeoutMS=5_000,
            retryWrites=True,
            appname=application,
        )
        self.database: AsyncIOMotorDatabase[Document] = self._client.get_database(
            name,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=WRITE_TIMEOUT_MS),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    async def answers(self) -> bool:
        """Raises StoreUnavailable when it does not."""
        answer: Document = await unbroken(self.database.command("ping"))
        return bool(answer.get("ok"))

    def close(self) -> None:
        self._client.close()


async def unbroken(operation: Awaitable[Result]) -> Result:
    """A cancelled caller leaves, the write goes on: it is never torn down half way.

    Raises LostRace for a duplicate key, StoreUnavailable for all that another try may mend.
    """
    with _mapped():
        return await asyncio.shield(asyncio.ensure_future(operation))


async def each(cursor: AsyncIterator[Document]) -> AsyncIterator[Document]:
    with _mapped():
        async for document in cursor:
            yield document


@contextmanager
def _mapped() -> Any:
    try:
        yield
    except pymongo.errors.DuplicateKeyError as error:
        raise LostRace("a document with this key is there already") from error
    except pymongo.errors.PyMongoError as error:
        raise StoreUnavailable(f"the database did not answer: {type(error).__name__}") from error
