"""Webhooks and changes by hour in MongoDB: one document for each account and hour, counted up."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pymongo import UpdateOne

from payment_orchestrator.domain.news import Via
from payment_orchestrator.domain.webhook_health import Traffic, usual_hours
from payment_orchestrator.domain.webhook_hours import HOUR, Hour, received_since, whole_hour
from payments_common.storage.mongo_store import Collection, Document, unbroken


class MongoWebhookHours:
    def __init__(self, webhook_health: Collection) -> None:
        self._hours = webhook_health

    async def add(self, counted: Sequence[Hour]) -> None:
        """Many processes add to the same document: each sends what it has counted in one write."""
        updates = [
            UpdateOne({"_id": _key(hour.account, hour.began_at)}, _update(hour), upsert=True)
            for hour in counted
        ]
        if updates:
            await unbroken(self._hours.bulk_write(updates, ordered=False))

    async def since(self, account: str, begin: datetime) -> list[Hour]:
        query = {"account": account, "hour": {"$gte": begin}}
        found = await unbroken(self._hours.find(query).sort("hour", 1).to_list(None))
        return [_hour(document) for document in found]

    async def traffic(self, account: str, *, now: datetime) -> Traffic:
        """Reads few documents, by their keys, however much was counted."""
        of_account = {"account": account}
        recent = await self.since(account, whole_hour(now) - HOUR)
        keys = [_key(account, hour) for hour in usual_hours(now)]
        usual = self._hours.find({"_id": {"$in": keys}}, {"hour": 1, "received": 1})
        before = await unbroken(usual.to_list(None))
        first = self._hours.find_one(of_account, {"hour": 1}, sort=[("hour", 1)])
        last = self._hours.find_one(
            {**of_account, "last_webhook_at": {"$exists": True}},
            {"last_webhook_at": 1},
            sort=[("hour", -1)],
        )
        first_hour, last_webhook = await unbroken(first), await unbroken(last)
        return Traffic(
            first_hour=first_hour["hour"] if first_hour else None,
            before={each["hour"]: each.get("received", 0) for each in before},
            last_60_minutes=received_since(recent, now - HOUR),
            last_webhook_at=last_webhook["last_webhook_at"] if last_webhook else None,
        )


def _key(account: str, hour: datetime) -> str:
    return f"{account}/{hour:%Y-%m-%dT%H}"


def _update(hour: Hour) -> Document:
    counts = {
        "received": hour.received.total(),
        **{f"minutes.{minute:02}": count for minute, count in hour.received.items()},
        **{f"learned.{via}": count for via, count in hour.learned.items()},
        **{f"delays.{via}.{end}": count for (via, end), count in hour.delays.items()},
    }
    update: Document = {
        "$setOnInsert": {"account": hour.account, "hour": hour.began_at},
        "$inc": counts,
    }
    if hour.last_webhook_at is not None:
        update["$max"] = {"last_webhook_at": hour.last_webhook_at}
    return update


def _hour(document: Document) -> Hour:
    return Hour(
        account=document["account"],
        began_at=document["hour"],
        received=Counter({int(m): count for m, count in document.get("minutes", {}).items()}),
        last_webhook_at=document.get("last_webhook_at"),
        learned=Counter({Via(via): count for via, count in document.get("learned", {}).items()}),
        delays=Counter(
            {
                (Via(via), int(end)): count
                for via, places in document.get("delays", {}).items()
                for end, count in places.items()
            }
        ),
    )
