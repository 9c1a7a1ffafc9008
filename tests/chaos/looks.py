"""What can be seen of the house from outside: its database, its queues, the gateways' ledger."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pymongo

from payments_common.messaging.topology import QUEUE_DEAD_LETTERS, QUEUE_RECENT_EVENTS, QUEUES
from support.estate import Estate
from support.rabbit import Seen, rabbit_probe

Document = dict[str, Any]
MEASURES = ("authorized", "captured", "refunded", "voided")
OPEN = ("requested", "submitted", "unknown")
# A timer may outlive the work that it was for; its message then finds nothing to do.
_MAY_HOLD = {QUEUE_RECENT_EVENTS, QUEUE_DEAD_LETTERS, *(q for q in QUEUES if ".delay." in q)}


@dataclass(frozen=True, slots=True)
class Looks:
    """One look at everything, while nothing is disturbed."""

    orders: Mapping[str, Document]
    webhooks: list[Document]
    ledger: list[Document]
    deliveries: list[Document]
    dead_letters: list[Seen]
    ready: Mapping[str, int]

    @property
    def unrest(self) -> list[str]:
        """What is still under way."""
        found = [f"{queue} holds {count}" for queue, count in self.ready.items() if count]
        for reference, order in self.orders.items():
            states = [o["state"] for o in order["operations"] if o["state"] in OPEN]
            found += [f"{reference} has an operation {state}" for state in states]
            found += [f"{reference} waits for {len(order['reads'])} reads"] * bool(order["reads"])
            found += [f"{reference} has an outbox"] * bool(order.get("outbox"))
        waiting = [w for w in self.webhooks if w["verdict"] == "authentic" and not _processed(w)]
        found += [f"webhook {w['_id']} is not processed" for w in waiting]
        return found + [f"{each} is not stored" for each in self.taken_and_gone]

    @property
    def taken_and_gone(self) -> list[str]:
        """Webhooks that got their 200 and are nowhere to be seen, not yet or never."""
        stored = {each["event_key"] for each in self.webhooks}
        return [
            f"webhook {each['event']} of {each['reference_id']}"
            for each in self.deliveries
            if each["state"] == "acknowledged" and _key_of(each) not in stored
        ]

    def accounts(self, reference: str) -> list[Document]:
        return [each for each in self.ledger if each["reference_id"] == reference]

    def ours(self, reference: str) -> dict[str, int]:
        """What we believe was moved, in minor units; all zero for an order that we do not have."""
        balance = self.orders.get(reference, {}).get("balance", {})
        return {m: balance.get(m, {}).get("amount_minor", 0) for m in MEASURES}

    def theirs(self, reference: str) -> dict[str, int]:
        """What the gateway's ledger says."""
        accounts = self.accounts(reference)
        return {m: sum(each[f"{m}_minor"] for each in accounts) for m in MEASURES}

    def undelivered(self) -> set[str]:
        """Orders of which a webhook was never taken: nobody can know what it said."""
        return {
            each["reference_id"]
            for each in self.deliveries
            if each["state"] in ("dropped", "abandoned", "held")
        }


def _key_of(delivery: Document) -> str:
    return f"sha256:{hashlib.sha256(delivery['body'].encode()).hexdigest()}"


def _processed(webhook: Document) -> bool:
    return webhook.get("processed_at") is not None


async def look(on: Estate) -> Looks:
    orders, webhooks = await asyncio.to_thread(_stored, on)
    async with httpx.AsyncClient(base_url=on.urls.sandbox, trust_env=False, timeout=60) as sandbox:
        ledger = (await sandbox.get("/sandbox/ledger")).raise_for_status().json()
        deliveries = (await sandbox.get("/sandbox/deliveries")).raise_for_status().json()
    async with rabbit_probe(on.urls.rabbitmq) as probe:
        ready = {name: await probe.count(name) for name in QUEUES if name not in _MAY_HOLD}
        dead_letters = await probe.take_all(QUEUE_DEAD_LETTERS)
        for each in dead_letters:
            await probe.put(QUEUE_DEAD_LETTERS, each.body, headers=each.headers)
    return Looks(
        orders=orders,
        webhooks=webhooks,
        ledger=ledger["payments"],
        deliveries=deliveries["deliveries"],
        dead_letters=dead_letters,
        ready=ready,
    )


def _stored(on: Estate) -> tuple[dict[str, Document], list[Document]]:
    client: pymongo.MongoClient[Document] = pymongo.MongoClient(on.urls.mongodb)
    with client:
        database = client[on.urls.mongodb_database]
        orders = {each["order_reference"]: each for each in database.orders.find()}
        return orders, list(database.webhook_events.find({}, {"body": 0}))


async def rest(on: Estate, *, within_seconds: float) -> tuple[Looks, float]:
    """Waits until nothing is under way any more; the last look, and how long it took."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    while True:
        last = await look(on)
        seconds = loop.time() - started
        if not last.unrest or seconds > within_seconds:
            return last, seconds
        await asyncio.sleep(1.0)
