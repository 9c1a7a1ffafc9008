"""The indexes of the reconciler's own collections, created at start."""

from pymongo import ASCENDING, IndexModel

DAY_SECONDS = 24 * 60 * 60
DISCREPANCIES_KEPT_DAYS = 400
"""After they were last seen: one that stays open stays."""

INDEXES: dict[str, list[IndexModel]] = {
    "reconciliation": [
        IndexModel(
            [("account", ASCENDING), ("due_at", ASCENDING), ("lease_until", ASCENDING)],
            name="due",
            partialFilterExpression={"due_at": {"$exists": True}},
        )
    ],
    "discrepancies": [
        IndexModel(
            [
                ("account", ASCENDING),
                ("state", ASCENDING),
                ("last_seen_at", ASCENDING),
                ("kind", ASCENDING),
            ],
            name="account",
        ),
        IndexModel([("account", ASCENDING), ("run", ASCENDING)], name="run"),
        IndexModel(
            [("last_seen_at", ASCENDING)],
            name="retention",
            expireAfterSeconds=DISCREPANCIES_KEPT_DAYS * DAY_SECONDS,
        ),
    ],
}
