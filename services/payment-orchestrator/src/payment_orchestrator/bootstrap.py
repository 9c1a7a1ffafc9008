"""The composition root: the one place where ports get their adapters."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.adapters.mongo_commands import MongoCommands
from payment_orchestrator.adapters.mongo_indexes import INDEXES
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.mongo_watch import MongoOrderWatch
from payment_orchestrator.adapters.mongo_webhook_events import MongoWebhookEvents
from payment_orchestrator.adapters.mongo_webhook_hours import MongoWebhookHours
from payment_orchestrator.adapters.outbox_relay import OutboxRelay
from payment_orchestrator.adapters.status_tokens import JoseStatusTokens
from payment_orchestrator.adapters.tally_store import storing
from payment_orchestrator.adapters.work_sweep import WorkSweep
from payment_orchestrator.config import Settings
from payment_orchestrator.domain.change import SOURCE
from payment_orchestrator.domain.policy import Remedies
from payment_orchestrator.domain.tally import Tally
from payment_orchestrator.handlers.toolbox import Toolbox
from payment_orchestrator.handlers.turns import Turns
from payment_orchestrator.ports import (
    OrderRepository,
    OrderVersions,
    OrderWatch,
    Relay,
    StatusTokens,
    WebhookHours,
)
from payments_common.around import Around, nothing_around
from payments_common.clock import Clock, SystemClock
from payments_common.config import Account, load_accounts
from payments_common.gateways.guarding import Guarding
from payments_common.gateways.metered_calls import MeteredApiCalls
from payments_common.messaging.observer import Observer
from payments_common.messaging.port import Broker, Publisher
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.process.open_guarding import open_guarding
from payments_common.process.patience import until_there
from payments_common.references import NewId, time_ordered_ids
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_breaker_board import MongoBreakerBoard
from payments_common.storage.mongo_store import MongoStore

LEASE_MARGIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Orchestrator:
    """Everything that a running orchestrator holds open, and whether it answers."""

    tools: Toolbox
    broker: Broker
    relay: OutboxRelay
    work_sweep: WorkSweep
    watch: OrderWatch
    versions: OrderVersions
    webhook_hours: WebhookHours
    guarding: Guarding
    store_answers: Callable[[], Awaitable[bool]]
    broker_answers: Callable[[], Awaitable[bool]]


@asynccontextmanager
async def open_orchestrator(
    settings: Settings, *, metrics: OrchestratorMetrics, around: Around = nothing_around
) -> AsyncIterator[Orchestrator]:
    """Opens the database, the broker and the gateways; closes them in reverse.

    Waits for servers that are away; raises Misconfigured for what only a person can put right.
    `around` may put something around each port, by its name.
    """
    accounts = load_accounts(settings.accounts_file)
    clock = SystemClock()
    new_id = time_ordered_ids(clock)
    async with AsyncExitStack() as stack:
        store = _opened(settings)
        stack.callback(store.close)
        await until_there(lambda: ensure_indexes(store.database, INDEXES), clock=clock)
        observer = around("observer", metrics)
        broker = await until_there(
            lambda: _connect(settings, clock=clock, observer=observer), clock=clock
        )
        stack.push_async_callback(broker.close)
        publisher = around("publisher", broker)
        kept_calls = around("api_calls", MongoApiCalls(store.database["api_calls"], new_id))
        api_calls = MeteredApiCalls(kept_calls, metrics.calls)
        guarding = await open_guarding(
            accounts,
            board=MongoBreakerBoard(store.database["breakers"]),
            api_calls=api_calls,
            registry=metrics.registry,
            clock=clock,
            new_id=new_id,
            stack=stack,
        )
        stored = MongoOrders(store.database["orders"], store.database["order_history"])
        orders = around("orders", stored)
        metrics.news.begin(accounts)
        hours = MongoWebhookHours(store.database["webhook_health"])
        tally = await stack.enter_async_context(storing(Tally(metrics.news), hours, clock=clock))
        relay = OutboxRelay(orders, publisher, clock, on_swept=metrics.outbox_swept.inc)
        tools = _toolbox(
            settings,
            accounts,
            store=store,
            orders=orders,
            guarding=guarding,
            publisher=publisher,
            relay=relay,
            tally=tally,
            clock=clock,
            new_id=new_id,
            around=around,
        )

        async def broker_answers() -> bool:
            return broker.healthy

        yield Orchestrator(
            tools=tools,
            broker=around("broker", broker),
            relay=relay,
            work_sweep=WorkSweep(stored, publisher, clock, new_id),
            watch=MongoOrderWatch(store.database["orders"]),
            versions=stored,
            webhook_hours=hours,
            guarding=guarding,
            store_answers=store.answers,
            broker_answers=broker_answers,
        )


def _toolbox(
    settings: Settings,
    accounts: Mapping[str, Account],
    *,
    store: MongoStore,
    orders: OrderRepository,
    guarding: Guarding,
    publisher: Publisher,
    relay: Relay,
    tally: Tally,
    clock: Clock,
    new_id: NewId,
    around: Around,
) -> Toolbox:
    events = MongoWebhookEvents(store.database["webhook_events"])
    return Toolbox(
        orders=orders,
        commands=around("commands", MongoCommands(store.database["commands"])),
        webhook_events=around("webhook_events", events),
        gateways={n: around("gateway", each) for n, each in guarding.gateways.items()},
        publisher=publisher,
        relay=relay,
        clock=clock,
        new_id=new_id,
        turns=Turns(),
        lease=_lease(accounts),
        remedies={n: Remedies(a.paid_late, a.paid_twice) for n, a in accounts.items()},
        status_tokens=status_tokens(settings),
        tally=tally,
        breakers=guarding,
    )


def _opened(settings: Settings) -> MongoStore:
    url = settings.mongodb_url.get_secret_value()
    return MongoStore(url, settings.mongodb_database, application=SOURCE)


def status_tokens(settings: Settings) -> StatusTokens | None:
    """None where no key is configured."""
    keys, lasts = settings.token_keys(), timedelta(days=settings.status_token_days)
    return JoseStatusTokens(keys, lasts=lasts) if keys else None


async def _connect(settings: Settings, *, clock: Clock, observer: Observer) -> RabbitBroker:
    return await RabbitBroker.connect(
        settings.rabbitmq_url.get_secret_value(),
        connection_name=SOURCE,
        clock=clock,
        observer=observer,
    )


def _lease(accounts: Mapping[str, Account]) -> timedelta:
    """Longer than any account's call may take."""
    longest = max((a.timeout_seconds for a in accounts.values()), default=0.0)
    return timedelta(seconds=longest + LEASE_MARGIN_SECONDS)
