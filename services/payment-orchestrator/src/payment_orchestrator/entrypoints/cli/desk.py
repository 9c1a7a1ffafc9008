"""What the operator's commands have in common: accounts by name, gateways, words for errors."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pymongo.errors
import typer
from rich.console import Console
from rich.text import Text

from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.mongo_webhook_events import MongoWebhookEvents
from payment_orchestrator.domain.order import Order
from payment_orchestrator.ports import WebhookEventRepository
from payments_common.clock import Clock, SystemClock
from payments_common.config import Account, Examined, examine_accounts
from payments_common.errors import (
    GatewayRefusal,
    Misconfigured,
    NotSent,
    PaymentsError,
    StoreUnavailable,
    UnknownAccount,
    UnknownOrder,
)
from payments_common.gateways.port import ApiCall, ApiCalls, Gateway
from payments_common.gateways.registration import OtherWebhooks
from payments_common.gateways.registry import open_gateway
from payments_common.references import time_ordered_ids
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_store import MongoStore

PING_SECONDS = 2.0

AccountsFile = Annotated[
    Path, typer.Option(envvar="PAYMENTS_ACCOUNTS_FILE", help="The accounts file.")
]
OptionalMongoUrl = Annotated[
    str | None,
    typer.Option(
        envvar="PAYMENTS_MONGODB_URL",
        show_envvar=True,
        help="MongoDB's URL; without it no call is recorded and nothing is looked up.",
    ),
]
MongoUrl = Annotated[str, typer.Option(envvar="PAYMENTS_MONGODB_URL", help="MongoDB's URL.")]
RabbitUrl = Annotated[str, typer.Option(envvar="PAYMENTS_RABBITMQ_URL", help="RabbitMQ's URL.")]
Database = Annotated[str, typer.Option(envvar="PAYMENTS_MONGODB_DATABASE")]
AccountNames = Annotated[
    list[str] | None, typer.Argument(metavar="[ACCOUNT]...", help="All of them if none is named.")
]


@dataclass(frozen=True, slots=True)
class Desk:
    """`webhook_events` is None where no database was named."""

    clock: Clock
    api_calls: ApiCalls
    webhook_events: WebhookEventRepository | None


class NoApiCalls:
    """Keeps no call: the operator named no database."""

    async def record(self, call: ApiCall) -> str:
        _ = call
        return ""


@asynccontextmanager
async def open_desk(mongodb_url: str | None, database: str) -> AsyncIterator[Desk]:
    """A database that is away is told, and done without. Raises Misconfigured."""
    clock = SystemClock()
    without = Desk(clock, NoApiCalls(), None)
    if not mongodb_url:
        yield without
        return
    async with open_store(mongodb_url, database) as store:
        if not await _answers(store):
            told("MongoDB does not answer: no call is recorded, nothing is looked up", error=True)
            yield without
            return
        calls = MongoApiCalls(store.database["api_calls"], time_ordered_ids(clock))
        yield Desk(clock, calls, MongoWebhookEvents(store.database["webhook_events"]))


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


def orders_in(store: MongoStore) -> MongoOrders:
    return MongoOrders(store.database["orders"], store.database["order_history"])


async def find_order(order_reference: str, store: MongoStore) -> Order:
    """Raises UnknownOrder that names the reference."""
    order = await orders_in(store).find_by_reference(order_reference)
    if order is None:
        raise UnknownOrder(f"there is no order with the reference {order_reference!r}")
    return order


async def _answers(store: MongoStore) -> bool:
    try:
        async with asyncio.timeout(PING_SECONDS):
            return await store.answers()
    except (TimeoutError, StoreUnavailable):
        return False


@asynccontextmanager
async def opened(account: Account, desk: Desk) -> AsyncIterator[Gateway]:
    """Raises Misconfigured as the orchestrator would at its start."""
    gateway = open_gateway(account, clock=desk.clock, api_calls=desk.api_calls)
    try:
        yield gateway
    finally:
        await gateway.close()


def chosen(path: Path, names: Sequence[str] | None) -> list[Examined]:
    """The accounts of these names, or all; raises UnknownAccount, listing the known."""
    examined = {each.name: each for each in examine_accounts(path)}
    unknown = [name for name in names or () if name not in examined]
    if unknown:
        known = ", ".join(examined)
        raise UnknownAccount(f"{path} has no account {', '.join(unknown)}; it has {known}")
    return [examined[name] for name in dict.fromkeys(names or examined)]


def account_named(name: str, path: Path) -> Account:
    """Raises Misconfigured with what is wrong with it, UnknownAccount where there is none."""
    (examined,) = chosen(path, [name])
    if examined.account is None or examined.problems:
        raise Misconfigured(f"account {name}: {'; '.join(examined.problems)}")
    return examined.account


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


def explained(error: BaseException) -> str:
    """What became of a call, for a person; of an error that is not ours only its name is safe."""
    match error:
        case GatewayRefusal():
            return f"the gateway refused: {error} ({error.code}, status {error.status})"
        case NotSent():
            return f"the gateway was not reached: {error}"
        case PaymentsError():
            return f"{error.code}: {error}"
        case _:
            return f"broken: {type(error).__name__}"


def problems_in(error: Misconfigured) -> list[str]:
    """Each line of what it lists, without the title above them."""
    title, *lines = str(error).splitlines()
    return [line.strip() for line in lines] or [title]


def missing_webhook_url(name: str) -> str:
    return f"set accounts.{name}.webhook_url, or webhook_base_url for all accounts"


def told(text: str, *, style: str = "", error: bool = False) -> None:
    """Prints a line unbroken, however narrow the terminal, and nothing in it commands it."""
    Console(stderr=error, soft_wrap=True, highlight=False).print(Text(plain(text), style=style))


def plain(text: str) -> str:
    """A gateway's words may hold anything, also what a terminal obeys."""
    return "".join(c if c.isprintable() else " " for c in text)


def carry_out(work: Coroutine[Any, Any, None]) -> None:
    """Runs a command; an error of ours is told in one line and is exit status 1."""
    try:
        asyncio.run(work)
    except PaymentsError as error:
        message = Text.assemble((error.code, "red"), f": {error}")
        Console(stderr=True, soft_wrap=True, highlight=False).print(message)
        raise typer.Exit(1) from error
