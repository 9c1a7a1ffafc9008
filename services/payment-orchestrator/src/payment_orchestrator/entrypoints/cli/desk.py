"""What the commands about orders and webhooks have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.mongo_webhook_events import MongoWebhookEvents
from payment_orchestrator.domain.order import Order
from payment_orchestrator.ports import WebhookEventRepository
from payments_common.clock import SystemClock
from payments_common.config import examine_accounts
from payments_common.desk import accounts
from payments_common.desk.accounts import NoApiCalls
from payments_common.desk.database import answers, open_store
from payments_common.desk.telling import told
from payments_common.errors import Misconfigured, UnknownOrder
from payments_common.gateways.registration import OtherWebhooks
from payments_common.references import time_ordered_ids
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_store import MongoStore


@dataclass(frozen=True, slots=True)
class Desk(accounts.Desk):
    """`webhook_events` is None where no database was named."""

    webhook_events: WebhookEventRepository | None


@asynccontextmanager
async def open_desk(mongodb_url: str | None, database: str) -> AsyncIterator[Desk]:
    """A database that is away is told, and done without. Raises Misconfigured."""
    clock = SystemClock()
    without = Desk(clock, NoApiCalls(), None)
    if not mongodb_url:
        yield without
        return
    async with open_store(mongodb_url, database) as store:
        if not await answers(store):
            told("MongoDB does not answer: no call is recorded, nothing is looked up", error=True)
            yield without
            return
        calls = MongoApiCalls(store.database["api_calls"], time_ordered_ids(clock))
        yield Desk(clock, calls, MongoWebhookEvents(store.database["webhook_events"]))


def orders_in(store: MongoStore) -> MongoOrders:
    return MongoOrders(store.database["orders"], store.database["order_history"])


async def find_order(order_reference: str, store: MongoStore) -> Order:
    """Raises UnknownOrder that names the reference."""
    order = await orders_in(store).find_by_reference(order_reference)
    if order is None:
        raise UnknownOrder(f"there is no order with the reference {order_reference!r}")
    return order


def other_webhooks(path: Path, *, delete_unknown: bool) -> OtherWebhooks:
    """What the whole file says of registrations, whichever of its accounts are chosen.

    Raises Misconfigured where all but its own are to be deleted and not all of it can be read.
    """
    examined = examine_accounts(path)
    unread = [each.name for each in examined if each.account is None]
    if delete_unknown and unread:
        raise Misconfigured(
            f"nothing is deleted while the file's settings of {', '.join(unread)} cannot be read: "
            "a registration may be theirs; `payments accounts check` says what is wrong"
        )
    urls = (each.account.webhook_url for each in examined if each.account)
    return OtherWebhooks(frozenset(url for url in urls if url), delete_unknown=delete_unknown)


def missing_webhook_url(name: str) -> str:
    return f"set accounts.{name}.webhook_url, or webhook_base_url for all accounts"
