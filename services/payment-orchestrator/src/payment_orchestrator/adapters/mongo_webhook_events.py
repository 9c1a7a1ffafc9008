"""Webhook deliveries in MongoDB, byte for byte, unique per account, verdict and event key."""

from datetime import datetime

from bson.binary import Binary
from pymongo import ReturnDocument

from payment_orchestrator.adapters.mongo_store import Collection, Document, unbroken
from payments_common.schemas.webhooks import WebhookMessage


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
        stored = await unbroken(
            self._events.find_one_and_update(
                _key(message),
                {
                    "$setOnInsert": first,
                    "$inc": {"deliveries": 1},
                    "$max": {"last_received_at": message.received_at},
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


def _key(message: WebhookMessage) -> Document:
    return {"_id": f"{message.account}/{message.verdict}/{message.event_key}"}
