"""MyFatoorah's API V2 as gateways/myfatoorah.md describes it, over real HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.myfatoorah_sandbox import (
    ARE_KEY,
    BHR_KEY,
    KWT_KEY,
    SAU_KEY,
    MyFatoorahShop,
    execute_body,
    running_shop,
    send_body,
)


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def test_methods_are_listed_with_their_charges(shop: MyFatoorahShop) -> None:
    body = {"InvoiceAmount": 100, "CurrencyIso": "KWD"}
    answer = (await shop.call("InitiatePayment", body)).json()
    assert answer["Message"] == "Initiated Successfully!"
    cards = next(
        item for item in answer["Data"]["PaymentMethods"] if item["PaymentMethodCode"] == "vm"
    )
    assert (cards["PaymentMethodId"], cards["ServiceCharge"], cards["TotalAmount"]) == (2, 2, 100)
    assert (cards["IsEmbeddedSupported"], cards["PaymentCurrencyIso"]) == (True, "KWD")


@pytest.mark.parametrize(
    ("key", "code"), [(KWT_KEY, "kn"), (SAU_KEY, "md"), (BHR_KEY, "b"), (ARE_KEY, "uaecc")]
)
async def test_methods_are_those_of_the_country(shop: MyFatoorahShop, key: str, code: str) -> None:
    methods = (await shop.of(key).data("InitiatePayment"))["PaymentMethods"]
    codes = {method["PaymentMethodCode"] for method in methods}
    assert {code, "vm"} <= codes
    assert len(codes & {"kn", "md", "b", "uaecc", "np"}) == 1


async def test_an_invoice_link_is_created(shop: MyFatoorahShop) -> None:
    body = send_body(CustomerReference="order-1", UserDefinedField="more")
    answer = (await shop.call("SendPayment", body)).json()
    data = answer.pop("Data")
    assert answer == {
        "IsSuccess": True,
        "Message": "Invoice Created Successfully!",
        "ValidationErrors": None,
    }
    assert set(data) == {"InvoiceId", "InvoiceURL", "CustomerReference", "UserDefinedField"}
    assert data["InvoiceURL"].startswith(f"{shop.sandbox.http.base_url}/KWT/ie/01072")
    assert (type(data["InvoiceId"]), data["CustomerReference"]) == (int, "order-1")


async def test_a_payment_url_names_its_method(shop: MyFatoorahShop) -> None:
    data = await shop.execute(CustomerReference="order-1")
    url = f"{shop.sandbox.http.base_url}/En/KWT/PayInvoice/Checkout?invoiceKey="
    assert data.pop("PaymentURL").startswith(url)
    assert data == {
        "InvoiceId": data["InvoiceId"],
        "IsDirectPayment": False,
        "CustomerReference": "order-1",
        "UserDefinedField": None,
        "RecurringId": "",
    }


async def test_a_recurring_payment_has_an_id(shop: MyFatoorahShop) -> None:
    model = {"RecurringType": "Monthly", "Iteration": 0}
    data = await shop.execute(RecurringModel=model)
    assert data["RecurringId"].startswith("RECUR")


async def test_a_new_invoice_has_no_transactions(shop: MyFatoorahShop) -> None:
    tree = await shop.status(await shop.invoice(CustomerReference="order-1"))
    assert tree["InvoiceStatus"] == "Pending"
    assert (tree["InvoiceValue"], tree["InvoiceDisplayValue"]) == (10.5, "10.500 KD")
    assert (tree["InvoiceTransactions"], tree["InvoiceItems"], tree["Suppliers"]) == ([], [], [])
    assert (tree["CustomerMobile"], tree["CustomerEmail"], tree["DueDeposit"]) == ("+965", None, 0)


async def test_a_paid_invoice_has_all_members_of_a_transaction(shop: MyFatoorahShop) -> None:
    tree = await shop.status(await shop.paid(InvoiceValue="12345.678"))
    (row,) = tree["InvoiceTransactions"]
    assert tree["InvoiceStatus"] == "Paid"
    assert (row["TransactionStatus"], row["TransationValue"]) == ("Succss", "12,345.678")
    assert (row["PaidCurrency"], row["PaidCurrencyValue"]) == ("KD", "12,345.680")
    assert (row["TotalServiceCharge"], row["VatAmount"]) == ("246.914", "37.037")
    assert tree["DueDeposit"] == 12061.727
    assert (row["Error"], row["ErrorCode"], row["ECI"]) == (None, "", "02")
    assert row["CardNumber"] == row["Card"]["Number"] == "512345xxxxxx0008"
    assert row["PaymentId"].startswith(f"0707{tree['InvoiceId']}")
    assert row["TrackId"].endswith(row["PaymentId"][11:18])


async def test_failed_attempts_stay_beside_the_one_that_worked(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.invoice()
    await shop.act(invoice_id, "decline", error_code="MF004")
    await shop.act(invoice_id, "cancel")
    assert (await shop.status(invoice_id))["InvoiceStatus"] == "Pending"
    await shop.act(invoice_id, "pay")
    rows = (await shop.status(invoice_id))["InvoiceTransactions"]
    found = [(row["TransactionStatus"], row["ErrorCode"], row["Error"]) for row in rows]
    assert found == [
        ("Failed", "MF004", "Insufficient funds"),
        ("Failed", "MF006", "Transaction canceled!"),
        ("Succss", "", None),
    ]
    assert rows[0]["ReferenceId"] == rows[0]["AuthorizationId"] == rows[0]["PaymentId"]
    assert set(rows[0]["Card"].values()) == {""}


async def test_an_invoice_is_found_by_any_of_three_keys(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid(CustomerReference="order-1")
    tree = await shop.status(invoice_id)
    payment_id = tree["InvoiceTransactions"][0]["PaymentId"]
    keys = [(payment_id, "PaymentId"), ("order-1", "CustomerReference"), (invoice_id, "invoiceid")]
    for key, key_type in keys:
        assert await shop.status(key, key_type) == tree
    body = {"key": invoice_id, "KEYTYPE": "InvoiceId"}
    assert await shop.data("getpaymentstatus", body) == tree


async def test_of_several_invoices_with_one_reference_the_newest_counts(
    shop: MyFatoorahShop,
) -> None:
    await shop.paid(CustomerReference="order-1")
    newest = await shop.invoice(CustomerReference="order-1")
    assert (await shop.status("order-1", "CustomerReference"))["InvoiceId"] == newest


@pytest.mark.parametrize(
    ("key", "key_type"),
    [
        ("999", "InvoiceId"),
        ("order-1", "PaymentId"),
        ("order-1", "Reference"),
        ("", "CustomerReference"),
        ("", ""),
    ],
)
async def test_what_does_not_match_is_a_400(shop: MyFatoorahShop, key: str, key_type: str) -> None:
    await shop.invoice(CustomerReference="order-1")
    await shop.invoice(CustomerReference=None)
    answer = await shop.call("GetPaymentStatus", {"Key": key, "KeyType": key_type})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "IsSuccess": False,
            "Message": "No data match the provided values",
            "ValidationErrors": None,
            "Data": None,
        },
    )


async def test_merchants_do_not_see_each_other(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid(CustomerReference="order-1")
    other = shop.of(SAU_KEY)
    for key, key_type in [(invoice_id, "InvoiceId"), ("order-1", "CustomerReference")]:
        answer = await other.call("GetPaymentStatus", {"Key": str(key), "KeyType": key_type})
        assert answer.status_code == 400
    assert (await other.refund(invoice_id, 1)).status_code == 400


@pytest.mark.parametrize(
    ("key", "value", "shown", "display"),
    [
        (SAU_KEY, 40, 40, "40.00 SR"),
        (BHR_KEY, "1.005", 1.005, "1.005 BD"),
        (ARE_KEY, 1234.5, 1234.5, "1,234.50 AED"),
    ],
)
async def test_each_account_has_its_own_currency(
    shop: MyFatoorahShop, key: str, value: Any, shown: Any, display: str
) -> None:
    account = shop.of(key)
    tree = await account.status(await account.paid(InvoiceValue=value))
    assert (tree["InvoiceValue"], tree["InvoiceDisplayValue"]) == (shown, display)


async def test_another_display_currency_is_converted(shop: MyFatoorahShop) -> None:
    tree = await shop.status(await shop.paid(InvoiceValue=122.5, DisplayCurrencyIso="SAR"))
    assert (tree["InvoiceValue"], tree["InvoiceDisplayValue"]) == (10, "122.50 SR")
    assert tree["InvoiceTransactions"][0]["TransationValue"] == "10.000"


async def test_a_hold_is_captured_in_part_once(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.held(InvoiceValue=40)
    assert (await shop.status(invoice_id))["InvoiceStatus"] == "Pending"
    answer = (await shop.update(invoice_id, "capture", 2)).json()
    tree = answer["Data"]
    assert (answer["Message"], tree["InvoiceStatus"], tree["InvoiceValue"]) == ("", "Paid", 2)
    assert tree["InvoiceDisplayValue"] == "2.000 KD"
    held, captured = tree["InvoiceTransactions"]
    assert (held["TransactionStatus"], held["TransationValue"]) == ("Authorize", "40.000")
    assert (captured["TransactionStatus"], captured["TransationValue"]) == ("Succss", "2.000")
    assert captured["PaymentId"] != held["PaymentId"]
    assert (held["TotalServiceCharge"], captured["TotalServiceCharge"]) == ("0.800", "0.040")
    for name in ("ReferenceId", "AuthorizationId"):
        assert captured[name] == held[name]
    assert (captured["IpAddress"], captured["Country"]) == (None, None)
    assert (await shop.update(invoice_id, "Capture", 1)).status_code == 400


async def test_a_release_adds_a_row_and_leaves_the_invoice_pending(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.held(InvoiceValue=40)
    tree = (await shop.update(invoice_id, "Release")).json()["Data"]
    row = tree["InvoiceTransactions"][1]
    assert (tree["InvoiceStatus"], tree["InvoiceValue"], tree["DueDeposit"]) == ("Pending", 40, 0)
    assert (row["TransactionStatus"], row["Error"]) == ("Canceled", "Transaction Released")
    for name in ("ReferenceId", "TransactionId", "AuthorizationId"):
        assert row[name] == row["PaymentId"]
    assert (await shop.update(invoice_id, "release")).status_code == 400


@pytest.mark.parametrize(
    ("operation", "amount", "name"),
    [
        ("Capture", None, "Amount"),
        ("Capture", 10.501, "Amount"),
        ("Release", 10, "Amount"),
        ("Settle", 1, "Operation"),
    ],
)
async def test_a_wrong_update_is_refused(
    shop: MyFatoorahShop, operation: str, amount: Any, name: str
) -> None:
    answer = await shop.update(await shop.held(), operation, amount)
    assert answer.status_code == 400
    assert [item["Name"] for item in answer.json()["ValidationErrors"]] == [name]


async def test_the_ledger_says_who_did_what(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.invoice(CustomerReference="order-1")
    await shop.act(invoice_id, "decline")
    await shop.act(invoice_id, "pay")
    await shop.refund(invoice_id, 4, "refund-1")
    await shop.act(invoice_id, "refund_processed")
    await shop.act(invoice_id, "refund", amount="0.5")
    account = await shop.account(invoice_id)
    assert [
        (item["kind"], item["amount_minor"], item["origin"]) for item in account["entries"]
    ] == [
        ("created", 0, "api"),
        ("rejected", 0, "customer"),
        ("authorized", 10500, "customer"),
        ("captured", 10500, "customer"),
        ("refunded", 4000, "api"),
        ("refunded", 500, "dashboard"),
    ]
    assert account["entries"][4]["reference_id"] == "refund-1"
    assert (account["reference_id"], account["currency"]) == ("order-1", "KWD")


async def test_requests_are_counted_by_operation(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.held(CustomerReference="order-1")
    await shop.update(invoice_id, "capture", 99)
    await shop.update(invoice_id, "capture", 1)
    await shop.refund(invoice_id, 99, "refund-1")
    requests = (await shop.account(invoice_id))["requests"]
    assert [(item["operation"], item["reference_id"], item["count"]) for item in requests] == [
        ("execute_payment", "order-1", 1),
        ("capture", "order-1", 2),
        ("refund", "refund-1", 1),
    ]


async def test_creating_twice_makes_two_invoices(shop: MyFatoorahShop) -> None:
    body = execute_body(CustomerReference="order-1")
    first = await shop.data("ExecutePayment", body, Idempotency_Key="same")
    second = await shop.data("ExecutePayment", body, Idempotency_Key="same")
    assert first["InvoiceId"] != second["InvoiceId"]
