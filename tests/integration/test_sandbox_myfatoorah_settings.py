"""Merchants, settings and the control API of the sandbox's MyFatoorah."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.myfatoorah_sandbox import KWT_KEY, MyFatoorahShop, execute_body, running_shop
from support.running_sandbox import JsonObject, webhook_receiver


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def merchants(shop: MyFatoorahShop) -> dict[str, JsonObject]:
    answer = await shop.sandbox.http.get("/sandbox/myfatoorah/merchants")
    return {merchant["api_key"]: merchant for merchant in answer.json()["merchants"]}


async def test_there_is_a_merchant_for_each_country(shop: MyFatoorahShop) -> None:
    found = await merchants(shop)
    places = {item["country"]: item["currency"] for item in found.values()}
    assert places == {
        "KWT": "KWD",
        "SAU": "SAR",
        "ARE": "AED",
        "QAT": "QAR",
        "BHR": "BHD",
        "OMN": "OMR",
        "JOR": "JOD",
        "EGY": "EGP",
    }
    assert found[KWT_KEY]["webhook_secret"] == "myfatoorah-sandbox-webhook-secret/1+=="
    assert found[KWT_KEY]["webhook_url"] is None
    assert [key for key, item in found.items() if item["supports_idempotency"]] == [
        "SK_KWT_sandbox_1",
        "SK_SAU_sandbox_1",
    ]


async def test_the_dashboard_changes_only_what_is_named(shop: MyFatoorahShop) -> None:
    await shop.dashboard(webhook_url="https://shop.example.com/hook", webhook_version="v1")
    await shop.dashboard(webhook_secret="another")
    merchant = (await merchants(shop))[KWT_KEY]
    assert (merchant["webhook_url"], merchant["webhook_version"], merchant["webhook_secret"]) == (
        "https://shop.example.com/hook",
        "v1",
        "another",
    )
    await shop.dashboard(webhook_url=None)
    assert (await merchants(shop))[KWT_KEY]["webhook_url"] is None


async def test_a_new_merchant_needs_only_a_key_and_a_country(shop: MyFatoorahShop) -> None:
    other = shop.of("SK_OMN_shop_2")
    await other.dashboard(country="OMN")
    tree = await other.status(await other.paid(InvoiceValue="0.005"))
    assert tree["InvoiceDisplayValue"] == "0.005 OR"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "api_key"),
        ({"api_key": "short"}, "api_key"),
        ({"api_key": "SK_KWT_2"}, "country"),
        ({"api_key": KWT_KEY, "colour": "red"}, "colour"),
        ({"api_key": KWT_KEY, "country": "FRA"}, "country"),
        ({"api_key": KWT_KEY, "currency": "EUR"}, "currency"),
        ({"api_key": KWT_KEY, "webhook_secret": None}, "webhook_secret"),
        ({"api_key": KWT_KEY, "webhook_version": "v3"}, "webhook_version"),
        ({"api_key": KWT_KEY, "webhook_events": [8]}, "webhook_events"),
        ({"api_key": KWT_KEY, "webhook_retry_count": 6}, "webhook_retry_count"),
        ({"api_key": KWT_KEY, "webhook_retry_delay_seconds": 181}, "webhook_retry_delay_seconds"),
        ({"api_key": KWT_KEY, "webhook_url": "shop"}, "webhook_url"),
    ],
)
async def test_a_wrong_merchant_is_named(shop: MyFatoorahShop, body: JsonObject, word: str) -> None:
    answer = await shop.sandbox.http.post("/sandbox/myfatoorah/merchants", json=body)
    assert (answer.status_code, word in answer.json()["error"]) == (400, True)


async def test_a_reset_forgets_invoices_settings_and_dashboards(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    await shop.dashboard(webhook_url="https://shop.example.com/hook")
    await shop.settings(refusal_status=200)
    await shop.sandbox.control("reset")
    body = {"Key": str(invoice_id), "KeyType": "InvoiceId"}
    assert (await shop.call("GetPaymentStatus", body)).status_code == 400
    assert (await merchants(shop))[KWT_KEY]["webhook_url"] is None
    assert await shop.invoice() > invoice_id


@pytest.mark.parametrize(
    ("settings", "member", "value"),
    [
        ({"success_spelling": "Success"}, "TransactionStatus", "Success"),
        ({"payment_currency": "SAR"}, "PaidCurrencyValue", "128.63"),
        ({"payment_currency": "SAR"}, "PaidCurrency", "SR"),
        ({"customer_pays_service_charge": True}, "CustomerServiceCharge", "0.210"),
        ({"customer_pays_service_charge": True}, "PaidCurrencyValue", "10.710"),
        ({"customer_pays_service_charge": True}, "DueValue", "10.710"),
        ({"service_charge_percent": 0}, "TotalServiceCharge", "0.000"),
        ({"vat_percent": 5}, "VatAmount", "0.011"),
    ],
)
async def test_a_setting_changes_a_transaction(
    shop: MyFatoorahShop, settings: JsonObject, member: str, value: str
) -> None:
    await shop.settings(**settings)
    tree = await shop.status(await shop.paid())
    assert tree["InvoiceTransactions"][0][member] == value
    assert tree["InvoiceValue"] == 10.5


@pytest.mark.parametrize(
    ("setting", "action"),
    [({"late_payments": "accept"}, "expire"), ({"duplicate_payments": "accept"}, "pay")],
)
async def test_late_and_double_payments_can_be_had(
    shop: MyFatoorahShop, setting: JsonObject, action: str
) -> None:
    await shop.settings(**setting)
    created = await shop.execute()
    await shop.act(created["InvoiceId"], action)
    assert "<form" in (await shop.sandbox.http.get(created["PaymentURL"])).text
    await shop.act(created["InvoiceId"], "pay")
    count = 2 if action == "pay" else 1
    assert await shop.rows(created["InvoiceId"]) == [("Succss", "10.500")] * count
    status = (await shop.status(created["InvoiceId"]))["InvoiceStatus"]
    assert status == ("DuplicatePayment" if action == "pay" else "Paid")


async def test_a_hold_can_run_out(shop: MyFatoorahShop) -> None:
    await shop.settings(authorization_seconds=100)
    invoice_id, captured = await shop.held(), await shop.held()
    await shop.update(captured, "capture", 1)
    await shop.sandbox.control("advance", seconds=101)
    entries = [
        (item["kind"], item["origin"]) for item in (await shop.account(invoice_id))["entries"]
    ]
    assert entries[-1] == ("voided", "auto")
    assert [status for status, _ in await shop.rows(captured)] == ["Authorize", "Succss"]


async def test_attempts_in_progress_can_be_hidden(shop: MyFatoorahShop) -> None:
    await shop.settings(in_progress_rows=False)
    created = await shop.execute()
    await shop.sandbox.http.get(created["PaymentURL"])
    assert await shop.rows(created["InvoiceId"]) == []


async def test_a_refunds_own_invoice_can_be_a_text(shop: MyFatoorahShop) -> None:
    await shop.settings(refund_invoice_id_type="text")
    filed = (await shop.refund(await shop.paid(), 1)).json()["Data"]
    assert isinstance(filed["RefundInvoiceId"], str)


async def test_plain_urls_can_be_refused(shop: MyFatoorahShop) -> None:
    await shop.settings(accept_plain_urls=False)
    body = execute_body(WebhookUrl="http://127.0.0.1:1/hook")
    answer = await shop.call("ExecutePayment", body)
    assert answer.json()["ValidationErrors"][0]["Name"] == "WebhookUrl"


async def test_releases_can_be_left_untold(shop: MyFatoorahShop) -> None:
    await shop.settings(release_webhooks=False, dropped_webhook_status="Succeeded")
    async with webhook_receiver() as receiver:
        await shop.dashboard(webhook_url=receiver.url)
        await shop.sandbox.control("faults", operation="webhook", kind="drop")
        await shop.act(await shop.held(), "close")
        await shop.sandbox.idle()
    items = (await shop.data("GetWebhooks"))["Items"]
    found = [(item["Data"]["Transaction"]["Status"], item["Status"]) for item in items]
    assert (receiver.received, found) == ([], [("AUTHORIZE", "Succeeded")])


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("fly", {}, 400),
        ("decline", {"error_code": "MF999"}, 400),
        ("pay", {"payment_method": "gold"}, 400),
        ("capture", {}, 409),
        ("close", {}, 409),
        ("refund", {}, 409),
        ("refund_rejected", {}, 409),
    ],
)
async def test_a_wrong_action_says_why(
    shop: MyFatoorahShop, action: str, body: JsonObject, status: int
) -> None:
    path = f"/sandbox/payments/{await shop.invoice()}/{action}"
    answer = await shop.sandbox.http.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("amount", ["1.2345", "x", -1, 0, 99])
async def test_a_dashboard_amount_must_fit(shop: MyFatoorahShop, amount: Any) -> None:
    path = f"/sandbox/payments/{await shop.held()}/capture"
    answer = await shop.sandbox.http.post(path, json={"amount": amount})
    assert answer.status_code in {400, 409}


async def test_a_dashboard_refund_can_wait_for_finance(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    await shop.act(invoice_id, "refund", amount="1.5", pending=True, reference_id="refund-1")
    (row,) = await shop.refunds(invoice_id)
    assert (row["RefundStatus"], row["ExternalIdentifier"]) == ("Pending", "refund-1")
    await shop.act(invoice_id, "refund_processed")
    assert (await shop.account(invoice_id))["entries"][-1]["origin"] == "dashboard"
