"""Refunds are requests to finance, gateways/myfatoorah.md sections 2.6 and 4.2."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.myfatoorah_sandbox import BHR_KEY, SAU_KEY, MyFatoorahShop, running_shop
from support.running_sandbox import JsonObject, gather_all

IDEMPOTENCY_SECONDS = 250 * 60


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def refunded_minor(shop: MyFatoorahShop, invoice_id: int) -> int:
    amount_minor: int = (await shop.account(invoice_id))["refunded_minor"]
    return amount_minor


def refusal(answer: Any) -> tuple[int, list[JsonObject]]:
    return answer.status_code, answer.json()["ValidationErrors"]


async def test_a_refund_is_filed_and_moves_nothing(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    answer = (await shop.refund(invoice_id, 4.25, "refund-1")).json()
    data = answer["Data"]
    assert answer["Message"] == "Refund Created Successfully!"
    assert (data["Key"], data["Amount"]) == (str(invoice_id), 4.25)
    assert (data["Comment"], data["ExternalIdentifier"]) == (None, "refund-1")
    assert data["RefundInvoiceId"] != invoice_id
    assert await shop.refunds(invoice_id) == [
        {
            "RefundId": data["RefundId"],
            "RefundStatus": "Pending",
            "InvoiceId": invoice_id,
            "Amount": 4.25,
            "RefundReference": data["RefundReference"],
            "ExternalIdentifier": "refund-1",
            "RefundAmount": 4.25,
            "RRN": None,
            "BaseCurrency": "KWD",
        }
    ]
    assert await refunded_minor(shop, invoice_id) == 0


async def test_members_of_older_versions_are_ignored(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    payment_id = (await shop.status(invoice_id))["InvoiceTransactions"][0]["PaymentId"]
    data = await shop.data(
        "MakeRefund",
        {
            "Key": payment_id,
            "KeyType": "PaymentId",
            "RefundChargeOnCustomer": False,
            "ServiceChargeOnCustomer": False,
            "Amount": 10,
            "CurrencyIso": "SAR",
            "Comment": "test",
        },
    )
    assert (data["Key"], data["Amount"], data["Comment"]) == (payment_id, 10, "test")


@pytest.mark.parametrize(
    ("action", "status", "minor"),
    [("refund_processed", "Refunded", 4000), ("refund_rejected", "Canceled", 0)],
)
async def test_finance_decides(shop: MyFatoorahShop, action: str, status: str, minor: int) -> None:
    invoice_id = await shop.paid()
    await shop.refund(invoice_id, 4)
    await shop.act(invoice_id, action)
    (row,) = await shop.refunds(invoice_id)
    assert (row["RefundStatus"], row["RRN"] is not None) == (status, minor > 0)
    assert await refunded_minor(shop, invoice_id) == minor
    assert (await shop.status(invoice_id))["InvoiceStatus"] == "Paid"


async def test_finance_can_decide_on_one_of_several(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    await shop.refund(invoice_id, 1)
    second = (await shop.refund(invoice_id, 2)).json()["Data"]["RefundId"]
    await shop.act(invoice_id, "refund_rejected", refund_id=second)
    await shop.act(invoice_id, "refund_processed")
    rows = [(row["Amount"], row["RefundStatus"]) for row in await shop.refunds(invoice_id)]
    assert rows == [(1, "Refunded"), (2, "Canceled")]
    path = f"/sandbox/payments/{invoice_id}/refund_processed"
    assert (await shop.sandbox.http.post(path)).status_code == 409


async def test_refunds_can_be_executed_by_themselves(shop: MyFatoorahShop) -> None:
    await shop.settings(refund_execution_seconds=3600)
    invoice_id = await shop.paid()
    await shop.refund(invoice_id, 1)
    await shop.refund(invoice_id, 2)
    await shop.act(
        invoice_id, "refund_rejected", refund_id=(await shop.refunds(invoice_id))[0]["RefundId"]
    )
    await shop.sandbox.control("advance", seconds=3599)
    assert await refunded_minor(shop, invoice_id) == 0
    await shop.sandbox.control("advance", seconds=2)
    assert await refunded_minor(shop, invoice_id) == 2000


@pytest.mark.parametrize("key_type", ["RefundId", "RefundReference", "refundid"])
async def test_one_refund_is_found_by_its_own_keys(shop: MyFatoorahShop, key_type: str) -> None:
    invoice_id = await shop.paid()
    await shop.refund(invoice_id, 1)
    filed = (await shop.refund(invoice_id, 2)).json()["Data"]
    key = filed["RefundReference" if key_type == "RefundReference" else "RefundId"]
    data = await shop.data("GetRefundStatus", {"Key": str(key), "KeyType": key_type})
    assert [row["Amount"] for row in data["RefundStatusResult"]] == [2]


@pytest.mark.parametrize(
    ("key", "key_type"),
    [("999999", "RefundId"), ("nothing", "RefundReference"), ("1", "InvoiceId")],
)
async def test_unknown_refunds_do_not_match(shop: MyFatoorahShop, key: str, key_type: str) -> None:
    answer = await shop.call("GetRefundStatus", {"Key": key, "KeyType": key_type})
    assert answer.status_code == 400
    assert answer.json()["Message"] == "No data match the provided values"


async def test_refunds_of_others_do_not_match(shop: MyFatoorahShop) -> None:
    filed = (await shop.refund(await shop.paid(), 1)).json()["Data"]
    for key_type in ("RefundId", "RefundReference"):
        body = {"Key": filed[key_type], "KeyType": key_type}
        assert (await shop.call("GetRefundStatus", body)).status_code == 200
        assert (await shop.of(SAU_KEY).call("GetRefundStatus", body)).status_code == 400


async def test_an_invoice_without_refunds_does_not_match_either(shop: MyFatoorahShop) -> None:
    body = {"Key": str(await shop.paid()), "KeyType": "InvoiceId"}
    assert (await shop.call("GetRefundStatus", body)).status_code == 400


@pytest.mark.parametrize(
    ("amount", "name", "text"),
    [
        (10.501, "Amount", "Insufficient balance for vendor"),
        (0, "Amount", "Invoice value must be more than 0"),
        (-1, "Amount", "Invoice value must be more than 0"),
        ("all", "Amount", "Amount is not a valid number"),
        (None, "Amount", "Amount is required"),
    ],
)
async def test_a_wrong_amount_is_refused(
    shop: MyFatoorahShop, amount: Any, name: str, text: str
) -> None:
    answer = await shop.refund(await shop.paid(), amount)
    assert refusal(answer) == (400, [{"Name": name, "Error": text}])


async def test_what_is_wholly_asked_for_is_under_processing(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    await shop.refund(invoice_id, 10.5)
    text = "The transaction is already under processing!"
    assert refusal(await shop.refund(invoice_id, 1)) == (400, [{"Name": "Key", "Error": text}])
    await shop.act(invoice_id, "refund_processed")
    assert refusal(await shop.refund(invoice_id, 1)) == (400, [{"Name": "Key", "Error": text}])


async def test_only_paid_invoices_have_a_transaction_to_refund(shop: MyFatoorahShop) -> None:
    expected = (400, [{"Name": "Key", "Error": "No transaction exist matching this Key!"}])
    assert refusal(await shop.refund(await shop.invoice(), 1)) == expected
    assert refusal(await shop.refund(await shop.held(), 1)) == expected
    assert refusal(await shop.refund(1, 1)) == expected


async def test_no_more_than_the_captured_part_can_be_refunded(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.held()
    await shop.update(invoice_id, "capture", 2)
    assert (await shop.refund(invoice_id, 2.001)).status_code == 400
    assert (await shop.refund(invoice_id, 2)).status_code == 200


@pytest.mark.parametrize("key", ["SK_KWT_sandbox_1", SAU_KEY])
async def test_a_known_idempotency_key_gets_the_first_answer(
    shop: MyFatoorahShop, key: str
) -> None:
    account = shop.of(key)
    invoice_id = await account.paid()
    first = await account.refund(invoice_id, 1, Idempotency_Key="key-1")
    other_body = await account.refund(invoice_id, 8, Idempotency_Key="key-1")
    assert first.content == other_body.content
    assert len(await account.refunds(invoice_id)) == 1
    await account.refund(invoice_id, 1, Idempotency_Key="key-2")
    assert len(await account.refunds(invoice_id)) == 2


async def test_an_idempotency_key_belongs_to_one_merchant(shop: MyFatoorahShop) -> None:
    for account in (shop, shop.of(SAU_KEY)):
        invoice_id = await account.paid()
        await account.refund(invoice_id, 1, Idempotency_Key="key-1")
        assert len(await account.refunds(invoice_id)) == 1


async def test_idempotency_lasts_250_minutes(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    await shop.refund(invoice_id, 1, Idempotency_Key="key-1")
    await shop.sandbox.control("advance", seconds=IDEMPOTENCY_SECONDS - 5)
    await shop.refund(invoice_id, 1, Idempotency_Key="key-1")
    assert len(await shop.refunds(invoice_id)) == 1
    await shop.sandbox.control("advance", seconds=10)
    await shop.refund(invoice_id, 1, Idempotency_Key="key-1")
    assert len(await shop.refunds(invoice_id)) == 2


async def test_the_first_answer_may_be_a_refusal(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.invoice()
    refused = await shop.refund(invoice_id, 1, Idempotency_Key="key-1")
    await shop.act(invoice_id, "pay")
    again = await shop.refund(invoice_id, 1, Idempotency_Key="key-1")
    assert (again.status_code, again.content) == (400, refused.content)


async def test_other_countries_have_no_idempotency(shop: MyFatoorahShop) -> None:
    account = shop.of(BHR_KEY)
    invoice_id = await account.paid()
    for _ in range(2):
        await account.refund(invoice_id, 1, Idempotency_Key="key-1")
    assert len(await account.refunds(invoice_id)) == 2
    await account.dashboard(supports_idempotency=True)
    for _ in range(2):
        await account.refund(invoice_id, 1, Idempotency_Key="key-2")
    assert len(await account.refunds(invoice_id)) == 3


async def test_an_idempotency_key_survives_an_error_after_the_effect(
    shop: MyFatoorahShop,
) -> None:
    invoice_id = await shop.paid()
    fault = {"X_Sandbox_Fault": "error;phase=after;status=503"}
    lost = await shop.refund(invoice_id, 1, Idempotency_Key="key-1", **fault)
    again = await shop.refund(invoice_id, 1, Idempotency_Key="key-1")
    assert (lost.status_code, again.status_code) == (503, 200)
    assert len(await shop.refunds(invoice_id)) == 1


async def test_refunds_at_the_same_time_stay_within_what_was_paid(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid(InvoiceValue=10)
    answers = await gather_all(shop.refund(invoice_id, 3) for _ in range(8))
    assert [answer.status_code for answer in answers].count(200) == 3
