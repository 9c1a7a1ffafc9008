"""`payments reconcile`: an operator compares an account with its gateway."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_stack.stack import StackUrls
from payments_common.desk.database import open_store
from support.builders import recheck
from support.eventually import eventually
from support.operator import Told
from support.operators_desk import Desk, desk, nothing

SINCE = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"


@pytest.fixture
async def at(stack: StackUrls, tmp_path: Path) -> AsyncIterator[Desk]:
    """An order that is authorized, at a desk whose database is its own."""
    async with desk(stack, tmp_path, nothing) as opened:
        yield opened


async def reconciled(at: Desk, *words: str, **environ: str) -> Told:
    return await at.asks("reconcile", "--since", SINCE, *words, **environ)


def read(told: Told) -> Any:
    return json.loads(told.stdout)


async def changed_in_the_dashboard(at: Desk) -> str:
    """Captured and refunded, and no webhook comes; the payment's id."""
    payment_id = (await at.here.order()).payments[0].payment_id
    await at.here.sandbox.control(f"payments/{payment_id}/capture", amount="150.00")
    await at.here.sandbox.control(f"payments/{payment_id}/refund", amount="40.00")
    return payment_id


async def stranger(at: Desk) -> str:
    """A payment at the gateway that no order of ours has."""
    return await at.here.sandbox.authorized(
        currency="SAR", merchant_code="SA", phone="+966500000001", reference_id="ELSE-1"
    )


async def stored(at: Desk, collection: str) -> int:
    url, name = (at.environ[f"PAYMENTS_MONGODB_{each}"] for each in ("URL", "DATABASE"))
    async with open_store(url, name) as store:
        return await store.database[collection].count_documents({})


async def test_what_was_made_in_the_dashboard_reaches_the_order(at: Desk) -> None:
    payment_id = await changed_in_the_dashboard(at)
    told = await reconciled(at)
    assert told.status == 0, told.text
    assert "tabby-ksa: 1 payment compared; 0 open, 3 joined, 0 gone" in told.stdout
    (row,) = [line for line in told.stdout.splitlines() if line.startswith("refund")]
    assert row.split()[1:4] == ["joined", "SHOP-1001", payment_id]
    assert "of 40.00 SAR, processed" in row
    await at.here.until("SHOP-1001", "partially_refunded")
    await at.here.agrees()


async def test_the_second_time_there_is_nothing_to_tell(at: Desk) -> None:
    await changed_in_the_dashboard(at)
    await reconciled(at)
    await at.here.until("SHOP-1001", "partially_refunded")
    again = await reconciled(at)
    assert again.status == 0
    assert again.stdout == "tabby-ksa: 1 payment compared; 0 open, 0 joined, 0 gone\n"


async def test_a_dry_run_tells_no_order_and_keeps_nothing_but_the_calls(at: Desk) -> None:
    await changed_in_the_dashboard(at)
    calls = await stored(at, "api_calls")
    told = await reconciled(at, "--dry-run", "--format", "json", PAYMENTS_RABBITMQ_URL="")
    assert (told.status, read(told)["dry_run"]) == (1, True)
    kinds = {(each["kind"], each["state"]) for each in read(told)["discrepancies"]}
    assert {("capture", "open"), ("refund", "open")} <= kinds
    assert (await at.here.order()).status == "authorized"
    assert await stored(at, "discrepancies") == 0
    assert await stored(at, "api_calls") > calls


async def test_a_payment_of_no_order_stays_open_and_is_status_1(at: Desk) -> None:
    payment_id = await stranger(at)
    told = await reconciled(at, "--format", "json")
    assert told.status == 1
    (found,) = read(told)["discrepancies"]
    assert (found["kind"], found["state"], found["payment_id"]) == ("not_ours", "open", payment_id)
    assert found["order_reference"] == "ELSE-1"
    assert found["says"] == "AUTHORIZED: payment of 100.00 SAR, authorized 100.00 SAR"


async def test_csv_has_rows_only_and_the_summary_beside_them(at: Desk) -> None:
    await stranger(at)
    told = await reconciled(at, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(told.stdout))
    assert (row["account"], row["kind"], row["count"]) == ("tabby-ksa", "not_ours", "1")
    assert "1 open" not in told.stdout
    assert "tabby-ksa: 2 payments compared; 1 open, 0 joined, 0 gone" in told.text


async def test_orders_that_are_to_be_asked_about_are_asked_however_old(at: Desk) -> None:
    """Tabby's list has no payment before its customer has paid."""
    order = await at.here.pending(order_reference="SHOP-2")
    payment_id = order.payments[0].payment_id
    await at.here.sandbox.control(f"payments/{payment_id}/decline")
    told = await reconciled(at, "--format", "json")
    assert (told.status, read(told)["accounts"][0]["compared"]) == (0, 2)
    (found,) = read(told)["discrepancies"]
    assert (found["kind"], found["payment_id"]) == ("payment", payment_id)
    await at.here.until("SHOP-2", "failed")


async def test_a_gateway_that_refuses_the_key_is_told_and_hides_no_other(
    at: Desk, tmp_path: Path
) -> None:
    path = at.operator.path
    (tmp_path / "wrong").write_text("sk_test_00000000-0000-4000-8000-0000000000ff")
    second = path.read_text().replace("[accounts.tabby-ksa]", "[accounts.first]")
    path.write_text(
        second.replace(str(tmp_path / "key"), str(tmp_path / "wrong")) + path.read_text()
    )
    told = await reconciled(at)
    assert told.status == 1
    assert "first: 0 payments compared; 0 open, 0 joined, 0 gone; not all was" in told.stdout
    assert "the gateway refused" in told.stdout
    assert "tabby-ksa: 1 payment compared; 0 open" in told.stdout


async def test_a_time_to_come_and_an_unknown_account_are_refused(at: Desk) -> None:
    future = await at.asks("reconcile", "--since", "2999-01-01")
    assert (future.status, "still to come" in future.text) == (2, True)
    unknown = await reconciled(at, "--account", "nobody")
    assert (unknown.status, "has no account nobody" in unknown.text) == (1, True)


async def test_without_rabbitmq_only_a_dry_run_is_possible(at: Desk) -> None:
    told = await reconciled(at, PAYMENTS_RABBITMQ_URL="")
    assert (told.status, "--rabbitmq-url" in told.text) == (2, True)


async def test_news_of_an_order_that_were_checked_meanwhile_are_no_news(at: Desk) -> None:
    await changed_in_the_dashboard(at)
    await at.here.send(recheck())

    async def known() -> bool:
        return (await at.here.order()).status == "partially_refunded"

    await eventually(known)
    told = await reconciled(at, "--format", "json")
    assert read(told)["discrepancies"] == []
