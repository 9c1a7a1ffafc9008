"""A webhook ingress inside the test's own loop, and what a gateway or an attacker sends to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from payments_common.clock import Clock, SystemClock
from payments_common.config import Account
from payments_common.gateways.port import WebhookScheme
from payments_common.gateways.registry import webhook_scheme_of
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.references import time_ordered_ids
from payments_common.schemas.webhooks import RECEIVED_KEY, WebhookMessage
from payments_common.telemetry.metrics import new_registry
from webhook_ingress.app import Ingress, create_ingress
from webhook_ingress.config import IngressConfig

ACCOUNT = "tabby-ksa"
HEADER = "X-Shop-Secret"
SECRET = "current-secret-0001"
OLD_SECRET = "previous-secret-0002"
DEADLINE_SECONDS = 20
BODY = json.dumps(
    {
        "id": "3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44",
        "status": "authorized",
        "amount": "41.25",
        "currency": "SAR",
        "order": {"reference_id": "KSA-70015"},
        "captures": [],
        "refunds": [],
    }
).encode()


class KeepingPublisher:
    """Confirms what it keeps; can be made to hold its confirms back or to fail."""

    def __init__(self) -> None:
        self.kept: list[Outgoing] = []
        self.asked = 0
        self.error: Exception | None = None
        self.confirms = asyncio.Event()
        self.confirms.set()

    async def publish(self, outgoing: Outgoing) -> None:
        self.asked += 1
        await self.confirms.wait()
        if self.error is not None:
            raise self.error
        self.kept.append(outgoing)

    def messages(self, routing_key: str = RECEIVED_KEY) -> list[WebhookMessage]:
        return [
            WebhookMessage.model_validate(envelope.data)
            for outgoing in self.kept
            if outgoing.routing_key == routing_key
            for envelope in outgoing.envelopes
        ]


@dataclass(slots=True)
class RunningIngress:
    url: str
    http: aiohttp.ClientSession
    ingress: Ingress
    registry: CollectorRegistry

    async def deliver(
        self,
        body: bytes = BODY,
        *,
        account: str = ACCOUNT,
        secrets: Sequence[str] = (SECRET,),
        headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),),
        query: str = "",
    ) -> "Answered":
        """Delivers as Tabby does: JSON and the header that the account is registered with."""
        sent = [*headers, *((HEADER, secret) for secret in secrets)]
        url = f"{self.url}/webhooks/{account}{query}"
        async with self.http.post(url, data=body, headers=sent) as response:
            return Answered(response.status, await response.json(), response.headers)

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.url + path) as response:
            return response.status, await response.text()

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    async def connect(self) -> "RawConnection":
        where = urlsplit(self.url)
        return RawConnection(*await asyncio.open_connection(where.hostname, where.port))

    async def send_raw(self, request: bytes) -> bytes:
        """Sends bytes as they are and returns what comes back until the ingress closes."""
        connection = await self.connect()
        connection.writer.write(request)
        return await connection.rest()


@dataclass(slots=True)
class Answered:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> str:
        code: str = self.body["error"]
        return code


@dataclass(slots=True)
class RawConnection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def rest(self) -> bytes:
        """What comes until the other side closes."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await self.reader.read()
        except ConnectionError:
            return b""
        finally:
            self.writer.close()


def tabby_account(name: str = ACCOUNT, **secrets: str) -> Account:
    return Account(
        name=name,
        gateway="tabby",
        base_url="https://api.tabby.example.com",
        options={"webhook_header": HEADER},
        credentials={},
        webhook_secrets={key: SecretStr(value) for key, value in secrets.items()},
        timeout_seconds=15,
        max_concurrent_calls=20,
        calls_per_second=50,
    )


def ingress_config(**settings: Any) -> IngressConfig:
    given = {
        "PAYMENTS_RABBITMQ_URL": "amqp://ingress:example@127.0.0.1:1/",
        "PAYMENTS_ACCOUNTS_FILE": "accounts.toml",
        "port": 0,
        "drain_seconds": 0,
        **settings,
    }
    return IngressConfig(**given)


@asynccontextmanager
async def running_ingress(
    publisher: Publisher,
    *,
    accounts: Sequence[Account] | None = None,
    is_connected: Callable[[], bool] = lambda: True,
    clock: Clock | None = None,
    scheme_of: Callable[[Account], WebhookScheme] = webhook_scheme_of,
    **settings: Any,
) -> AsyncIterator[RunningIngress]:
    """The real application on a free port, over the given publisher."""
    clock = clock or SystemClock()
    registry = new_registry()
    config = ingress_config(**settings)
    ingress = create_ingress(
        config,
        accounts=accounts or [tabby_account(current=SECRET, previous=OLD_SECRET)],
        publisher=publisher,
        is_connected=is_connected,
        clock=clock,
        new_id=time_ordered_ids(clock),
        registry=registry,
        scheme_of=scheme_of,
    )
    url = await ingress.listener.start(config.host, config.port)
    try:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            yield RunningIngress(url, http, ingress, registry)
    finally:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await ingress.listener.finish()


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what is already under way; fails by timeout."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 what is waited for has no event to offer
            await asyncio.sleep(0.005)
