"""One house of several on the same servers: its own virtual host, database, sandbox, services."""

import asyncio
import os
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import AnyHttpUrl

from crash.process import Respawned, respawned
from crash.servers import virtual_host
from crash.trap import ARMED_FILE, Armed, in_hand_file
from local_stack.ports import free_ports
from local_stack.stack import StackUrls
from payments_common import client
from payments_common.client import PaymentsClient, ReceivedEvent
from payments_common.schemas.commands import RegisterWebhook
from payments_common.schemas.parties import Actor
from payments_common.storage.mongo_store import MongoStore
from payments_demo.accounts import accounts_file, secret_environment
from payments_demo.service import Service
from support.sandbox import SandboxControl

# A short lease makes a short wait: whoever resolves a lost call waits until it is over.
GATEWAY_TIMEOUT_SECONDS = 1.5
RETRY_SCALE = "0.02"
IDLE_SECONDS = 10.0
CALM_TIMES, CALM_SECONDS = 3, 0.05


@dataclass
class Cell:
    name: str
    environment: Mapping[str, str]
    armed_file: Path
    rabbitmq_url: str
    sandbox: SandboxControl
    store: MongoStore
    services: Mapping[str, Respawned]
    shop: PaymentsClient
    heard: dict[str, list[ReceivedEvent]] = field(default_factory=lambda: defaultdict(list))

    def arm(self, armed: Armed) -> None:
        """From its next boundary on every service does what is written."""
        partly = self.armed_file.with_suffix(".partly")
        partly.write_text(armed.model_dump_json())
        partly.rename(self.armed_file)

    def disarm(self) -> None:
        self.armed_file.unlink(missing_ok=True)

    async def idle(self) -> None:
        """Waits until the orchestrator has no message in hand, or for ten seconds."""
        calm = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS):
                while calm < CALM_TIMES:
                    calm = calm + 1 if self._in_hand() == "0" else 0
                    await asyncio.sleep(CALM_SECONDS)

    def _in_hand(self) -> str:
        return in_hand_file(self.armed_file).read_text()

    async def listen(self, queue: str) -> None:
        """Keeps all events, each once."""
        known: set[str] = set()
        async for event in self.shop.events(queue, lasting=False):
            if event.event_id not in known:
                known.add(event.event_id)
                self.heard[event.data.order_reference].append(event)


@asynccontextmanager
async def open_cell(
    servers: StackUrls, folder: Path, *, more: Mapping[str, str] | None = None
) -> AsyncIterator[Cell]:
    """`more` are further settings of its services."""
    name = f"crash-{secrets.token_hex(4)}"
    own = folder / name
    own.mkdir(parents=True)
    rabbitmq_url = await virtual_host(servers, name)
    settings = {
        **_settings(own, name),
        **(more or {}),
        "PAYMENTS_RABBITMQ_URL": rabbitmq_url,
        "PAYMENTS_MONGODB_URL": servers.mongodb_url,
    }
    environment = {**os.environ, **settings}
    async with AsyncExitStack() as stack:
        sandbox = Service(
            "gateway_sandbox",
            *("--port", "0", "--retry-scale", RETRY_SCALE),
            environment=environment,
            log=own / "sandbox.log",
        )
        stack.callback(sandbox.stop)
        await asyncio.to_thread(sandbox.start)
        accounts = accounts_file(
            sandbox_url=sandbox.url,
            ingress_url=f"http://127.0.0.1:{settings['PAYMENTS_INGRESS_PORT']}",
            timeout_seconds=GATEWAY_TIMEOUT_SECONDS,
        )
        (own / "accounts.toml").write_text(accounts)
        services = {
            name: await stack.enter_async_context(
                respawned(f"crash.{name}", environment=environment, log=own / f"{name}.log")
            )
            for name in ("orchestrator", "ingress", "reconciler")
        }
        store = MongoStore(servers.mongodb_url, name)
        stack.callback(store.close)
        control = SandboxControl(sandbox.url)
        stack.push_async_callback(control.close)
        shop = await stack.enter_async_context(client.connect(rabbitmq_url, name="crash-shop"))
        cell = Cell(
            name=name,
            environment=environment,
            armed_file=own / "armed.json",
            rabbitmq_url=rabbitmq_url,
            sandbox=control,
            store=store,
            services=services,
            shop=shop,
        )
        await _register_webhooks(cell)
        await stack.enter_async_context(_listening(cell))
        yield cell


def _settings(folder: Path, name: str) -> Mapping[str, str]:
    ingress_port, orchestrator_port, reconciler_port = free_ports(3)
    return {
        **secret_environment(),
        "PAYMENTS_MONGODB_DATABASE": name,
        "PAYMENTS_ACCOUNTS_FILE": str(folder / "accounts.toml"),
        "PAYMENTS_INGRESS_PORT": str(ingress_port),
        "PAYMENTS_ORCHESTRATOR_PORT": str(orchestrator_port),
        "PAYMENTS_RECONCILER_PORT": str(reconciler_port),
        "PAYMENTS_RECONCILER_LEASE_SECONDS": str(GATEWAY_TIMEOUT_SECONDS * 4),
        ARMED_FILE: str(folder / "armed.json"),
        "PYTHONPATH": str(Path(__file__).parents[1]),
        # Compiled once in a run, whatever the environment says: a restart has to be quick.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled"),
    }


async def _register_webhooks(cell: Cell) -> None:
    """MyFatoorah is told with each invoice instead."""
    for account in ("tabby-ksa", "tamara-ksa"):
        url = AnyHttpUrl(f"{cell.services['ingress'].url}/webhooks/{account}")
        asked = RegisterWebhook(account=account, url=url, requested_by=Actor(user_id="crash"))
        await cell.shop.send(asked)


@asynccontextmanager
async def _listening(cell: Cell) -> AsyncIterator[None]:
    queue = await cell.shop.listen("crash-shop.events", lasting=False)
    task = asyncio.create_task(cell.listen(queue))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
