"""What MyFatoorah shows of cards and takes for each attempt, gateways/myfatoorah.md section 4.1."""

from collections.abc import AsyncIterator

import pytest

from support.myfatoorah_sandbox import KNET, KWT_KEY, MyFatoorahShop, running_shop
from support.running_sandbox import JsonObject

NUMBER = "512345xxxxxx0008"


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def settled(shop: MyFatoorahShop, operation: str) -> JsonObject:
    """The row of a capture or release of 40."""
    tree = (await shop.update(await shop.held(InvoiceValue=40), operation, 40)).json()["Data"]
    row: JsonObject = tree["InvoiceTransactions"][1]
    return row


async def read(shop: MyFatoorahShop, payment_id: str) -> JsonObject:
    """One attempt as API V3 shows it."""
    headers = {"Authorization": f"Bearer {KWT_KEY}"}
    answer = await shop.sandbox.http.get(f"/v3/payments/{payment_id}", headers=headers)
    data: JsonObject = answer.json()["Data"]
    return data


async def test_a_capture_shows_the_number_of_the_card_and_no_more(shop: MyFatoorahShop) -> None:
    row = await settled(shop, "capture")
    assert (row["CardNumber"], row["ECI"]) == (NUMBER, "02")
    assert row["Card"].pop("Number") == NUMBER
    assert set(row["Card"].values()) == {""}


async def test_a_release_shows_nothing_of_the_card(shop: MyFatoorahShop) -> None:
    row = await settled(shop, "release")
    assert (row["CardNumber"], row["ECI"]) == (None, None)
    assert set(row["Card"].values()) == {""}


@pytest.mark.parametrize(("operation", "eci"), [("capture", "02"), ("release", "")])
async def test_api_v3_shows_the_whole_card_of_both(
    shop: MyFatoorahShop, operation: str, eci: str
) -> None:
    row = await settled(shop, operation)
    transaction = (await read(shop, row["PaymentId"]))["Transaction"]
    assert (transaction["Card"]["Number"], transaction["Card"]["Issuer"]) == (NUMBER, "Test Bank")
    assert (transaction["ECI"], transaction["IP"]["Address"]) == (eci, "")


async def test_knet_says_nothing_of_its_cards(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.invoice(PaymentMethodId=KNET)
    await shop.act(invoice_id, "pay")
    (row,) = (await shop.status(invoice_id))["InvoiceTransactions"]
    assert (row["PaymentGateway"], row["TransactionStatus"]) == ("KNET", "Succss")
    assert (row["CardNumber"], row["ECI"], set(row["Card"].values())) == (None, None, {""})


async def test_each_row_names_the_charge_for_its_own_value(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.held(InvoiceValue=40)
    tree = (await shop.update(invoice_id, "capture", 2)).json()["Data"]
    found = [(row["TotalServiceCharge"], row["VatAmount"]) for row in tree["InvoiceTransactions"]]
    assert found == [("0.800", "0.120"), ("0.040", "0.006")]
    assert tree["DueDeposit"] == 1.954


async def test_a_release_still_names_what_would_have_been_received(shop: MyFatoorahShop) -> None:
    row = await settled(shop, "release")
    amount = (await read(shop, row["PaymentId"]))["Amount"]
    found = [amount[name] for name in ("ServiceCharge", "ServiceChargeVAT", "ReceivableAmount")]
    assert found == ["0.8", "0.12", "39.08"]
