"""`payments webhooks recover`, after the gateways sent webhooks that nobody got."""

import secrets
from collections.abc import AsyncIterator

import httpx
import pytest

from payments_common import client
from payments_common.client import PaymentsClient
from payments_common.money import Money
from payments_demo.customer import visit
from payments_demo.house import House
from payments_demo.sandbox_keys import TABBY_SECRET_KEY
from support.builders import session
from support.operator import run_as_operator

ACCOUNTS = {"tabby-ksa": "SAR", "myfatoorah-kwt": "KWD"}


@pytest.fixture
async def sandbox(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Loses every webhook until the end of the test."""
    async with httpx.AsyncClient(base_url=house.urls.sandbox, trust_env=False) as sandbox:
        lose = {"operation": "webhook", "kind": "drop", "count": 1_000_000}
        (await sandbox.post("/sandbox/faults", json=lose)).raise_for_status()
        yield sandbox
        (await sandbox.delete("/sandbox/faults")).raise_for_status()


async def paid(account: str, payments: PaymentsClient) -> str:
    """An order that its customer has paid, and nobody was told."""
    reference, total = f"LOST-{secrets.token_hex(4)}", Money(15000, ACCOUNTS[account])
    command = session(
        order_reference=reference,
        account=account,
        total_amount=total,
        items=[{"title": "Lamp", "unit_price": total}],
    )
    answer = await payments.send(command)
    assert answer.redirect_url is not None, answer
    await visit(answer.redirect_url, action="pay")
    return reference


async def test_what_lost_webhooks_would_have_told_is_known_after_recovery_and_told_once(
    house: House, sandbox: httpx.AsyncClient
) -> None:
    async with client.connect(house.urls.rabbitmq, name="shop") as payments:
        references = [await paid(account, payments) for account in ACCOUNTS]
    done = run_as_operator("payments webhooks recover", house.environment)
    lines = done.stdout.splitlines()
    for reference in references:
        (row,) = [line for line in lines if reference in line]
        assert row.endswith("the order is authorized")


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
    done = run_as_operator("payments webhooks recover tabby-ksa", house.environment)
    assert done.returncode == 1
    (row,) = [line for line in done.stdout.splitlines() if reference in line]
    assert "unknown_order" in row


async def test_a_gateway_without_a_list_says_how_else_to_ask(house: House) -> None:
    done = run_as_operator("payments webhooks recover tamara-ksa", house.environment)
    assert done.returncode == 0
    assert "recheck_payment" in done.stdout


async def test_an_account_that_is_not_complete_hides_no_other(house: House) -> None:
    environment = {**house.environment, "MYFATOORAH_API_KEY": ""}
    done = run_as_operator("payments webhooks recover", environment=environment)
    assert done.returncode == 1
    assert "myfatoorah-kwt: credentials.api_key" in done.stdout
    assert "tamara-ksa: its gateway has no list" in done.stdout


async def test_a_day_that_is_still_to_come_is_refused(house: House) -> None:
    done = run_as_operator("payments webhooks recover --since 2999-01-01", house.environment)
    assert done.returncode == 2
    assert "still to come" in done.stderr


async def test_a_probe_leaves_what_is_known_of_the_secrets_as_it_is(house: House) -> None:
    check = "payments accounts check tabby-kwt"
    before = run_as_operator(check, house.environment).stdout.splitlines()[-1]
    assert run_as_operator("payments webhooks verify tabby-kwt", house.environment).returncode == 0
    assert run_as_operator(check, house.environment).stdout.splitlines()[-1] == before
