"""An operator's terminal, an orchestrator at work, and an order that waits for a person."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.bootstrap import open_orchestrator
from payment_orchestrator.config import Settings
from payment_orchestrator.domain.review import ASKS_BEFORE_REVIEW
from payment_orchestrator.entrypoints.worker import consuming
from payments_common.clock import whole_milliseconds
from support.builders import recheck
from support.clocks import ManualClock
from support.mongo import fresh_store
from support.operator import Operator, Told
from support.running_sandbox import SECRET_KEY
from support.stored_world import stored_world
from support.stuck import Stuck
from support.world import World

ACCOUNT = """\
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "{url}"
options = {{ merchant_code = "SA" }}
credentials = {{ secret_key = {{ file = "{key}" }} }}
timeout_seconds = 2.0
"""


@dataclass
class Desk:
    here: World
    operator: Operator
    environ: Mapping[str, str]

    async def asks(self, *words: str, typed: str = "", **environ: str) -> Told:
        return await self.operator.asks(*words, typed=typed, **{**self.environ, **environ})

    def accounts_at(self, url: str) -> str:
        """Another accounts file, whose gateway is elsewhere; its path."""
        path = self.operator.path.with_name("elsewhere.toml")
        path.write_text(ACCOUNT.format(url=url, key=self.operator.path.with_name("key")))
        return str(path)


async def nothing(here: World, _: ManualClock) -> None:
    await here.authorized()


async def unanswered(here: World, clock: ManualClock) -> None:
    """A capture whose answer was lost, and which is still being asked for."""
    stuck = Stuck(here, clock)
    await stuck.ask_for_capture(has_effect=False)
    await stuck.asked(2)


async def unresolved(here: World, clock: ManualClock) -> None:
    stuck = Stuck(here, clock)
    await stuck.ask_for_capture(has_effect=False)
    await stuck.asked(ASKS_BEFORE_REVIEW)


async def unresolved_and_done(here: World, clock: ManualClock) -> None:
    stuck = Stuck(here, clock)
    await stuck.ask_for_capture(has_effect=True)
    await stuck.asked(ASKS_BEFORE_REVIEW)


async def paid_late(here: World, _: ManualClock) -> None:
    """An automatic order, paid after its session had expired."""
    order = await here.pending(capture_mode="automatic")
    payment = f"payments/{order.payments[0].payment_id}"
    await here.sandbox.settings(late_payments="accept")
    await here.sandbox.control(f"{payment}/expire")
    assert (await here.send(recheck())).status == "expired"
    await here.sandbox.control(f"{payment}/pay")
    assert (await here.send(recheck())).status == "authorized"


@asynccontextmanager
async def desk(
    stack: StackUrls, folder: Path, begin: Callable[[World, ManualClock], Awaitable[None]]
) -> AsyncIterator[Desk]:
    """`begin` happened yesterday; now the servers and the time are real."""
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(fresh_store(stack.mongodb_url))
        clock = ManualClock(whole_milliseconds(datetime.now(UTC) - timedelta(days=1)))
        here = await opened.enter_async_context(stored_world(store, clock=clock))
        await begin(here, clock)
        url = str(here.sandbox.http.base_url).rstrip("/")
        operator = Operator(folder / "accounts.toml", url)
        (folder / "key").write_text(SECRET_KEY)
        operator.path.write_text(ACCOUNT.format(url=url, key=folder / "key"))
        environ = {
            "PAYMENTS_MONGODB_URL": stack.mongodb_url,
            "PAYMENTS_MONGODB_DATABASE": store.database.name,
            "PAYMENTS_RABBITMQ_URL": stack.rabbitmq_url,
            "COLUMNS": "200",
        }
        await opened.enter_async_context(orchestrator(environ, operator.path))
        yield Desk(here, operator, environ)


@asynccontextmanager
async def orchestrator(environ: Mapping[str, str], accounts_file: Path) -> AsyncIterator[None]:
    """On the same database, through the real broker."""
    settings = Settings.model_validate(
        {
            "rabbitmq_url": environ["PAYMENTS_RABBITMQ_URL"],
            "mongodb_url": environ["PAYMENTS_MONGODB_URL"],
            "mongodb_database": environ["PAYMENTS_MONGODB_DATABASE"],
            "accounts_file": accounts_file,
        }
    )
    metrics = OrchestratorMetrics(CollectorRegistry())
    async with (
        open_orchestrator(settings, metrics=metrics) as opened,
        consuming(opened.broker, tools=opened.tools, relay=opened.relay, prefetch=8),
    ):
        yield
