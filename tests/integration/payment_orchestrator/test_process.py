"""The orchestrator as a process: it waits for servers that are away, and says what it waits for."""

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pymongo.uri_parser import parse_uri

from local_stack.ports import free_ports
from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.domain.change import begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import Order
from payments_common.storage.mongo_store import MongoStore
from payments_demo import sandbox_keys
from support.builders import CAPABILITIES, order
from support.eventually import eventually
from support.proxy import FaultyProxy
from support.rabbit import proxied
from support.status_pages import KEY, TOKENS

DEADLINE_SECONDS = 30.0
ACCOUNTS = """
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "https://api.tabby.example.com"
options = { merchant_code = "SA" }
credentials.secret_key = { env = "TABBY_KEY" }
"""


@pytest.fixture
def environ(tmp_path: Path, stack: StackUrls, rabbitmq_url: str) -> dict[str, str]:
    (tmp_path / "accounts.toml").write_text(ACCOUNTS)
    (port,) = free_ports(1)
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("PAYMENTS_")},
        "PAYMENTS_RABBITMQ_URL": rabbitmq_url,
        "PAYMENTS_MONGODB_URL": stack.mongodb_url,
        "PAYMENTS_MONGODB_DATABASE": f"test_{secrets.token_hex(6)}",
        "PAYMENTS_ACCOUNTS_FILE": str(tmp_path / "accounts.toml"),
        "PAYMENTS_ORCHESTRATOR_PORT": str(port),
        "TABBY_KEY": sandbox_keys.TABBY_SECRET_KEY,
    }


@asynccontextmanager
async def started(environ: dict[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "payment_orchestrator", env=environ, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def statuses(environ: dict[str, str]) -> tuple[int, int] | None:
    """Of /healthz and /readyz; None while nobody listens."""
    url = f"http://127.0.0.1:{environ['PAYMENTS_ORCHESTRATOR_PORT']}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as http:
        try:
            alive, ready = await http.get("/healthz"), await http.get("/readyz")
        except httpx.ConnectError:
            return None
    return alive.status_code, ready.status_code


async def says(environ: dict[str, str], *expected: int) -> None:
    async def so() -> bool:
        return await statuses(environ) == expected

    await eventually(so, within_seconds=DEADLINE_SECONDS)


async def begins(process: Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_SECONDS):
        said = await process.stdout.readline()
        if not said:
            pytest.fail((await process.communicate())[1].decode())
    line = json.loads(said)
    assert line["service"] == "payment-orchestrator"


@asynccontextmanager
async def database_behind_a_proxy(url: str) -> AsyncIterator[tuple[FaultyProxy, str]]:
    ((host, port),) = parse_uri(url)["nodelist"]
    async with FaultyProxy(host, port) as proxy:
        yield proxy, url.replace(f"{host}:{port}", f"127.0.0.1:{proxy.port}")


async def test_a_broker_that_is_away_at_the_start_is_waited_for(environ: dict[str, str]) -> None:
    async with proxied(environ["PAYMENTS_RABBITMQ_URL"]) as (proxy, url):
        await proxy.refuse()
        async with started({**environ, "PAYMENTS_RABBITMQ_URL": url}) as process:
            await says(environ, 200, 503)
            await proxy.accept()
            await begins(process)
            await says(environ, 200, 200)


async def test_a_database_that_is_away_at_the_start_is_waited_for(environ: dict[str, str]) -> None:
    async with database_behind_a_proxy(environ["PAYMENTS_MONGODB_URL"]) as (proxy, url):
        await proxy.refuse()
        async with started({**environ, "PAYMENTS_MONGODB_URL": url}) as process:
            await says(environ, 200, 503)
            await proxy.accept()
            await begins(process)
            await says(environ, 200, 200)


async def test_whoever_asks_a_frozen_database_is_told_not_ready_in_time(
    environ: dict[str, str],
) -> None:
    async with (
        database_behind_a_proxy(environ["PAYMENTS_MONGODB_URL"]) as (proxy, url),
        started({**environ, "PAYMENTS_MONGODB_URL": url}) as process,
    ):
        await begins(process)
        proxy.blackhole()
        await says(environ, 200, 503)
        proxy.restore()
        await says(environ, 200, 200)


async def test_a_process_that_waits_stops_when_it_is_told_to(environ: dict[str, str]) -> None:
    async with started({**environ, "PAYMENTS_RABBITMQ_URL": "amqp://127.0.0.1:1/"}) as process:
        await says(environ, 200, 503)
        process.terminate()
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await process.wait() == 0


async def test_a_page_that_waits_is_answered_when_the_process_stops(
    environ: dict[str, str],
) -> None:
    url = f"http://127.0.0.1:{environ['PAYMENTS_ORCHESTRATOR_PORT']}/v1/orders/SHOP-1001"
    async with started({**environ, "PAYMENTS_STATUS_TOKEN_KEYS": KEY}) as process:
        await begins(process)
        bearer = {"Authorization": f"Bearer {TOKENS.of(await stored_order(environ))}"}
        async with httpx.AsyncClient(headers=bearer, trust_env=False, timeout=40) as http:
            assert (await http.get(url)).json()["page"] == "checking"
            asking = asyncio.create_task(http.get(url, params={"wait": 30}))
            await eventually(lambda: waits(environ))
            process.terminate()
            async with asyncio.timeout(5):
                assert (await asking).status_code == 200
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await process.wait() == 0


async def stored_order(environ: dict[str, str]) -> Order:
    store = MongoStore(environ["PAYMENTS_MONGODB_URL"], environ["PAYMENTS_MONGODB_DATABASE"])
    made = order()
    change = finish(begin_new(made, now=made.created_at, new_id=lambda: "id"), CAPABILITIES)
    await MongoOrders(store.database["orders"], store.database["order_history"]).insert(change)
    store.close()
    return made


async def metrics(environ: dict[str, str]) -> str:
    url = f"http://127.0.0.1:{environ['PAYMENTS_ORCHESTRATOR_PORT']}/metrics"
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(url)).text


async def waits(environ: dict[str, str]) -> bool:
    return "payments_status_waiting 1.0" in await metrics(environ)


async def test_a_running_process_tells_what_waits_and_when_it_looked(
    environ: dict[str, str],
) -> None:
    async def has_looked() -> bool:
        lines = (await metrics(environ)).splitlines()
        looked_at = (line for line in lines if line.startswith("payments_waiting_sampled_"))
        return any(float(line.split()[1]) > 0 for line in looked_at)

    async with started(environ) as process:
        await begins(process)
        await eventually(has_looked, within_seconds=DEADLINE_SECONDS)


async def test_credentials_that_are_refused_end_the_process_with_the_reason(
    environ: dict[str, str],
) -> None:
    host = environ["PAYMENTS_RABBITMQ_URL"].rsplit("@", 1)[1]
    wrong = {**environ, "PAYMENTS_RABBITMQ_URL": f"amqp://nobody:pass-7712@{host}"}
    async with started(wrong) as process:
        async with asyncio.timeout(DEADLINE_SECONDS):
            _, complained = await process.communicate()
        assert process.returncode == 1
    assert b"cannot run: the broker refuses" in complained
    assert b"7712" not in complained
