"""`payments breakers`, as an operator calls it, over a real board."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from local_stack.stack import StackUrls
from payments_common.breakers.entry import CallKind, Key
from payments_common.storage.mongo_breaker_board import MongoBreakerBoard
from payments_common.storage.mongo_store import MongoStore
from support.mongo import fresh_store
from support.operator import Operator, Told

MONEY = Key("tabby-ksa", CallKind.MONEY)
STOP = ("stop", "tabby-ksa", "--reason", "maintenance", "--by", "nora")


class Sre:
    def __init__(self, operator: Operator, url: str, store: MongoStore) -> None:
        self._operator = operator
        self._environ = {
            "PAYMENTS_MONGODB_URL": url,
            "PAYMENTS_MONGODB_DATABASE": store.database.name,
        }
        self.board = MongoBreakerBoard(store.database["breakers"])

    async def says(self, *words: str) -> Told:
        return await self._operator.asks("breakers", *words, **self._environ)

    async def listed(self, *words: str) -> dict[tuple[str, str], dict[str, Any]]:
        told = await self.says("list", "--format", "json", *words)
        assert told.status == 0, told.text
        return {(b["account"], b["kind"]): b for b in json.loads(told.stdout)["breakers"]}


@pytest.fixture
async def sre(stack: StackUrls, tmp_path: Path) -> AsyncIterator[Sre]:
    operator = Operator(tmp_path / "accounts.toml", "http://gateway.example.com")
    operator.accounts()
    async with fresh_store(stack.mongodb_url) as store:
        yield Sre(operator, stack.mongodb_url, store)


async def test_every_account_has_a_breaker_for_each_kind_of_call(sre: Sre) -> None:
    listed = await sre.listed()
    assert len(listed) == 9
    assert {each["state"] for each in listed.values()} == {"closed"}


async def test_an_open_one_says_why_since_when_and_when_it_is_probed(sre: Sre) -> None:
    entry = await sre.board.opened(MONEY, reason="no answer", open_seconds=30)
    assert entry.next_probe_at is not None
    table = (await sre.says("list", "tabby-ksa")).stdout
    for word in ("open", "no answer", f"{entry.next_probe_at:%H:%M:%S}Z"):
        assert word in table
    told = (await sre.listed())["tabby-ksa", "money"]
    assert (told["state"], told["reason"]) == ("open", "no answer")
    assert told["next_probe_at"] == entry.next_probe_at.isoformat(timespec="seconds")


async def test_a_stop_holds_for_the_kind_that_was_named_until_it_is_started(sre: Sre) -> None:
    assert (await sre.says(*STOP, "--kind", "money", "--for", "30m")).status == 0
    listed = await sre.listed()
    assert listed["tabby-ksa", "money"]["state"] == "stopped"
    assert listed["tabby-ksa", "money"]["stopped_by"] == "nora"
    assert listed["tabby-ksa", "session"]["state"] == "closed"
    assert (await sre.says("start", "tabby-ksa")).status == 0
    assert (await sre.listed())["tabby-ksa", "money"]["state"] == "closed"


async def test_without_a_kind_all_calls_of_the_account_are_stopped(sre: Sre) -> None:
    await sre.says(*STOP, "--for", "2h")
    stopped = [key for key, each in (await sre.listed()).items() if each["state"] == "stopped"]
    assert sorted(stopped) == [("tabby-ksa", kind) for kind in ("money", "read", "session")]


@pytest.mark.parametrize("length", ["", "0m", "30", "8d", "for ever"])
async def test_no_stop_is_without_an_end(sre: Sre, length: str) -> None:
    told = await sre.says(*STOP, "--for", length)
    assert told.status == 2
    assert (await sre.board.read()).entries == {}


async def test_an_account_that_is_not_there_is_told_and_nothing_is_written(sre: Sre) -> None:
    told = await sre.says("stop", "nobody", "--reason", "x", "--by", "nora", "--for", "1m")
    assert told.status == 1
    assert "nobody" in told.text
    assert (await sre.board.read()).entries == {}


async def test_as_csv_every_breaker_is_a_line(sre: Sre) -> None:
    lines = (await sre.says("list", "--format", "csv")).stdout.splitlines()
    assert lines[0].startswith("account,kind,state,reason,since,next_probe_at")
    assert len(lines) == 10
