"""The ingress as a process: how it starts, what it says, and how it ends."""

import asyncio
import itertools
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from payments_common.messaging.topology import QUEUE_WEBHOOKS
from payments_common.schemas.envelope import decode
from payments_common.schemas.webhooks import WebhookMessage
from support.eventually import eventually
from support.ingress import HEADER, SECRET
from support.rabbit import rabbit_probe

DEADLINE_SECONDS = 30
ACCOUNTS = f"""
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "https://api.tabby.example.com"
options = {{ webhook_header = "{HEADER}" }}
credentials.secret_key = {{ env = "ABSENT_API_KEY" }}
webhook_secrets.current = {{ env = "TABBY_KSA_WEBHOOK" }}
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS)
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("PAYMENTS_")},
        "PAYMENTS_RABBITMQ_URL": "amqp://nobody:pass-7712@127.0.0.1:1/",
        "PAYMENTS_ACCOUNTS_FILE": str(path),
        "PAYMENTS_INGRESS_PORT": "0",
        "TABBY_KSA_WEBHOOK": SECRET,
    }


def write_accounts(environ: dict[str, str], text: str) -> None:
    Path(environ["PAYMENTS_ACCOUNTS_FILE"]).write_text(text)


async def start(environ: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "webhook_ingress", env=environ, stdout=PIPE, stderr=PIPE
    )


@asynccontextmanager
async def started(environ: dict[str, str]) -> AsyncIterator[tuple[Process, str]]:
    """The process and its URL; it is killed if the test has not ended it."""
    process = await start(environ)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            line = json.loads(await process.stdout.readline())
        assert line["service"] == "webhook-ingress"
        yield process, line["url"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def output(process: Process) -> tuple[str, str]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        written, complained = await process.communicate()
    return written.decode(), complained.decode()


async def test_a_wrong_configuration_is_told_completely_and_ends_with_2(
    environ: dict[str, str],
) -> None:
    environ["PAYMENTS_INGRESS_PORT"] = "eighty"
    environ["PAYMENTS_RABBITMQ_URL"] = "http://pass-7712@broker.example.com"
    process = await start(environ)
    _, complained = await output(process)
    assert process.returncode == 2
    assert "PAYMENTS_INGRESS_PORT" in complained
    assert "PAYMENTS_RABBITMQ_URL" in complained
    assert "7712" not in complained
    assert "Traceback" not in complained


async def test_a_gateway_that_nobody_knows_ends_the_start_with_2(environ: dict[str, str]) -> None:
    write_accounts(environ, ACCOUNTS.replace('"tabby"', '"tobby"'))
    process = await start(environ)
    _, complained = await output(process)
    assert (process.returncode, "tobby" in complained) == (2, True)


async def test_without_a_broker_it_serves_and_says_that_it_is_not_ready(
    environ: dict[str, str],
) -> None:
    async with started(environ) as (process, url), aiohttp.ClientSession() as http:
        async with http.get(f"{url}/healthz") as alive, http.get(f"{url}/readyz") as ready:
            assert (alive.status, ready.status) == (200, 503)
        process.terminate()
        _, complained = await output(process)
    assert process.returncode == 0
    assert all(json.loads(line)["service"] == "webhook-ingress" for line in complained.splitlines())
    assert "7712" not in complained


async def test_wrong_broker_credentials_end_the_process_with_2(
    environ: dict[str, str], rabbitmq_url: str
) -> None:
    host = rabbitmq_url.rsplit("@", 1)[1]
    environ["PAYMENTS_RABBITMQ_URL"] = f"amqp://nobody:pass-7712@{host}"
    process = await start(environ)
    _, complained = await output(process)
    assert process.returncode == 2
    assert "refuses" in complained
    assert "7712" not in complained


@pytest.mark.parametrize(
    ("sent", "drain_seconds"),
    [(signal.SIGTERM, "0"), (signal.SIGTERM, "0.3"), (signal.SIGINT, "0")],
)
async def test_every_200_before_and_during_a_stop_has_its_message_in_the_queue(
    environ: dict[str, str], rabbitmq_url: str, sent: signal.Signals, drain_seconds: str
) -> None:
    environ["PAYMENTS_RABBITMQ_URL"] = rabbitmq_url
    environ["PAYMENTS_INGRESS_DRAIN_SECONDS"] = drain_seconds
    got_200: set[bytes] = set()
    other: list[int] = []

    async def gateway(http: aiohttp.ClientSession, url: str, name: int) -> None:
        headers = {"Content-Type": "application/json", HEADER: SECRET}
        for number in itertools.count():
            body = b'{"gateway":%d,"number":%d}' % (name, number)
            try:
                async with http.post(
                    f"{url}/webhooks/tabby-ksa", data=body, headers=headers
                ) as answer:
                    await answer.read()
            except aiohttp.ClientError:
                return
            if answer.status == 200:
                got_200.add(body)
            else:
                other.append(answer.status)

    async with started(environ) as (process, url), aiohttp.ClientSession() as http:
        load = asyncio.gather(*(gateway(http, url, name) for name in range(16)))
        await eventually(lambda: len(got_200) > 300, within_seconds=DEADLINE_SECONDS)
        process.send_signal(sent)
        await load
        _, complained = await output(process)
    async with rabbit_probe(rabbitmq_url) as probe:
        bodies = {
            WebhookMessage.model_validate(envelope.data).body
            for seen in await probe.take_all(QUEUE_WEBHOOKS)
            for envelope in decode(seen.body, content_type=seen.content_type)
        }
    assert (process.returncode, other) == (0, [])
    assert got_200 <= bodies
    assert "Traceback" not in complained


def test_the_ingress_reaches_no_gateway_and_no_database() -> None:
    code = (
        "import sys, webhook_ingress.__main__;"
        "print([each for each in ('httpx', 'motor', 'pymongo') if each in sys.modules])"
    )
    with os.popen(f'{sys.executable} -c "{code}"') as answer:
        assert answer.read().strip() == "[]"
