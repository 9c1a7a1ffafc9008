"""Webhook deliveries in MongoDB, byte for byte, unique per account, verdict and event key."""

from datetime import datetime

from bson.binary import Binary
from pymongo import ReturnDocument

from payments_common.schemas.webhooks import WebhookMessage
from payments_common.storage.mongo_store import Collection, Document, unbroken


class MongoWebhookEvents:
    def __init__(self, webhook_events: Collection) -> None:
        self._events = webhook_events

    async def record(self, message: WebhookMessage) -> bool:
        first = {
            "event_key": message.event_key,
            "account": message.account,
            "verdict": message.verdict,
            "received_at": message.received_at,
            "body": Binary(message.body),
            "headers": [list(pair) for pair in message.headers],
            "query": message.query,
            "secret_id": message.secret_id,
        }
        latest = {"last_received_at": message.received_at}
        if message.secret_id is not None:
            # A duplicate under a new secret shows that the gateway has changed over.
            latest[f"matched.{message.secret_id}"] = message.received_at
        stored = await unbroken(
            self._events.find_one_and_update(
                _key(message),
                {
                    "$setOnInsert": first,
                    "$inc": {"deliveries": 1},
                    "$max": latest,
                },
                upsert=True,
                return_document=ReturnDocument.AFTER,
                projection={"processed_at": 1},
            )
        )
        return "processed_at" not in stored

    async def failed(self, message: WebhookMessage, *, reason: str) -> None:
        await unbroken(self._events.update_one(_key(message), {"$set": {"outcome": reason}}))

    async def processed(self, message: WebhookMessage, *, outcome: str, at: datetime) -> None:
        done = {"$set": {"processed_at": at, "outcome": outcome}}
        await unbroken(self._events.update_one(_key(message), done))

    async def last_matched(self, account: str) -> dict[str, datetime]:
        """Answered by the index `matched` alone: no delivery is read."""
        cursor = self._events.aggregate(last_matched_pipeline(account))
        return {each["_id"]: each["at"] for each in await unbroken(cursor.to_list(None))}


def last_matched_pipeline(account: str) -> list[Document]:
    return [
        {"$match": {"account": account, "matched": {"$gt": {}}}},
        {"$project": {"_id": 0, "matched": {"$objectToArray": "$matched"}}},
        {"$unwind": "$matched"},
        {"$group": {"_id": "$matched.k", "at": {"$max": "$matched.v"}}},
    ]


def _key(message: WebhookMessage) -> Document:
    return {"_id": f"{message.account}/{message.verdict}/{message.event_key}"}
