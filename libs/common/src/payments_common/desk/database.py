"""The database as commands open it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pymongo.errors

from payments_common.errors import Misconfigured, StoreUnavailable
from payments_common.storage.mongo_store import MongoStore

PING_SECONDS = 2.0


@asynccontextmanager
async def open_store(url: str, database: str) -> AsyncIterator[MongoStore]:
    """Raises Misconfigured for a URL that cannot be MongoDB's."""
    try:
        store = MongoStore(url, database)
    except (pymongo.errors.PyMongoError, ValueError):
        # Its own words may quote the URL, and the password in it.
        raise Misconfigured("PAYMENTS_MONGODB_URL or its database's name is not valid") from None
    try:
        yield store
    finally:
        store.close()


async def answers(store: MongoStore) -> bool:
    """Within moments: an operator waits."""
    try:
        async with asyncio.timeout(PING_SECONDS):
            return await store.answers()
    except (TimeoutError, StoreUnavailable):
        return False
