"""The reconciler as a process, and a Tabby that answers when it is let."""

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from local_stack.ports import free_ports
from local_stack.stack import StackUrls
from support.running_sandbox import serving
from support.tabby_payloads import SECRET_KEY, payment

DEADLINE_SECONDS = 40.0
ACCOUNT = "tabby-ksa"
ACCOUNTS = """
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "{url}"
options = {{ merchant_code = "SA" }}
credentials.secret_key = {{ env = "TABBY_KEY" }}
timeout_seconds = {timeout}
calls_per_second = 1000.0
poll_open_seconds = 3600.0
"""


@dataclass
class SlowTabby:
    """`asked` are the payments that somebody asked for, in their order."""

    asked: list[str] = field(default_factory=list)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        payment_id = request.match_info["payment_id"]
        self.asked.append(payment_id)
        await self.let.wait()
        return web.json_response(payment(id=payment_id))


@asynccontextmanager
async def slow_tabby() -> AsyncIterator[SlowTabby]:
    tabby = SlowTabby()
    app = web.Application()
    app.router.add_get("/api/v2/payments/{payment_id}", tabby.answer)
    async with serving(app) as tabby.url:
        yield tabby


def environ_of(
    folder: Path, stack: StackUrls, *, url: str, timeout_seconds: float = 2.0
) -> dict[str, str]:
    """A database of its own; a lease of four times the gateway's time."""
    accounts = folder / "accounts.toml"
    accounts.write_text(ACCOUNTS.format(url=url, timeout=timeout_seconds))
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("PAYMENTS_")},
        "PAYMENTS_RABBITMQ_URL": stack.rabbitmq_url,
        "PAYMENTS_MONGODB_URL": stack.mongodb_url,
        "PAYMENTS_MONGODB_DATABASE": f"test_{secrets.token_hex(6)}",
        "PAYMENTS_ACCOUNTS_FILE": str(accounts),
        "PAYMENTS_RECONCILER_PORT": str(free_ports(1)[0]),
        "PAYMENTS_RECONCILER_CONCURRENCY": "4",
        "PAYMENTS_RECONCILER_LEASE_SECONDS": "1",
        "TABBY_KEY": SECRET_KEY,
    }


@asynccontextmanager
async def started(environ: dict[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "reconciler", env=environ, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def begins(process: Process) -> str:
    """Returns its URL."""
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_SECONDS):
        said = await process.stdout.readline()
        if not said:
            pytest.fail((await process.communicate())[1].decode())
    line = json.loads(said)
    assert line["service"] == "reconciler"
    return str(line["url"])
