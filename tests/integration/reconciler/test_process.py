"""Reconcilers as processes: one that is killed, one that is told to stop, two at once."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from local_stack.stack import StackUrls
from payments_common.messaging.topology import QUEUE_OBSERVATIONS
from payments_common.storage.mongo_store import MongoStore
from support.eventually import eventually
from support.marked_orders import write_marks
from support.polled import mark
from support.rabbit import RabbitProbe, proxied, rabbit_probe
from support.reconciler_process import (
    DEADLINE_SECONDS,
    SlowTabby,
    begins,
    environ_of,
    slow_tabby,
    started,
)

LONG_AGO = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
async def tabby() -> AsyncIterator[SlowTabby]:
    async with slow_tabby() as opened:
        yield opened
        opened.let.set()


@pytest.fixture
async def probe(rabbitmq_url: str) -> AsyncIterator[RabbitProbe]:
    async with rabbit_probe(rabbitmq_url) as opened:
        yield opened


@pytest.fixture
def environ(
    tmp_path: Path, stack: StackUrls, tabby: SlowTabby, rabbitmq_url: str
) -> dict[str, str]:
    return environ_of(tmp_path, stack, url=tabby.url)


@pytest.fixture
async def store(environ: dict[str, str]) -> AsyncIterator[MongoStore]:
    opened = MongoStore(environ["PAYMENTS_MONGODB_URL"], environ["PAYMENTS_MONGODB_DATABASE"])
    yield opened
    await opened.database.client.drop_database(opened.database.name)
    opened.close()


async def due_orders(store: MongoStore, count: int) -> set[str]:
    """Orders whose sessions ended long ago; returns their payments' ids."""
    payment_ids = [str(uuid4()) for _ in range(count)]
    times = dict.fromkeys(("since", "expires_at", "marked_at"), LONG_AGO)
    marks = [mark(f"order-of-{each}", payment_ids=(each,), **times) for each in payment_ids]
    await write_marks(store.database["orders"], marks)
    return set(payment_ids)


async def told(probe: RabbitProbe) -> list[str]:
    taken = await probe.take_all(QUEUE_OBSERVATIONS)
    return [json.loads(each.body)["data"]["payment_id"] for each in taken]


async def all_told(probe: RabbitProbe, wanted: set[str]) -> Counter[str]:
    """How often each was told, as soon as all were."""
    seen: Counter[str] = Counter()

    async def complete() -> bool:
        seen.update(await told(probe))
        return set(seen) >= wanted

    await eventually(complete, within_seconds=DEADLINE_SECONDS)
    return seen


async def status(url: str, path: str) -> int:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as http:
        return (await http.get(path)).status_code


async def test_two_at_once_ask_about_each_order_once(
    environ: dict[str, str], store: MongoStore, tabby: SlowTabby, probe: RabbitProbe
) -> None:
    wanted = await due_orders(store, 60)
    tabby.let.set()
    other = {**environ, "PAYMENTS_RECONCILER_PORT": "0"}
    async with started(environ) as first, started(other) as second:
        await asyncio.gather(begins(first), begins(second))
        seen = await all_told(probe, wanted)
    assert set(seen.values()) == {1}
    assert Counter(tabby.asked) == seen


async def test_what_a_killed_one_held_is_asked_about_by_another_after_the_lease(
    environ: dict[str, str], store: MongoStore, tabby: SlowTabby, probe: RabbitProbe
) -> None:
    wanted = await due_orders(store, 12)
    async with started(environ) as killed:
        await begins(killed)
        await eventually(lambda: len(tabby.asked) == 4, within_seconds=DEADLINE_SECONDS)
        killed.kill()
        await killed.wait()
    held = set(tabby.asked)
    tabby.let.set()
    async with started(environ) as another:
        await begins(another)
        seen = await all_told(probe, wanted)
    assert held < set(seen)
    assert set(seen.values()) == {1}


async def test_told_to_stop_it_finishes_what_it_has_begun(
    environ: dict[str, str], store: MongoStore, tabby: SlowTabby, probe: RabbitProbe
) -> None:
    await due_orders(store, 12)
    async with started(environ) as process:
        await begins(process)
        await eventually(lambda: len(tabby.asked) == 4, within_seconds=DEADLINE_SECONDS)
        process.terminate()
        tabby.let.set()
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await process.wait() == 0
    assert set(await told(probe)) == set(tabby.asked)
    now = datetime.now(UTC)
    held = {"lease_until": {"$gt": now}}
    assert await store.database["reconciliation"].count_documents(held) == 0


async def test_it_tells_its_health_and_its_backlog(
    environ: dict[str, str], store: MongoStore, tabby: SlowTabby, probe: RabbitProbe
) -> None:
    wanted = await due_orders(store, 3)
    tabby.let.set()
    async with started(environ) as process:
        url = await begins(process)
        await all_told(probe, wanted)
        assert await status(url, "/healthz") == 200
        assert await status(url, "/readyz") == 200
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            metrics = (await http.get("/metrics")).text
    assert 'payments_reconciler_polls_total{account="tabby-ksa",result="answered"} 3.0' in metrics
    assert 'payments_reconciler_due{account="tabby-ksa"}' in metrics
    assert 'payments_breaker_state{account="tabby-ksa",kind="read"} 0.0' in metrics


async def test_without_a_broker_it_waits_and_asks_nobody(
    environ: dict[str, str], store: MongoStore, tabby: SlowTabby, probe: RabbitProbe
) -> None:
    wanted = await due_orders(store, 3)
    tabby.let.set()
    async with proxied(environ["PAYMENTS_RABBITMQ_URL"]) as (proxy, url):
        await proxy.refuse()
        async with started({**environ, "PAYMENTS_RABBITMQ_URL": url}) as process:
            here = f"http://127.0.0.1:{environ['PAYMENTS_RECONCILER_PORT']}"
            await eventually(lambda: listens(here), within_seconds=DEADLINE_SECONDS)
            assert await status(here, "/readyz") == 503
            assert tabby.asked == []
            await proxy.accept()
            await begins(process)
            await all_told(probe, wanted)


async def listens(url: str) -> bool:
    try:
        return await status(url, "/healthz") == 200
    except httpx.ConnectError:
        return False
