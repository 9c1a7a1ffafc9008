"""Delivery of MyFatoorah's webhooks, gateways/myfatoorah.md section 5."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway_sandbox.myfatoorah.signing import signature
from gateway_sandbox.settings import Settings
from support.eventually import eventually
from support.myfatoorah_sandbox import SAU_KEY, SECRET, MyFatoorahShop, running_shop
from support.running_sandbox import JsonObject, WebhookReceiver, webhook_receiver

REAL_TIME = Settings(retry_scale=1.0)
V2_SHAPES = {
    "balance": (3, "BALANCE_TRANSFERRED", ["Bank", "Deposit", "Supplier"]),
    "supplier": (4, "SUPPLIER_STATUS_CHANGED", ["BusinessCategory", "KycDecision", "Supplier"]),
    "recurring": (5, "RECURRING_UPDATES", ["Payment", "Recurring"]),
    "dispute": (
        6,
        "DISPUTE_STATUS_CHANGED",
        ["Amount", "Customer", "Dispute", "Invoice", "Transaction"],
    ),
    "supplier_update": (7, "SUPPLIER_UPDATE_REQUEST_CHANGED", ["RequestStatus", "Supplier"]),
}
V1_SHAPES = {
    "balance": (3, "BalanceTransferred", 5),
    "supplier": (4, "SupplierStatusChanged", 6),
    "recurring": (5, "RecurringStatusChanged", 13),
    "dispute": (6, "DisputeStatusChanged", 35),
    "supplier_update": (7, "SupplierUpdateRequestChanged", 8),
}


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


@pytest.fixture
async def receiver(shop: MyFatoorahShop) -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as receiver:
        await shop.dashboard(webhook_url=receiver.url)
        yield receiver


async def received(shop: MyFatoorahShop, receiver: WebhookReceiver) -> list[JsonObject]:
    """The documents so far, each with a right signature."""
    await shop.sandbox.idle()
    for item in receiver.received:
        assert item.headers["MyFatoorah-Signature"] == signature(item.document, SECRET)
    return [item.document for item in receiver.received]


async def arrived(receiver: WebhookReceiver, count: int) -> None:
    """Wait until so many have come, while others still wait for their next attempt."""
    await eventually(lambda: len(receiver.received) == count)


def v2_words(documents: list[JsonObject]) -> list[tuple[str, str, str]]:
    data = [document["Data"] for document in documents]
    return [
        (
            item["Invoice"]["Status"],
            item["Transaction"]["Status"],
            item["Amount"]["ValueInBaseCurrency"],
        )
        for item in data
    ]


async def webhooks(shop: MyFatoorahShop, **query: Any) -> list[JsonObject]:
    items: list[JsonObject] = (await shop.data("GetWebhooks", query))["Items"]
    return items


async def test_a_failed_and_a_paid_attempt_are_two_notices(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    invoice_id = await shop.invoice(CustomerEmail="noor@example.com", CustomerReference="order-1")
    await shop.act(invoice_id, "decline", error_code="MF004")
    await shop.sandbox.idle()
    await shop.act(invoice_id, "pay")
    documents = await received(shop, receiver)
    assert v2_words(documents) == [("PENDING", "FAILED", "10.5"), ("PAID", "SUCCESS", "10.5")]
    failed, paid = (document["Data"] for document in documents)
    assert failed["Transaction"]["Error"] == {"Code": "MF004", "Message": "Insufficient funds"}
    assert (paid["Invoice"]["Id"], type(paid["Invoice"]["Id"])) == (str(invoice_id), str)
    assert paid["Invoice"]["ExternalIdentifier"] == "order-1"
    assert paid["Customer"]["Email"] == "n***@example.com"
    assert set(documents[0]["Event"]) == {
        "Code",
        "Name",
        "CountryIsoCode",
        "CreationDate",
        "Reference",
    }


async def test_a_hold_its_capture_and_its_release_are_told(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    captured, released = await shop.held(InvoiceValue=40), await shop.held(InvoiceValue=40)
    await shop.sandbox.idle()
    await shop.update(captured, "capture", 2)
    await shop.sandbox.idle()
    await shop.update(released, "release")
    documents = await received(shop, receiver)
    assert v2_words(documents)[2:] == [("PAID", "SUCCESS", "2"), ("PENDING", "CANCELED", "40")]
    assert v2_words(documents)[:2] == [("PENDING", "AUTHORIZE", "40")] * 2


@pytest.mark.parametrize(
    ("action", "status", "left"),
    [("refund_processed", "REFUNDED", "6.5"), ("refund_rejected", "CANCELED", "10.5")],
)
async def test_a_refund_is_told_once_finance_has_decided(
    shop: MyFatoorahShop, receiver: WebhookReceiver, action: str, status: str, left: str
) -> None:
    invoice_id = await shop.paid(CustomerReference="order-1")
    filed = (await shop.refund(invoice_id, 4)).json()["Data"]
    await shop.refund(invoice_id, 1)
    assert len(await received(shop, receiver)) == 1
    await shop.act(invoice_id, action, refund_id=filed["RefundId"])
    data = (await received(shop, receiver))[1]["Data"]
    assert (data["Refund"]["Id"], data["Refund"]["Status"]) == (str(filed["RefundId"]), status)
    assert data["Refund"]["RefundDate"].endswith("Z")
    assert data["Refund"]["InvoiceId"] == str(filed["RefundInvoiceId"])
    assert data["ReferencedInvoice"]["Id"] == str(invoice_id)
    assert data["ReferencedInvoice"]["RemainingValueInBaseCurrency"] == left
    assert data["Amount"]["ValueInBaseCurrency"] == "4"


async def test_version_1_has_flat_data_and_its_own_dates(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    await shop.dashboard(webhook_version="v1")
    invoice_id = await shop.paid()
    await shop.act(invoice_id, "refund", amount="4")
    paid, refunded = await received(shop, receiver)
    assert (paid["EventType"], paid["Event"]) == (1, "TransactionsStatusChanged")
    assert paid["Data"]["InvoiceId"] == invoice_id
    assert paid["Data"]["TransactionStatus"] == "SUCCESS"
    assert paid["Data"]["InvoiceValueInDisplayCurreny"] == "10.5"
    assert (len(paid["DateTime"]), len(paid["Data"])) == (14, 20)
    assert (refunded["EventType"], refunded["Data"]["InvoiceId"]) == (2, str(invoice_id))
    assert refunded["Data"]["GatewayReference"]["PaymentId"] == paid["Data"]["PaymentId"]


@pytest.mark.parametrize("kind", sorted(V2_SHAPES))
async def test_any_other_event_can_be_staged(
    shop: MyFatoorahShop, receiver: WebhookReceiver, kind: str
) -> None:
    invoice_id = await shop.paid()
    await shop.sandbox.idle()
    await shop.act(invoice_id, "event", kind=kind)
    event, data = (await received(shop, receiver))[1].values()
    assert (event["Code"], event["Name"], sorted(data)) == V2_SHAPES[kind]


@pytest.mark.parametrize("kind", sorted(V1_SHAPES))
async def test_any_other_event_can_be_staged_in_version_1(
    shop: MyFatoorahShop, receiver: WebhookReceiver, kind: str
) -> None:
    invoice_id = await shop.paid()
    await shop.sandbox.idle()
    await shop.dashboard(webhook_version="v1")
    await shop.act(invoice_id, "event", kind=kind)
    document = (await received(shop, receiver))[1]
    found = document["EventType"], document["Event"], len(document["Data"])
    assert found == V1_SHAPES[kind]


async def test_a_staged_event_can_have_other_data(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    invoice_id = await shop.paid()
    await shop.sandbox.idle()
    deposit = {"Reference": "2026000009", "NumberOfTransactions": "3"}
    await shop.act(invoice_id, "event", kind="balance", data={"Deposit": deposit})
    assert (await received(shop, receiver))[1]["Data"]["Deposit"] == deposit


@pytest.mark.parametrize("body", [{}, {"kind": "pay"}, {"kind": "balance", "data": 1}])
async def test_what_cannot_be_staged_is_refused(shop: MyFatoorahShop, body: JsonObject) -> None:
    path = f"/sandbox/payments/{await shop.invoice()}/event"
    assert (await shop.sandbox.http.post(path, json=body)).status_code == 400


@pytest.mark.parametrize(
    ("setting", "header"), [("lower", "v2"), ("upper", "V2"), ("absent", None)]
)
async def test_the_version_header_is_what_is_set(
    shop: MyFatoorahShop, receiver: WebhookReceiver, setting: str, header: str | None
) -> None:
    await shop.settings(webhook_version_header=setting)
    await shop.paid()
    await received(shop, receiver)
    assert receiver.received[0].headers.get("MyFatoorah-Webhook-Version") == header


async def test_an_invoice_can_have_a_url_of_its_own(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    async with webhook_receiver() as own:
        invoice_id = await shop.paid(WebhookUrl=own.url)
        await shop.act(invoice_id, "refund")
        await shop.act(invoice_id, "event", kind="balance")
        codes = [item["Event"]["Code"] for item in await received(shop, own)]
        assert sorted(codes) == [1, 2]
        assert [item["Event"]["Code"] for item in await received(shop, receiver)] == [3]


async def test_nothing_is_sent_to_nowhere(shop: MyFatoorahShop) -> None:
    await shop.paid()
    assert await shop.sandbox.deliveries() == []
    assert await webhooks(shop) == []


async def test_only_enabled_events_are_sent(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    await shop.dashboard(webhook_events=[2])
    invoice_id = await shop.paid()
    await shop.act(invoice_id, "refund")
    assert [item["Event"]["Code"] for item in await received(shop, receiver)] == [2]


async def test_a_rotated_secret_signs_the_next_attempt() -> None:
    async with running_shop(REAL_TIME) as shop, webhook_receiver(statuses=[500]) as receiver:
        await shop.dashboard(webhook_url=receiver.url)
        await shop.paid()
        await arrived(receiver, 1)
        await shop.dashboard(webhook_secret="another-secret")
        await shop.sandbox.control("advance", seconds=61)
        await shop.sandbox.idle()
        for item, secret in zip(receiver.received, [SECRET, "another-secret"], strict=True):
            expected = signature(item.document, secret)
            assert item.headers["MyFatoorah-Signature"] == expected


async def test_version_1_can_be_unsigned(shop: MyFatoorahShop, receiver: WebhookReceiver) -> None:
    await shop.dashboard(webhook_version="v1", webhook_secret=None)
    await shop.paid()
    await shop.sandbox.idle()
    headers = receiver.received[0].headers
    assert "MyFatoorah-Signature" not in headers
    assert headers["MyFatoorah-Webhook-Version"] == "v1"


@pytest.mark.parametrize(
    ("dashboard", "attempts"),
    [
        ({"webhook_version": "v1"}, 4),
        ({"webhook_version": "v2"}, 6),
        ({"webhook_version": "v2", "webhook_retry_count": 1}, 2),
        ({"webhook_version": "v2", "webhook_retry_count": 0}, 1),
    ],
)
async def test_each_version_tries_as_often_as_it_says(
    shop: MyFatoorahShop, dashboard: JsonObject, attempts: int
) -> None:
    async with webhook_receiver(statuses=[500, 404, 201, 204, 302, 503]) as receiver:
        await shop.dashboard(webhook_url=receiver.url, **dashboard)
        await shop.paid()
        await shop.sandbox.idle()
        (item,) = await webhooks(shop)
        assert (len(receiver.received), item["Status"]) == (attempts, "Failed")
        assert [attempt["Status"] for attempt in item["Attempts"]][:1] == [500]
        assert len(item["Attempts"]) == attempts


async def test_version_1_waits_ten_seconds_and_version_2_as_set() -> None:
    async with running_shop(REAL_TIME) as shop, webhook_receiver([500] * 9) as receiver:
        await shop.dashboard(webhook_url=receiver.url, webhook_retry_delay_seconds=180)
        await shop.paid()
        await shop.of(SAU_KEY).dashboard(webhook_url=receiver.url, webhook_version="v1")
        await shop.of(SAU_KEY).paid()
        for seconds, count in [(0, 2), (11, 3), (170, 5)]:
            await shop.sandbox.control("advance", seconds=seconds)
            await arrived(receiver, count)


async def test_webhook_faults_reach_the_receiver(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    await shop.sandbox.control("faults", operation="webhook", kind="wrong_amount", amount="0.07")
    await shop.sandbox.control("faults", operation="webhook", kind="unsigned")
    await shop.sandbox.control("faults", operation="webhook", kind="duplicate", times=3)
    for _ in range(3):
        await shop.paid()
        await shop.sandbox.idle()
    first, second, *copies = receiver.received
    assert first.document["Data"]["Amount"]["ValueInBaseCurrency"] == "0.07"
    assert "MyFatoorah-Signature" not in second.headers
    assert len({item.body for item in copies}) == 1
    assert len(copies) == 3
