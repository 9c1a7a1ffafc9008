"""The composition root: the one place where ports get their adapters."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from payments_common.around import Around, nothing_around
from payments_common.breakers.entry import CallKind
from payments_common.clock import Clock, SystemClock
from payments_common.config import Account, load_accounts
from payments_common.gateways.guarding import Guarding
from payments_common.gateways.metered_calls import MeteredApiCalls
from payments_common.gateways.port import Gateway
from payments_common.messaging.observer import Observer
from payments_common.messaging.port import Publisher
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.process.open_guarding import open_guarding
from payments_common.process.patience import until_there
from payments_common.references import NewId, time_ordered_ids
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_breaker_board import BREAKER_INDEXES, MongoBreakerBoard
from payments_common.storage.mongo_store import MongoStore
from reconciler.adapters.metrics import ReconcilerMetrics
from reconciler.adapters.mongo_checked_orders import MongoCheckedOrders
from reconciler.adapters.mongo_discrepancies import MongoDiscrepancies
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_known_orders import MongoKnownOrders
from reconciler.adapters.mongo_schedule import MongoSchedule
from reconciler.adapters.mongo_scout_notes import MongoScoutNotes
from reconciler.config import Settings
from reconciler.domain.schedule import Rhythm
from reconciler.handlers.list_in_turn import Lister
from reconciler.handlers.poll_order import SOURCE, PollTools
from reconciler.handlers.polling import Polling
from reconciler.handlers.reconciling import ListTools, listed_account
from reconciler.handlers.scout import Scout
from reconciler.ports import Schedule, ScoutNotes

LEASE_IN_TIMEOUTS = 4.0
"""A lease is at least so many times as long as the account's gateway may take for an answer."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Everything that a running reconciler holds open, and whether it answers.

    `gateways` are guarded, `store` is the database itself.
    """

    accounts: Mapping[str, Account]
    gateways: Mapping[str, Gateway]
    guarding: Guarding
    store: MongoStore
    publisher: Publisher
    schedule: Schedule
    scout: Scout
    poll_tools: PollTools
    pollings: Mapping[str, Polling]
    listers: Mapping[str, Lister]
    clock: Clock
    new_id: NewId
    broker_answers: Callable[[], Awaitable[bool]]


@asynccontextmanager
async def open_reconciler(
    settings: Settings, *, metrics: ReconcilerMetrics, around: Around = nothing_around
) -> AsyncIterator[Reconciler]:
    """Opens the database, the broker and the gateways; closes them in reverse.

    Waits for servers that are away; raises Misconfigured for what only a person can put right.
    `around` may put something around each port, by its name.
    """
    accounts = load_accounts(settings.accounts_file)
    clock = SystemClock()
    new_id = time_ordered_ids(clock)
    metrics.begin(accounts)
    async with AsyncExitStack() as stack:
        store = MongoStore(
            settings.mongodb_url.get_secret_value(), settings.mongodb_database, application=SOURCE
        )
        stack.callback(store.close)
        await until_there(
            lambda: ensure_indexes(store.database, {**INDEXES, **BREAKER_INDEXES}), clock=clock
        )
        broker = await until_there(
            lambda: _connect(settings, clock=clock, observer=around("observer", metrics)),
            clock=clock,
        )
        stack.push_async_callback(broker.close)
        guarding = await _guarding(
            accounts, store, stack=stack, clock=clock, new_id=new_id, metrics=metrics, around=around
        )
        yield _reconciler(
            settings,
            accounts,
            store=store,
            broker=broker,
            guarding=guarding,
            metrics=metrics,
            clock=clock,
            new_id=new_id,
            around=around,
        )


async def _guarding(
    accounts: Mapping[str, Account],
    store: MongoStore,
    *,
    stack: AsyncExitStack,
    clock: Clock,
    new_id: NewId,
    metrics: ReconcilerMetrics,
    around: Around,
) -> Guarding:
    """Every account's gateway behind its breakers, which are kept like those of other processes."""
    kept_calls = around("api_calls", MongoApiCalls(store.database["api_calls"], new_id))
    api_calls = MeteredApiCalls(kept_calls, metrics.calls)
    return await open_guarding(
        accounts,
        board=MongoBreakerBoard(store.database["breakers"]),
        api_calls=api_calls,
        registry=metrics.registry,
        clock=clock,
        new_id=new_id,
        stack=stack,
    )


def _reconciler(
    settings: Settings,
    accounts: Mapping[str, Account],
    *,
    store: MongoStore,
    broker: RabbitBroker,
    guarding: Guarding,
    metrics: ReconcilerMetrics,
    clock: Clock,
    new_id: NewId,
    around: Around,
) -> Reconciler:
    publisher = around("publisher", broker)
    orders = around("checked_orders", MongoCheckedOrders(store.database["orders"]))
    schedule = around("schedule", MongoSchedule(store.database["reconciliation"]))
    notes = around("scout_notes", MongoScoutNotes(store.database["reconciliation"]))
    rhythms = {name: Rhythm.of(account) for name, account in accounts.items()}
    gateways = {name: around("gateway", each) for name, each in guarding.gateways.items()}

    async def broker_answers() -> bool:
        return broker.healthy

    def may_ask(account: str) -> bool:
        return broker.healthy and guarding.refusal(account, CallKind.READ) is None

    list_tools = ListTools(
        orders=around("known_orders", MongoKnownOrders(store.database["orders"])),
        discrepancies=around("discrepancies", MongoDiscrepancies(store.database["discrepancies"])),
        publisher=publisher,
        counts=metrics.listing,
        clock=clock,
        new_id=new_id,
    )
    return Reconciler(
        accounts=accounts,
        gateways=gateways,
        guarding=guarding,
        store=store,
        publisher=publisher,
        schedule=schedule,
        scout=Scout(orders, schedule, notes, clock=clock, rhythms=rhythms, name=new_id()),
        poll_tools=PollTools(
            orders=orders,
            schedule=schedule,
            gateways=gateways,
            rhythms=rhythms,
            publisher=publisher,
            counts=metrics.polls,
            clock=clock,
            new_id=new_id,
        ),
        pollings=_pollings(settings, accounts, may_ask=may_ask),
        listers=_listers(accounts, guarding.gateways, list_tools, notes=notes),
        clock=clock,
        new_id=new_id,
        broker_answers=broker_answers,
    )


async def _connect(settings: Settings, *, clock: Clock, observer: Observer) -> RabbitBroker:
    # Declaring is for others: the reconciler's user may write to one exchange and no more.
    return await RabbitBroker.connect(
        settings.rabbitmq_url.get_secret_value(),
        connection_name=SOURCE,
        clock=clock,
        declare=False,
        observer=observer,
    )


def _pollings(
    settings: Settings, accounts: Mapping[str, Account], *, may_ask: Callable[[str], bool]
) -> dict[str, Polling]:
    return {
        name: Polling(
            account=name,
            concurrency=settings.reconciler_concurrency,
            lease_seconds=max(
                settings.reconciler_lease_seconds, account.timeout_seconds * LEASE_IN_TIMEOUTS
            ),
            may_ask=partial(may_ask, name),
        )
        for name, account in accounts.items()
    }


def _listers(
    accounts: Mapping[str, Account],
    gateways: Mapping[str, Gateway],
    tools: ListTools,
    *,
    notes: ScoutNotes,
) -> dict[str, Lister]:
    return {
        name: Lister(
            account=account,
            listed=listed_account(account, accounts, gateway=gateways[name]),
            tools=tools,
            notes=notes,
            holder=tools.new_id(),
        )
        for name, account in accounts.items()
    }
