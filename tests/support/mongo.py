"""A database of its own for a test, on the real server."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from payment_orchestrator.adapters.mongo_indexes import INDEXES
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import MongoStore


@asynccontextmanager
async def fresh_store(url: str) -> AsyncIterator[MongoStore]:
    """With its indexes, and gone after the test."""
    store = MongoStore(url, f"test_{secrets.token_hex(6)}")
    await ensure_indexes(store.database, INDEXES)
    try:
        yield store
    finally:
        await store.database.client.drop_database(store.database.name)
        store.close()
