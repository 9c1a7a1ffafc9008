"""Schemathesis holds the running API to its own OpenAPI document."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from support.status_pages import TOKENS, Pages, pages

DEADLINE_SECONDS = 60.0
SEED = "20261123"
# Half of the requests are about the token's own order, the rest about whatever comes to its mind.
OWN_ORDER = """
[parameters]
order_reference = "SHOP-1001"
"""


async def schemathesis(opened: Pages, config: Path, token: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        str(opened.http.base_url.join("/openapi.json")),
        *("--header", f"Authorization: Bearer {token}", "--seed", SEED, "--no-color"),
        *("--max-examples", "40", "--phases", "examples,coverage,fuzzing"),
        "--generation-deterministic",
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, said.decode()


@pytest.mark.parametrize("config", ["", OWN_ORDER], ids=["any order", "its own"])
async def test_every_answer_is_one_that_the_document_names(config: str, tmp_path: Path) -> None:
    path = tmp_path / "schemathesis.toml"
    path.write_text(config)
    async with pages(status_requests_per_order=10_000) as opened:
        order = await opened.here.captured()
        code, said = await schemathesis(opened, path, TOKENS.of(order))
        assert code == 0, said
        assert opened.metric("payments_status_requests_total", result="unauthorized") > 0
        assert opened.metric("payments_status_requests_total", result="internal_error") == 0
        if config:
            assert opened.metric("payments_status_requests_total", result="ok") > 0
