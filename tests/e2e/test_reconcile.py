"""`payments reconcile`, after the gateways' dashboards were used and no webhook came."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from payments_common import client
from payments_common.client import PaymentsClient
from payments_common.money import Money
from payments_demo.customer import visit
from payments_demo.house import House
from payments_demo.sandbox_keys import TABBY_SECRET_KEY
from support.builders import session
from support.eventually import eventually
from support.operator import run_as_operator

TOTALS = {
    "tabby-ksa": Money(15000, "SAR"),
    "tamara-ksa": Money(15000, "SAR"),
    "myfatoorah-kwt": Money(15000, "KWD"),
}
YESTERDAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"


@pytest.fixture
async def sandbox(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Loses every webhook until the end of the test."""
    async with httpx.AsyncClient(base_url=house.urls.sandbox, trust_env=False) as sandbox:
        lose = {"operation": "webhook", "kind": "drop", "count": 1_000_000}
        (await sandbox.post("/sandbox/faults", json=lose)).raise_for_status()
        yield sandbox
        (await sandbox.delete("/sandbox/faults")).raise_for_status()


@pytest.fixture
async def payments(house: House) -> AsyncIterator[PaymentsClient]:
    async with client.connect(house.urls.rabbitmq, name="shop") as payments:
        yield payments


async def authorized(account: str, payments: PaymentsClient) -> tuple[str, str]:
    """An order whose customer has paid, and which knows it; its reference and its payment."""
    reference, total = f"LOST-{secrets.token_hex(4)}", TOTALS[account]
    command = session(
        order_reference=reference,
        account=account,
        total_amount=total,
        customer={"name": "Noor Example", "email": "a@example.com", "phone": "+966544337866"},
        items=[{"title": "Lamp", "unit_price": total}],
    )
    answer = await payments.send(command)
    assert answer.redirect_url, answer
    assert answer.payment_id, answer
    await visit(answer.redirect_url, action="pay")

    async def is_authorized() -> bool:
        return (await payments.recheck(reference)).status == "authorized"

    await eventually(is_authorized, within_seconds=20)
    return reference, answer.payment_id


def reconcile(house: House, *words: str) -> list[str]:
    command = " ".join(("payments reconcile --since", YESTERDAY, *words))
    done = run_as_operator(command, house.environment)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.splitlines()


def shown(house: House, reference: str) -> str:
    return run_as_operator(f"payments orders show {reference}", house.environment).stdout


@pytest.mark.parametrize("account", TOTALS)
async def test_what_was_made_in_the_dashboard_reaches_the_order(
    house: House, sandbox: httpx.AsyncClient, payments: PaymentsClient, account: str
) -> None:
    reference, payment_id = await authorized(account, payments)
    total = TOTALS[account]
    moves = {"capture": total, "refund": Money(5000, total.currency)}
    for action, amount in moves.items():
        path = f"/sandbox/payments/{payment_id}/{action}"
        (await sandbox.post(path, json={"amount": amount.to_major()})).raise_for_status()
    rows = [line for line in reconcile(house, "--account", account) if reference in line]
    states = {tuple(row.split()[:2]) for row in rows}
    assert {("capture", "joined"), ("refund", "joined")} <= states
    await eventually(lambda: "partially_refunded" in shown(house, reference), within_seconds=20)


async def test_a_payment_of_no_order_of_ours_is_told_and_is_no_success(
    house: House, sandbox: httpx.AsyncClient
) -> None:
    reference = f"OTHER-{secrets.token_hex(4)}"
    payment = {
        "amount": "100.00",
        "currency": "SAR",
        "buyer": {
            "name": "Noor Example",
            "email": "otp.success@tabby.ai",
            "phone": "+966500000001",
        },
        "order": {"reference_id": reference, "items": []},
    }
    urls = dict.fromkeys(("success", "cancel", "failure"), "https://shop.example.com/")
    made = await sandbox.post(
        "/api/v2/checkout",
        headers={"Authorization": f"Bearer {TABBY_SECRET_KEY}"},
        json={"payment": payment, "lang": "en", "merchant_code": "SA", "merchant_urls": urls},
    )
    payment_id = made.raise_for_status().json()["payment"]["id"]
    (await sandbox.post(f"/sandbox/payments/{payment_id}/pay")).raise_for_status()
    (row,) = [line for line in reconcile(house, "--account", "tabby-ksa") if reference in line]
    assert row.split()[:2] == ["not_ours", "open"]


async def test_an_account_that_is_not_complete_hides_no_other(house: House) -> None:
    environment = {**house.environment, "MYFATOORAH_API_KEY": ""}
    command = f"payments reconcile --since {YESTERDAY}"
    done = run_as_operator(command, environment=environment)
    assert done.returncode == 1
    assert "myfatoorah-kwt: 0 payments compared" in done.stdout
    assert "credentials.api_key" in done.stdout
    assert "tamara-ksa: " in done.stdout


async def test_a_probe_leaves_what_is_known_of_the_secrets_as_it_is(house: House) -> None:
    check = "payments accounts check tabby-kwt"
    before = run_as_operator(check, house.environment).stdout.splitlines()[-1]
    assert run_as_operator("payments webhooks verify tabby-kwt", house.environment).returncode == 0
    assert run_as_operator(check, house.environment).stdout.splitlines()[-1] == before
