"""MyFatoorah's API V3, gateways/myfatoorah.md sections 2.5, 3.2 and 4.1."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from support.myfatoorah_sandbox import BHR_KEY, SAU_KEY, MyFatoorahShop, running_shop
from support.running_sandbox import JsonObject, webhook_receiver

REDIRECTION = "https://shop.example.com/return"


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def call(
    shop: MyFatoorahShop, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.sandbox.http.request(
        method,
        f"/v3/{path}",
        json=body,
        headers={"Authorization": f"Bearer {shop.api_key}"} | named,
    )


def payment_body(**changes: Any) -> JsonObject:
    return {
        "PaymentMethod": "CARD",
        "Order": {"Amount": 10.5, "ExternalIdentifier": "order-1"},
        "Customer": {"Name": "Noor", "Reference": "customer-1", "Email": "noor@example.com"},
        "IntegrationUrls": {"Redirection": REDIRECTION},
        "MetaData": {"UDF1": "a"},
    } | changes


async def created(shop: MyFatoorahShop, **changes: Any) -> JsonObject:
    answer = await call(shop, "POST", "payments", payment_body(**changes))
    assert answer.status_code == 201, answer.text
    data: JsonObject = answer.json()["Data"]
    return data


async def paid(shop: MyFatoorahShop, **changes: Any) -> tuple[int, str]:
    """InvoiceId and PaymentId of a payment that its payer has made."""
    invoice_id = int((await created(shop, **changes))["InvoiceId"])
    tree = await shop.act(invoice_id, "pay")
    return invoice_id, tree["InvoiceTransactions"][-1]["PaymentId"]


def refused_names(answer: httpx.Response) -> list[str]:
    return [item["Name"] for item in answer.json()["ValidationErrors"]]


async def test_a_payment_is_created_with_a_url_of_one_method(shop: MyFatoorahShop) -> None:
    data = await created(shop)
    assert "/En/KWT/PayInvoice/Checkout?invoiceKey=" in data.pop("PaymentURL")
    assert isinstance(data.pop("InvoiceId"), str)
    assert data == {"PaymentId": None, "PaymentCompleted": False, "TransactionDetails": None}


@pytest.mark.parametrize("changes", [{"PaymentMethod": "INVOICE"}, {"PaymentMethod": None}])
async def test_without_a_method_there_is_a_page_with_all(
    shop: MyFatoorahShop, changes: JsonObject
) -> None:
    data = await created(shop, DisplayPaymentMethods=["card", "knet"], **changes)
    assert "/KWT/ie/" in data["PaymentURL"]
    page = (await shop.sandbox.http.get(data["PaymentURL"])).text
    assert ("KNET" in page, "Apple Pay" in page) == (True, False)


@pytest.mark.parametrize("action", ["pay", "cancel"])
async def test_there_is_one_way_back(shop: MyFatoorahShop, action: str) -> None:
    data = await created(shop)
    answer = await shop.sandbox.http.post(data["PaymentURL"], data={"action": action})
    assert answer.headers["Location"].startswith(f"{REDIRECTION}?paymentId=0707")


async def test_a_payment_is_read_by_its_id(shop: MyFatoorahShop) -> None:
    invoice_id, payment_id = await paid(shop)
    answer = (await call(shop, "GET", f"payments/{payment_id}")).json()
    data = answer["Data"]
    assert list(data) == ["Invoice", "Transaction", "Customer", "Amount", "Suppliers"]
    assert (data["Invoice"]["Id"], data["Invoice"]["Status"]) == (str(invoice_id), "PAID")
    assert data["Invoice"]["ExternalIdentifier"] == "order-1"
    assert data["Invoice"]["MetaData"]["UDF1"] == "a"
    assert len(data["Invoice"]["CreationDate"]) == len("2025-11-13T10:37:13.5730000Z")
    assert (data["Transaction"]["Status"], data["Transaction"]["PaymentId"]) == (
        "SUCCESS",
        payment_id,
    )
    assert data["Customer"] == {
        "Reference": "customer-1",
        "Name": "Noor",
        "Mobile": "+965",
        "Email": "noor@example.com",
    }
    assert (data["Amount"]["BaseCurrency"], data["Amount"]["ValueInBaseCurrency"]) == (
        "KWD",
        "10.5",
    )


async def test_an_invoice_has_all_attempts_and_is_unknown_without_any(
    shop: MyFatoorahShop,
) -> None:
    invoice_id = int((await created(shop))["InvoiceId"])
    paths = [f"invoices/{invoice_id}", "invoices/externalIdentifier/order-1"]
    for path, name in zip(paths, ["InvoiceId", "External Identifier"], strict=True):
        answer = await call(shop, "GET", path)
        assert (answer.status_code, answer.json()["IsSuccess"]) == (404, False)
        assert answer.json()["Message"] == f"No invoices match this {name}"
    await shop.act(invoice_id, "decline")
    await shop.act(invoice_id, "pay")
    for path in paths:
        document = (await call(shop, "GET", path)).json()
        statuses = [row["Status"] for row in document["Data"]["Transactions"]]
        assert (document["Message"], statuses) == (
            "Invoice Retrieved Successfully",
            ["FAILED", "SUCCESS"],
        )


@pytest.mark.parametrize(
    ("body", "status", "value", "booked"),
    [
        ({"OperationType": "CAPTURE", "Amount": 2}, "SUCCESS", "2", ("captured", 2000)),
        ({"OperationType": "Release"}, "CANCELED", "10.5", ("voided", 10500)),
    ],
)
async def test_a_hold_is_captured_or_released_once(
    shop: MyFatoorahShop, body: JsonObject, status: str, value: str, booked: tuple[str, int]
) -> None:
    invoice_id, payment_id = await paid(shop, OperationType="AUTHORIZE")
    data = (await call(shop, "PUT", f"payments/{payment_id}", body)).json()["Data"]
    assert (data["Transaction"]["Status"], data["Amount"]["ValueInBaseCurrency"]) == (status, value)
    assert data["Transaction"]["PaymentId"] != payment_id
    account = await shop.account(invoice_id)
    assert account[f"{booked[0]}_minor"] == booked[1]
    again = await call(shop, "PUT", f"payments/{payment_id}", body)
    assert again.status_code == 400
    operation = body["OperationType"].lower()
    counts = {item["operation"]: item["count"] for item in account["requests"]}
    assert counts[operation] == 1


async def test_creating_and_capturing_know_idempotency_keys(shop: MyFatoorahShop) -> None:
    body = payment_body(OperationType="AUTHORIZE")
    first = await call(shop, "POST", "payments", body, Idempotency_Key="key-1")
    other = body | {"Order": {"Amount": 1}}
    second = await call(shop, "POST", "payments", other, Idempotency_Key="key-1")
    assert (second.status_code, second.content) == (201, first.content)
    tree = await shop.act(int(first.json()["Data"]["InvoiceId"]), "pay")
    path = f"payments/{tree['InvoiceTransactions'][0]['PaymentId']}"
    capture = {"OperationType": "CAPTURE", "Amount": 1}
    answers = [await call(shop, "PUT", path, capture, Idempotency_Key="key-2") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    account = shop.of(BHR_KEY)
    made = [
        (await call(account, "POST", "payments", body, Idempotency_Key="key-1")).content
        for _ in range(2)
    ]
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"Order": None}, "Order.Amount"),
        ({"Order": {"Amount": 0}}, "Order.Amount"),
        ({"Order": {"Amount": 1, "Currency": "USD"}}, "Order.Currency"),
        ({"PaymentMethod": "CASH"}, "PaymentMethod"),
        ({"PaymentMethod": None, "DisplayPaymentMethods": ["cash"]}, "DisplayPaymentMethods"),
        ({"OperationType": "VERIFY"}, "OperationType"),
        ({"IntegrationUrls": {"Redirection": "shop"}}, "IntegrationUrls.Redirection"),
        ({"PaymentExpiry": "soon"}, "PaymentExpiry"),
        ({"Customer": None, "NotificationOption": "EMAIL"}, "Customer.Email"),
        ({"NotificationOption": "SMS"}, "Customer.Mobile"),
        ({"Customer": {"Mobile": {"Number": "123456789012"}}}, "Customer.Mobile.Number"),
        ({"SourceOfFund": {"Token": "TKN"}}, "SourceOfFund"),
    ],
)
async def test_a_wrong_payment_is_refused(
    shop: MyFatoorahShop, changes: JsonObject, name: str
) -> None:
    answer = await call(shop, "POST", "payments", payment_body(**changes))
    assert (answer.status_code, refused_names(answer)) == (400, [name])


async def test_an_authorization_needs_the_feature(shop: MyFatoorahShop) -> None:
    await shop.dashboard(can_authorize=False)
    body = payment_body(OperationType="AUTHORIZE")
    answer = await call(shop, "POST", "payments", body)
    assert refused_names(answer) == ["OperationType"]


async def test_knet_is_for_kuwait(shop: MyFatoorahShop) -> None:
    body = payment_body(PaymentMethod="KNET")
    assert (await call(shop, "POST", "payments", body)).status_code == 201
    answer = await call(shop.of(SAU_KEY), "POST", "payments", body)
    assert refused_names(answer) == ["PaymentMethod"]


async def test_payments_of_others_are_not_found(shop: MyFatoorahShop) -> None:
    invoice_id, payment_id = await paid(shop)
    for path in (f"payments/{payment_id}", f"invoices/{invoice_id}"):
        assert (await call(shop.of(SAU_KEY), "GET", path)).status_code == 404
    await shop.settings(v3_not_found_status=400)
    assert (await call(shop, "GET", "payments/1")).status_code == 400


async def test_both_generations_see_the_same_invoice(shop: MyFatoorahShop) -> None:
    invoice_id, _ = await paid(shop)
    tree = await shop.status("order-1", "CustomerReference")
    assert (tree["InvoiceId"], tree["InvoiceStatus"]) == (invoice_id, "Paid")
    executed = await shop.paid(CustomerReference="order-2")
    document = (await call(shop, "GET", "invoices/externalIdentifier/order-2")).json()
    assert document["Data"]["Invoice"]["Id"] == str(executed)


async def test_a_payment_expires_in_universal_time(shop: MyFatoorahShop) -> None:
    _, payment_id = await paid(shop, PaymentExpiry="2035-01-13T00:15:07Z")
    data = (await call(shop, "GET", f"payments/{payment_id}")).json()["Data"]
    assert data["Invoice"]["ExpirationDate"] == "2035-01-13T00:15:07.0000000Z"


async def test_suppliers_get_what_was_proposed_for_them(shop: MyFatoorahShop) -> None:
    shares = [{"SupplierCode": 7, "InvoiceShare": 10.5, "ProposedDepositShare": 9}]
    _, payment_id = await paid(shop, Suppliers=shares)
    data = (await call(shop, "GET", f"payments/{payment_id}")).json()["Data"]
    (supplier,) = data["Suppliers"]
    assert (supplier["Code"], supplier["ProposedShare"], supplier["DepositShare"]) == (7, "9", "9")


@pytest.mark.parametrize("body", [b"", b"null"])
async def test_a_read_is_counted_for_its_payment_whatever_its_body(
    shop: MyFatoorahShop, body: bytes
) -> None:
    """The PHP library sends the text "null" with each GET."""
    invoice_id, payment_id = await paid(shop)
    headers = {"Authorization": f"Bearer {shop.api_key}"}
    path = f"/v3/payments/{payment_id}"
    answer = await shop.sandbox.http.request("GET", path, content=body, headers=headers)
    assert answer.status_code == 200
    requests = (await shop.account(invoice_id))["requests"]
    assert "get_payment" in [item["operation"] for item in requests]


async def test_its_webhooks_go_where_it_says(shop: MyFatoorahShop) -> None:
    async with webhook_receiver() as receiver:
        urls = {"Redirection": REDIRECTION, "Webhook": receiver.url}
        await paid(shop, IntegrationUrls=urls)
        await shop.sandbox.idle()
        (item,) = receiver.received
        assert item.document["Data"]["Invoice"]["MetaData"]["UDF1"] == "a"
        assert item.document["Data"]["Customer"]["Email"] == "n***@example.com"


async def test_a_fault_strikes_a_payment_of_an_order(shop: MyFatoorahShop) -> None:
    await shop.sandbox.control(
        "faults", operation="create_payment", kind="error", phase="after", reference_id="order-1"
    )
    answer = await call(shop, "POST", "payments", payment_body())
    assert answer.status_code == 500
    assert (await shop.status("order-1", "CustomerReference"))["InvoiceStatus"] == "Pending"


async def test_an_unknown_path_has_no_envelope(shop: MyFatoorahShop) -> None:
    answer = await call(shop, "POST", "refunds", {})
    assert (answer.status_code, sorted(answer.json())) == (404, ["Message", "MessageDetail"])
