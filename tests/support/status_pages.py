"""Customers' pages at a real listener, over an orchestrator at work in this process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.adapters.status_metrics import StatusMetrics
from payment_orchestrator.adapters.status_tokens import JoseStatusTokens
from payment_orchestrator.config import Settings
from payment_orchestrator.domain.order import Order
from payment_orchestrator.entrypoints.status_api.api import StatusApi
from payment_orchestrator.entrypoints.status_api.app import create_app, listener
from payment_orchestrator.entrypoints.status_api.opening import serving_pages
from payments_common.clock import Clock
from support.world import SteppingClock, World, world

KEY = "a-key-of-status-tokens-for-tests-only"
ORIGIN = "https://shop.example.com"
TOKENS = JoseStatusTokens([KEY.encode()], lasts=timedelta(days=30))


@dataclass
class Pages:
    """What browsers see; `here` is the house behind it. `stop` lets the pages go."""

    here: World
    http: httpx.AsyncClient
    registry: CollectorRegistry
    stop: Callable[[], Awaitable[None]]

    async def ask(
        self, order: Order, query: str = "", *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """Asks about the order with its own token, unless another is given."""
        headers["Authorization"] = f"Bearer {token or TOKENS.of(order)}"
        return await self.http.get(f"/v1/orders/{order.order_reference}{query}", headers=headers)

    async def told(self, order: Order, query: str = "") -> dict[str, Any]:
        answer = await self.ask(order, query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    async def is_refreshing(self) -> bool:
        """Whether the gateway is being asked for a page."""
        order = await self.here.order()
        return any(read.failures == 0 for read in order.reads)

    def reads(self) -> int:
        """How often the gateway was asked for a payment."""
        asked = [call for call in self.here.api_calls.calls if call.operation == "get_payment"]
        return len(asked)


def settings(**changes: Any) -> Settings:
    required = {
        "rabbitmq_url": "amqp://nowhere/",
        "mongodb_url": "mongodb://nowhere/",
        "accounts_file": Path("accounts.toml"),
    }
    return Settings(**{**required, "status_origins": ORIGIN, **changes})


@asynccontextmanager
async def pages(
    *, clock: Clock | None = None, has_tokens: bool = True, **changes: Any
) -> AsyncIterator[Pages]:
    """Changes are settings; its clock moves only when somebody sleeps."""
    async with (
        world(clock=clock or SteppingClock(), status_tokens=TOKENS if has_tokens else None) as here,
        serving(here, **changes) as opened,
    ):
        yield opened


@asynccontextmanager
async def serving(here: World, **changes: Any) -> AsyncIterator[Pages]:
    registry, given = CollectorRegistry(), settings(**changes)
    metrics = StatusMetrics(registry)
    api = StatusApi(given, metrics=metrics, clock=here.tools.clock)
    app = create_app(api, checks={}, registry=registry)
    server = listener(app, connections=given.orchestrator_max_connections)
    url = await server.start("127.0.0.1", 0)
    orders = here.tools.orders
    assert isinstance(orders, MemoryOrders)
    running = AsyncExitStack()
    await running.enter_async_context(
        serving_pages(api, given, tools=here.tools, versions=orders, metrics=metrics)
    )
    limits = httpx.Limits(max_connections=None)
    async with (
        running,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20, limits=limits) as http,
    ):
        yield Pages(here, http, registry, running.aclose)
    await server.finish()
