"""The collections' indexes and retention, created at start; a test holds them to this list."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from payment_orchestrator.domain.order import OPEN_STATES
from payments_common.storage.mongo_breaker_board import BREAKER_INDEXES

DAY_SECONDS = 24 * 60 * 60
WEBHOOK_EVENTS_KEPT_DAYS = 90
API_CALLS_KEPT_DAYS = 400
COMMANDS_KEPT_DAYS = 400
WEBHOOK_HEALTH_KEPT_DAYS = 40

INDEXES: dict[str, list[IndexModel]] = {
    **BREAKER_INDEXES,
    "orders": [
        IndexModel([("order_reference", ASCENDING)], name="reference", unique=True),
        IndexModel(
            [("account", ASCENDING), ("payments.payment_id", ASCENDING)],
            name="payment",
            unique=True,
            partialFilterExpression={"payments.payment_id": {"$exists": True}},
        ),
        IndexModel([("payments.payment_id", ASCENDING)], name="payment_id", sparse=True),
        IndexModel([("logged.minute", ASCENDING)], name="logged", sparse=True),
        IndexModel(
            [("logged.user", ASCENDING), ("logged.minute", ASCENDING)],
            name="logged_user",
            sparse=True,
        ),
        IndexModel([("outbox_since", ASCENDING)], name="outbox", sparse=True),
        IndexModel([("work_due_at", ASCENDING)], name="work_due", sparse=True),
        IndexModel(
            [
                ("open.since", ASCENDING),
                ("account", ASCENDING),
                *((f"open.{state}", ASCENDING) for state in sorted(OPEN_STATES)),
            ],
            name="open",
            partialFilterExpression={"open.since": {"$exists": True}},
        ),
        IndexModel(
            [("review", ASCENDING), ("review_since", ASCENDING), ("account", ASCENDING)],
            name="review",
            partialFilterExpression={"review_since": {"$exists": True}},
        ),
        IndexModel(
            [("check.marked_at", ASCENDING)],
            name="check",
            partialFilterExpression={"check.marked_at": {"$exists": True}},
        ),
        IndexModel([("status", ASCENDING), ("updated_at", DESCENDING)], name="status"),
        IndexModel(
            [("account", ASCENDING), ("updated_at", ASCENDING), ("_id", ASCENDING)],
            name="changed",
        ),
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
    "webhook_health": [
        IndexModel([("account", ASCENDING), ("hour", ASCENDING)], name="account"),
        IndexModel(
            [("hour", ASCENDING)],
            name="retention",
            expireAfterSeconds=WEBHOOK_HEALTH_KEPT_DAYS * DAY_SECONDS,
        ),
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
