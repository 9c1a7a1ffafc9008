"""Registration, delivery and retries of Tabby's webhooks, gateways/tabby.md section 5."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway_sandbox.settings import Settings
from support.running_sandbox import (
    JsonObject,
    SandboxClient,
    WebhookReceiver,
    running_sandbox,
    webhook_receiver,
)

MERCHANT = {"X-Merchant-Code": "AE"}
HOOKS = "/api/v1/webhooks"
REAL_TIME = Settings(retry_scale=1.0)


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


@pytest.fixture
async def receiver(sandbox: SandboxClient) -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as receiver:
        await sandbox.register(receiver.url)
        yield receiver


async def fault(sandbox: SandboxClient, kind: str, **settings: Any) -> None:
    await sandbox.control("faults", operation="webhook", kind=kind, **settings)


async def attempts(sandbox: SandboxClient) -> list[tuple[str, list[int | None]]]:
    return [
        (delivery["state"], [attempt["status"] for attempt in delivery["attempts"]])
        for delivery in await sandbox.deliveries()
    ]


async def test_a_webhook_can_be_registered_read_changed_and_deleted(sandbox: SandboxClient) -> None:
    assert (await sandbox.http.get(HOOKS, headers=MERCHANT)).json() is None
    created = await sandbox.register("https://shop.example.com/hook", is_test=False)
    assert created["is_test"] is True
    path = f"{HOOKS}/{created['id']}"
    assert (await sandbox.http.get(path, headers=MERCHANT)).json() == created
    changed = await sandbox.http.put(
        path, headers=MERCHANT, json={"url": "https://shop.example.com/other"}
    )
    url = "https://shop.example.com/other"
    assert changed.json() == {"id": created["id"], "url": url, "header": None}
    assert (await sandbox.http.delete(path, headers=MERCHANT)).json() == {"status": "ok"}
    gone = await sandbox.http.get(path, headers=MERCHANT)
    expected = {"status": "error", "errorType": "not_found", "error": "no such webhook"}
    assert (gone.status_code, gone.json()) == (404, expected)


@pytest.mark.parametrize("headers", [{}, {"X-Merchant-Code": "XX"}])
async def test_registration_needs_a_merchant_code_of_the_key(
    sandbox: SandboxClient, headers: dict[str, str]
) -> None:
    answer = await sandbox.http.get(HOOKS, headers=headers)
    expected = {"status": "error", "errorType": "not_authorized", "error": "authorization"}
    assert (answer.status_code, answer.json()) == (401, expected)


@pytest.mark.parametrize(
    "body", [{}, {"url": "shop"}, {"url": "https://shop.example.com", "header": 1}]
)
async def test_a_malformed_registration_is_refused(
    sandbox: SandboxClient, body: JsonObject
) -> None:
    answer = await sandbox.http.post(HOOKS, headers=MERCHANT, json=body)
    expected = {"status": "error", "errorType": "bad_data", "error": "bad_request"}
    assert (answer.status_code, answer.json()) == (400, expected)


async def test_a_store_has_four_webhooks_at_most(sandbox: SandboxClient) -> None:
    for number in range(4):
        await sandbox.register(f"https://shop.example.com/{number}")
    fifth = await sandbox.http.post(
        HOOKS, headers=MERCHANT, json={"url": "https://shop.example.com/5"}
    )
    assert fifth.status_code == 400


async def test_the_happy_path_is_three_deliveries(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    payment_id = await sandbox.authorized(reference_id="order-1", meta={"order_id": "1"})
    await sandbox.idle()
    await sandbox.call(payment_id, "captures", "100", "capture-1")
    await sandbox.idle()
    words = [("authorized", 0, 0), ("authorized", 1, 0), ("closed", 1, 0)]
    assert sorted(receiver.words()) == words
    delivery = receiver.received[0]
    assert delivery.headers["X-Shop-Secret"] == "example"
    notice = delivery.document
    assert (notice["id"], notice["amount"], notice["closed_at"]) == (payment_id, "100", None)
    assert notice["order"] == {"reference_id": "order-1"}
    assert (notice["meta"], notice["token"]) == ({"order_id": "1"}, "")


async def test_only_200_acknowledges_and_four_more_attempts_are_made(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [201, 204, 302, 503]
    await sandbox.authorized()
    assert await sandbox.idle() == {"idle": True, "pending": 0, "held": 0}
    assert await attempts(sandbox) == [("acknowledged", [201, 204, 302, 503, 200])]


async def test_after_five_attempts_a_delivery_is_abandoned(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [500] * 9
    await sandbox.authorized()
    await sandbox.idle()
    assert await attempts(sandbox) == [("abandoned", [500] * 5)]


async def test_retries_wait_on_the_virtual_clock() -> None:
    async with webhook_receiver([500]) as receiver, running_sandbox(REAL_TIME) as sandbox:
        await sandbox.register(receiver.url)
        await sandbox.authorized()
        waiting = await sandbox.http.get("/sandbox/webhooks/idle?timeout_seconds=0.05")
        assert waiting.json() == {"idle": False, "pending": 1, "held": 0}
        await sandbox.control("advance", seconds=60)
        assert (await sandbox.idle())["idle"]
        assert await attempts(sandbox) == [("acknowledged", [500, 200])]


async def test_no_secret_is_shown_in_the_log(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await sandbox.authorized()
    await sandbox.idle()
    (delivery,) = await sandbox.deliveries()
    assert delivery["headers"]["X-Shop-Secret"] == "[redacted]"
    assert receiver.received[0].headers["X-Shop-Secret"] == "example"


async def test_expiry_is_announced_only_if_asked_for(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    for is_asked_for in (False, True):
        await sandbox.settings(expire_webhooks=is_asked_for)
        session = await sandbox.checkout()
        await sandbox.control(f"payments/{session['payment']['id']}/expire")
    await sandbox.idle()
    (delivery,) = receiver.received
    assert (delivery.document["status"], delivery.document["is_expired"]) == ("expired", True)


async def test_what_is_done_in_the_dashboard_is_announced_and_booked_as_such(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control(f"payments/{payment_id}/capture", amount="60")
    await sandbox.control(f"payments/{payment_id}/close")
    await sandbox.control(f"payments/{payment_id}/refund")
    await sandbox.idle()
    assert sorted(receiver.words()) == [
        ("authorized", 0, 0),
        ("authorized", 1, 0),
        ("closed", 1, 0),
        ("closed", 1, 1),
    ]
    account = await sandbox.account(payment_id)
    assert (account["refunded_minor"], account["voided_minor"]) == (6000, 4000)
    assert {entry["origin"] for entry in account["entries"][2:]} == {"dashboard"}


async def test_a_dropped_delivery_never_comes(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await fault(sandbox, "drop", event="authorize")
    await sandbox.authorized()
    await sandbox.idle()
    assert receiver.received == []
    assert await attempts(sandbox) == [("dropped", [])]


async def test_a_duplicated_delivery_comes_as_often_as_ordered(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await fault(sandbox, "duplicate", times=3)
    await sandbox.authorized()
    await sandbox.idle()
    assert len({delivery.body for delivery in receiver.received}) == 1
    assert len(receiver.received) == 3


async def test_a_reordered_delivery_comes_after_the_next(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await fault(sandbox, "reorder", event="authorize")
    payment_id = await sandbox.authorized()
    assert await sandbox.idle() == {"idle": True, "pending": 0, "held": 1}
    await sandbox.call(payment_id, "close")
    await sandbox.idle()
    assert receiver.words() == [("closed", 0, 0), ("authorized", 0, 0)]


async def test_a_held_delivery_can_be_released(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await fault(sandbox, "reorder")
    await sandbox.authorized()
    assert await sandbox.control("deliveries/release") == {"released": 1}
    await sandbox.idle()
    assert receiver.words() == [("authorized", 0, 0)]


async def test_an_old_delivery_can_be_sent_again(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await sandbox.authorized()
    await sandbox.idle()
    (delivery,) = await sandbox.deliveries()
    await sandbox.control(f"deliveries/{delivery['delivery_id']}/redeliver")
    await sandbox.idle()
    assert receiver.received[0].body == receiver.received[1].body


async def test_bodies_headers_and_amounts_can_be_falsified(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    await fault(sandbox, "corrupt_body")
    await fault(sandbox, "forge_header")
    await fault(sandbox, "wrong_amount", amount="0.01")
    await fault(sandbox, "wrong_currency", currency="KWD")
    for _ in range(4):
        await sandbox.authorized()
        await sandbox.idle()
    corrupt, forged, amount, currency = receiver.received
    with pytest.raises(json.JSONDecodeError):
        json.loads(corrupt.body)
    assert forged.headers["X-Shop-Secret"] == "forged"
    assert amount.document["amount"] == "0.01"
    assert currency.document["currency"] == "KWD"
    assert currency.headers["X-Shop-Secret"] == "example"


async def test_the_same_seed_misbehaves_in_the_same_way(
    sandbox: SandboxClient, receiver: WebhookReceiver
) -> None:
    outcomes = []
    for _ in range(2):
        await sandbox.control("reset")
        await sandbox.register(receiver.url)
        await sandbox.control("chaos", seed=7, probabilities={"webhook_drop": 0.5})
        for number in range(20):
            await sandbox.authorized(reference_id=f"order-{number}")
        await sandbox.idle()
        outcomes.append([delivery["state"] for delivery in await sandbox.deliveries()])
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {"dropped", "acknowledged"}
