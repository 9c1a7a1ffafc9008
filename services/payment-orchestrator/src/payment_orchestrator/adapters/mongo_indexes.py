"""The collections' indexes and retention, created at start; a test holds them to this list."""

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel

from payment_orchestrator.adapters.mongo_store import Document, unbroken

DAY_SECONDS = 24 * 60 * 60
WEBHOOK_EVENTS_KEPT_DAYS = 90
API_CALLS_KEPT_DAYS = 400
COMMANDS_KEPT_DAYS = 400

INDEXES: dict[str, list[IndexModel]] = {
    "orders": [
        IndexModel([("order_reference", ASCENDING)], name="reference", unique=True),
        IndexModel(
            [("account", ASCENDING), ("payments.payment_id", ASCENDING)],
            name="payment",
            unique=True,
            partialFilterExpression={"payments.payment_id": {"$exists": True}},
        ),
        IndexModel([("outbox_since", ASCENDING)], name="outbox", sparse=True),
        IndexModel([("status", ASCENDING), ("updated_at", DESCENDING)], name="status"),
    ],
    "order_history": [IndexModel([("order_id", ASCENDING), ("number", ASCENDING)], name="order")],
    "commands": [
        IndexModel(
            [("received_at", ASCENDING)],
            name="retention",
            expireAfterSeconds=COMMANDS_KEPT_DAYS * DAY_SECONDS,
        )
    ],
    "webhook_events": [
        IndexModel(
            [("received_at", ASCENDING)],
            name="retention",
            expireAfterSeconds=WEBHOOK_EVENTS_KEPT_DAYS * DAY_SECONDS,
        ),
        IndexModel([("account", ASCENDING), ("event_key", ASCENDING)], name="event"),
        IndexModel([("account", ASCENDING), ("matched", ASCENDING)], name="matched"),
    ],
    "api_calls": [
        IndexModel([("order_id", ASCENDING), ("started_at", ASCENDING)], name="order"),
        IndexModel(
            [("started_at", ASCENDING)],
            name="retention",
            expireAfterSeconds=API_CALLS_KEPT_DAYS * DAY_SECONDS,
        ),
    ],
}


async def ensure_indexes(database: AsyncIOMotorDatabase[Document]) -> None:
    """Creates what is missing; raises StoreUnavailable when one is there with other options."""
    for collection, indexes in INDEXES.items():
        await unbroken(database[collection].create_indexes(indexes))
