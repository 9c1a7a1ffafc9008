"""`payments operations list` over orders that lived at the sandbox, as support staff call it."""

import asyncio
import csv
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.entrypoints.cli.operation_rows import COLUMNS
from payments_common.schemas.replies import Outcome
from payments_common.storage.mongo_store import MongoStore
from support.builders import capture, refund, session
from support.mongo import fresh_store
from support.operator import Operator, Told
from support.running_sandbox import SECRET_KEY
from support.stored_world import stored_world
from support.world import World


class Support:
    """Asks in the database of the world."""

    def __init__(self, operator: Operator, url: str, database: str) -> None:
        self._operator = operator
        self._environ = {"PAYMENTS_MONGODB_URL": url, "PAYMENTS_MONGODB_DATABASE": database}

    async def lists(self, *words: str) -> Told:
        return await self._operator.asks("operations", "list", *words, **self._environ)

    async def exports(self) -> tuple[bytes, bytes]:
        """As typed in a shell: its output byte for byte, and what it says beside it."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("payments")),
            *("operations", "list", "--csv"),
            env={**os.environ, **self._environ},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return await process.communicate()

    async def reads(self, *words: str) -> list[dict[str, Any]]:
        told = await self.lists("--json", *words)
        assert told.status == 0, told.text
        return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.fixture
async def store(stack: StackUrls) -> AsyncIterator[MongoStore]:
    async with fresh_store(stack.mongodb_url) as store:
        yield store


@pytest.fixture
async def here(store: MongoStore) -> AsyncIterator[World]:
    async with stored_world(store) as world:
        yield world


@pytest.fixture
def support(tmp_path: Path, stack: StackUrls, store: MongoStore) -> Support:
    operator = Operator(tmp_path / "accounts.toml", "http://127.0.0.1:9")
    return Support(operator, stack.mongodb_url, store.database.name)


async def test_a_capture_a_refusal_and_a_refund_are_told_with_all_that_an_auditor_asks(
    here: World, support: Support
) -> None:
    await here.captured()
    await here.send(refund(amount_minor=15001), command_id="too-much")
    await here.send(refund(amount_minor=4999, reference="RMA-7"), command_id="returned")
    captured, refused, refunded = await support.reads()
    assert (captured["kind"], captured["amount"], captured["currency"]) == (
        "capture",
        "150.00",
        "SAR",
    )
    assert (refused["outcome"], refused["code"]) == ("refused", "amount_exceeds_balance")
    assert (refused["kind"], refused["amount_minor"], refused["user_id"]) == (
        "refund",
        15001,
        "warehouse",
    )
    order = await here.order()
    effect = order.payments[0].facts.refunds[0]
    expected = {
        "kind": "refund",
        "origin": "operation",
        "order_reference": "SHOP-1001",
        "account": "tabby-ksa",
        "payment_id": order.payments[0].payment_id,
        "amount": "49.99",
        "amount_minor": 4999,
        "currency": "SAR",
        "moved_minor": 4999,
        "user_id": "warehouse",
        "sender": "shop",
        "operation_id": "returned",
        "reference": "returned",
        "caller_reference": "RMA-7",
        "attempt": 1,
        "outcome": "succeeded",
        "state": "succeeded",
        "gateway_reference": effect.refund_id,
        "http_status": 200,
        "error": None,
    }
    assert {name: refunded[name] for name in expected} == expected
    assert refunded["answer"]["refunds"][0]["id"] == effect.refund_id


async def test_every_attempt_is_told_with_what_became_of_it(here: World, support: Support) -> None:
    await here.authorized()
    await here.fault("capture", "reset", phase="before")
    answer = await here.send(capture(amount_minor=9000), command_id="reset")
    assert answer.outcome is Outcome.SUCCEEDED
    first, second = await support.reads("--kind", "capture")
    assert (first["attempt"], first["outcome"], first["moved"]) == (1, "unknown", None)
    assert first["error"] is not None
    assert [asked["http_status"] for asked in first["asked"]][-1] == 200
    assert (second["attempt"], second["outcome"], second["moved"]) == (2, "succeeded", "90.00")
    assert [first["state"], second["state"]] == ["succeeded"] * 2


async def test_law_11_what_was_made_in_the_dashboard_is_told_with_the_read_that_showed_it(
    here: World, support: Support
) -> None:
    order = await here.authorized()
    payment_id = order.payments[0].payment_id
    await here.sandbox.control(f"payments/{payment_id}/capture", amount="150.00")
    await here.webhook({"id": payment_id, "status": "closed"})
    await here.until("SHOP-1001", "captured")
    (entry,) = await support.reads("--payment", payment_id)
    assert (entry["origin"], entry["user_id"], entry["operation_id"]) == ("gateway", None, None)
    assert (entry["amount"], entry["outcome"]) == ("150.00", "succeeded")
    assert entry["answer"]["captures"][0]["id"] == entry["gateway_reference"]


async def test_nothing_of_the_customer_and_no_key_is_told(here: World, support: Support) -> None:
    await here.captured()
    await here.send(refund(amount_minor=100, reason="call test.customer@example.com"))
    private = session().customer
    for form in ("--csv", "--json"):
        text = (await support.lists(form)).text
        assert "succeeded" in text
        for secret in (private.name, private.email, private.phone, "test.customer", SECRET_KEY):
            assert secret not in text


async def test_csv_has_a_header_and_a_line_for_each_entry_and_the_count_is_beside_it(
    here: World, support: Support
) -> None:
    await here.captured()
    told, beside = await support.exports()
    assert told.count(b"\r\n") == told.count(b"\n") == 2
    rows = list(csv.reader(io.StringIO(told.decode(), newline="")))
    assert rows[0] == list(COLUMNS)
    assert [len(row) for row in rows] == [len(COLUMNS)] * 2
    assert beside == b"1 entry\n"


async def test_a_person_reads_it_in_columns(here: World, support: Support) -> None:
    await here.captured()
    header, row = (await support.lists()).stdout.splitlines()
    for name, value in (("kind", "capture"), ("amount", "150.00 SAR"), ("outcome", "succeeded")):
        assert row.index(value) == header.index(name)


async def test_a_limit_stops_and_says_so(here: World, support: Support) -> None:
    await here.captured()
    await here.send(refund(amount_minor=1), command_id="one")
    await here.send(refund(amount_minor=1), command_id="two")
    told = await support.lists("--limit", "2", "--json")
    assert len(told.stdout.splitlines()) == 2
    assert told.text.endswith("2 entries, stopped by --limit\n")


async def test_times_are_half_open_and_a_date_is_its_beginning_in_utc(
    here: World, support: Support
) -> None:
    await here.captured()
    (entry,) = await support.reads()
    at, day = entry["at"], entry["at"][:10]
    assert await support.reads("--since", at) == [entry]
    assert await support.reads("--since", day) == [entry]
    assert await support.reads("--until", at) == []
    assert await support.reads("--until", day) == []


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--order", "NOBODY"], 1, "there is no order 'NOBODY'"),
        (["--payment", "nothing", "--account", "tabby-ksa"], 1, "no payment 'nothing' at tabby"),
        (["--csv", "--json"], 2, "choose one of"),
        (["--since", "yesterday"], 2, "is no ISO 8601 time"),
        (["--since", "2026-02-02", "--until", "2026-02-02"], 2, "is not after"),
        (["--outcome", "lost"], 2, "not_sent"),
        (["--user", "nobody"], 0, "0 entries"),
    ],
)
async def test_a_mistake_is_told_and_is_not_an_empty_log(
    support: Support, words: list[str], status: int, says: str
) -> None:
    told = await support.lists(*words)
    assert told.status == status
    assert says in " ".join(told.text.replace("│", " ").split())
