"""What became of MyFatoorah's webhooks can be looked up, gateways/myfatoorah.md section 5."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway_sandbox.myfatoorah.signing import signature
from support.myfatoorah_sandbox import SAU_KEY, SECRET, MyFatoorahShop, running_shop
from support.running_sandbox import JsonObject, WebhookReceiver, webhook_receiver


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


@pytest.fixture
async def receiver(shop: MyFatoorahShop) -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as receiver:
        await shop.dashboard(webhook_url=receiver.url)
        yield receiver


async def webhooks(shop: MyFatoorahShop, **query: Any) -> list[JsonObject]:
    items: list[JsonObject] = (await shop.data("GetWebhooks", query))["Items"]
    return items


async def test_what_was_lost_can_be_looked_up(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    await shop.sandbox.control("faults", operation="webhook", kind="drop", event="pay")
    invoice_id = await shop.paid(CustomerReference="order-1")
    await shop.sandbox.idle()
    assert receiver.received == []
    (item,) = await webhooks(shop, Status="Failed")
    assert item["EventName"] == "PAYMENT_STATUS_CHANGED"
    assert (item["EventCode"], item["EventEntityId"]) == (1, str(invoice_id))
    assert (item["EndPoint"], item["Attempts"]) == (receiver.url, [])
    assert item["Data"]["Transaction"]["Status"] == "SUCCESS"
    event = {"Code": item["EventCode"]}
    assert item["Signature"] == signature({"Event": event, "Data": item["Data"]}, SECRET)


async def test_webhooks_are_listed_with_their_attempts(
    shop: MyFatoorahShop, receiver: WebhookReceiver
) -> None:
    receiver.statuses.append(404)
    invoice_id = await shop.paid(CustomerReference="order-1")
    await shop.act(invoice_id, "refund")
    await shop.act(invoice_id, "event", kind="dispute")
    await shop.sandbox.idle()
    listed = await shop.data("GetWebhooks", {})
    assert [item["EventCode"] for item in listed["Items"]] == [6, 2, 1]
    assert listed["Pagination"] == {
        "PageSize": 500,
        "PageNumber": 1,
        "PagesCount": 1,
        "ItemsCount": 3,
    }
    attempts = [attempt for item in listed["Items"] for attempt in item["Attempts"]]
    assert sorted(attempt["Status"] for attempt in attempts) == [200, 200, 200, 404]
    assert {attempt["ResponseMessage"] for attempt in attempts} == {"OK", "Not Found"}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"Status": "succeeded"}, 4),
        ({"Status": "Waiting"}, 0),
        ({"EventType": "BALANCE_TRANSFERED"}, 1),
        ({"EventType": "PAYMENT_STATUS_CHANGED"}, 1),
        ({"EventType": "SUPLIER_STATUS_CHANGED"}, 1),
        ({"EventType": "TransactionsStatusChanged"}, 0),
        ({"KeyType": "CustomerReference", "Key": ["order-1", "order-9"]}, 1),
        ({"KeyType": "InvoiceId", "Key": ["1"]}, 0),
        ({"KeyType": "WebhookReference", "Key": ["WH-1"]}, 0),
        ({"Start": "2020-01-01T00:00:00.000Z", "End": "2090-01-01T00:00:00Z"}, 4),
        ({"End": "2020-01-01T00:00:00Z"}, 0),
        ({"Page": 2}, 0),
    ],
)
async def test_webhooks_are_filtered(
    shop: MyFatoorahShop, receiver: WebhookReceiver, query: JsonObject, count: int
) -> None:
    invoice_id = await shop.paid(CustomerReference="order-1")
    await shop.act(invoice_id, "refund")
    await shop.act(invoice_id, "event", kind="balance")
    await shop.act(invoice_id, "event", kind="supplier")
    await shop.sandbox.idle()
    assert len(await webhooks(shop, **query)) == count
    assert await webhooks(shop.of(SAU_KEY), **query) == []


async def test_nobody_disputes_what_was_not_paid(shop: MyFatoorahShop) -> None:
    path = f"/sandbox/payments/{await shop.invoice()}/event"
    answer = await shop.sandbox.http.post(path, json={"kind": "dispute"})
    assert answer.status_code == 409
