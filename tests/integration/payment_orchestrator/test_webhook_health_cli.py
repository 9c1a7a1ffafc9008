"""`payments webhooks health` as an operator calls it, on the real database."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_webhook_hours import MongoWebhookHours
from payment_orchestrator.domain.news import Via
from payment_orchestrator.domain.webhook_health import DAY
from payment_orchestrator.domain.webhook_hours import HOUR, Hour, whole_hour
from support.mongo import fresh_store
from support.operator import Operator, Told

TABBY, TAMARA, MYFATOORAH = "tabby-ksa", "tamara-ksa", "myfatoorah-kwt"


@dataclass
class Desk:
    operator: Operator
    hours: MongoWebhookHours
    environ: dict[str, str]

    async def asks(self, *words: str) -> Told:
        return await self.operator.asks("webhooks", "health", *words, **self.environ)

    async def learned(self, account: str, *, ago: timedelta = HOUR, **counts: int) -> None:
        """So many changes by each way, each a minute late."""
        hour = Hour(account, whole_hour(datetime.now(UTC) - ago))
        for way, count in counts.items():
            for _ in range(count):
                hour.take_change(Via(way), 60)
        await self.hours.add([hour])

    async def usual(self, account: str, *, each: int) -> None:
        """So many webhooks in every hour of the last ten days, and none today."""
        now = whole_hour(datetime.now(UTC))
        hours = [Hour(account, now - number * HOUR) for number in range(20, 240)]
        for hour in hours:
            for _ in range(each):
                hour.take_webhook(hour.began_at)
        await self.hours.add(hours)

    async def receives(self, account: str) -> None:
        now = datetime.now(UTC)
        hour = Hour(account, whole_hour(now))
        hour.take_webhook(now)
        await self.hours.add([hour])


@pytest.fixture
async def desk(tmp_path: Path, stack: StackUrls) -> AsyncIterator[Desk]:
    operator = Operator(tmp_path / "accounts.toml", "https://example.com")
    operator.accounts()
    async with fresh_store(stack.mongodb_url) as store:
        environ = {
            "PAYMENTS_MONGODB_URL": stack.mongodb_url,
            "PAYMENTS_MONGODB_DATABASE": store.database.name,
        }
        yield Desk(operator, MongoWebhookHours(store.database["webhook_health"]), environ)


async def test_before_anything_came_there_is_nothing_to_judge(desk: Desk) -> None:
    told = await desk.asks()
    assert told.status == 0
    for account in (TABBY, TAMARA, MYFATOORAH):
        assert f"{account}: nothing to judge yet" in told.text


async def test_an_account_whose_webhooks_come_is_well(desk: Desk) -> None:
    await desk.learned(TABBY, webhook=95, poll=5)
    await desk.receives(TABBY)
    told = await desk.asks(TABBY)
    assert told.status == 0
    assert "tabby-ksa: well" in told.text
    assert "95%" in told.text
    assert "1 in the last 60 minutes, not known yet what is usual" in told.text
    assert TAMARA not in told.text


async def test_missing_webhooks_are_told_with_what_to_do_and_exit_status_1(desk: Desk) -> None:
    await desk.learned(TABBY, webhook=15, poll=15)
    told = await desk.asks()
    assert told.status == 1
    assert "tabby-ksa: webhooks are missing" in told.text
    assert "payments webhooks verify tabby-ksa" in told.text
    assert "tamara-ksa: nothing to judge yet" in told.text


async def test_silence_is_told_against_the_usual(desk: Desk) -> None:
    await desk.usual(TAMARA, each=7)
    told = await desk.asks(TAMARA)
    assert told.status == 1
    assert "tamara-ksa: silent" in told.text
    assert "0 in the last 60 minutes, 7.0 are usual" in told.text
    assert re.search(r"2[01] h ago", told.text)


async def test_only_the_chosen_hours_are_judged(desk: Desk) -> None:
    await desk.learned(TABBY, webhook=30)
    await desk.learned(TABBY, ago=3 * DAY, poll=30)
    assert (await desk.asks(TABBY)).status == 0
    assert (await desk.asks(TABBY, "--hours", "96")).status == 1


async def test_programs_get_json(desk: Desk) -> None:
    await desk.learned(TABBY, webhook=15, poll=15)
    told = await desk.asks("--format", "json")
    assert told.status == 1
    document = json.loads(told.stdout)
    assert document["hours"] == 24
    first = document["accounts"][0]
    assert (first["account"], first["verdict"]) == (TABBY, "webhooks are missing")
    assert (first["poll"], first["poll_delay_p99_seconds"]) == (15, 60)


async def test_spreadsheets_get_csv(desk: Desk) -> None:
    await desk.learned(TABBY, webhook=15, poll=15)
    told = await desk.asks("--format", "csv")
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert [row["account"] for row in rows] == [TABBY, TAMARA, MYFATOORAH]
    assert rows[0]["verdict"] == "webhooks are missing"


@pytest.mark.parametrize("words", [("nobody",), ("--hours", "0"), ("--format", "xml")])
async def test_what_cannot_be_asked_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    assert (await desk.asks(*words)).status != 0
