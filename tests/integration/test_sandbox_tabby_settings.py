"""What gateways/tabby.md leaves open can be set, and each setting has its effect."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from support.running_sandbox import (
    PUBLIC_KEY,
    SandboxClient,
    checkout_body,
    running_sandbox,
    serving,
    webhook_receiver,
)

HOOK = {"url": "https://shop.example.com/hook"}


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


async def register_status(sandbox: SandboxClient, merchant_code: str = "AE") -> int:
    headers = {"X-Merchant-Code": merchant_code}
    return (await sandbox.http.post("/api/v1/webhooks", json=HOOK, headers=headers)).status_code


async def checkout_status(sandbox: SandboxClient, **changes: Any) -> int:
    body = checkout_body(**changes)
    return (await sandbox.http.post("/api/v2/checkout", json=body)).status_code


async def test_lifetimes_can_be_shortened(sandbox: SandboxClient) -> None:
    await sandbox.settings(session_seconds=1, payment_expiry_seconds=2)
    session = await sandbox.checkout()
    await sandbox.control("advance", seconds=2)
    assert (await sandbox.payment(session["payment"]["id"]))["status"] == "EXPIRED"


async def test_excess_decimals_can_be_cut(sandbox: SandboxClient) -> None:
    await sandbox.settings(excess_decimals="truncate")
    assert (await sandbox.checkout(amount="1.239"))["payment"]["amount"] == "1.23"


async def test_small_amounts_can_be_rejected(sandbox: SandboxClient) -> None:
    await sandbox.settings(too_low_major=10, rejected_products="null")
    configuration = (await sandbox.checkout(amount="10"))["configuration"]
    reason = configuration["products"]["installments"]["rejection_reason"]
    assert (reason, configuration["available_products"]) == ("order_amount_too_low", None)


async def test_public_keys_can_be_shut_out(sandbox: SandboxClient) -> None:
    await sandbox.settings(accept_public_key=False)
    sandbox.http.headers["Authorization"] = f"Bearer {PUBLIC_KEY}"
    assert await checkout_status(sandbox) == 403


async def test_a_host_can_stop_serving_a_currency(sandbox: SandboxClient) -> None:
    await sandbox.settings(served_currencies=["AED", "KWD"])
    assert await checkout_status(sandbox, currency="SAR", merchant_code="SA") == 401
    assert await checkout_status(sandbox) == 200


async def test_an_open_payment_can_be_made_updatable(sandbox: SandboxClient) -> None:
    payment_id = (await sandbox.checkout())["payment"]["id"]
    statuses = []
    for is_allowed in (False, True):
        await sandbox.settings(update_on_created=is_allowed)
        body = {"order": {"reference_id": "order-new"}}
        answer = await sandbox.http.put(f"/api/v2/payments/{payment_id}", json=body)
        statuses.append(answer.status_code)
    assert statuses == [400, 200]


async def test_a_cancelled_payment_can_stay_open_until_its_time_is_up(
    sandbox: SandboxClient,
) -> None:
    await sandbox.settings(expire_on_cancel=False)
    payment_id = (await sandbox.checkout())["payment"]["id"]
    answer = await sandbox.control(f"payments/{payment_id}/cancel")
    assert answer["status"] == "CREATED"
    await sandbox.control("advance", seconds=30 * 60)
    assert (await sandbox.payment(payment_id))["status"] == "EXPIRED"


async def test_a_store_can_be_captured_at_once(sandbox: SandboxClient) -> None:
    await sandbox.settings(capture_on_authorization=True)
    payment_id = await sandbox.authorized()
    payment = await sandbox.payment(payment_id)
    assert (payment["status"], payment["captures"][0]["amount"]) == ("CLOSED", "100")


async def test_authorization_can_come_after_the_redirect(sandbox: SandboxClient) -> None:
    await sandbox.settings(authorization_delay_seconds=30)
    payment_id = await sandbox.authorized()
    assert (await sandbox.payment(payment_id))["status"] == "CREATED"
    await sandbox.control("advance", seconds=30)
    assert (await sandbox.payment(payment_id))["status"] == "AUTHORIZED"


async def test_empty_lists_can_be_arrays(sandbox: SandboxClient) -> None:
    await sandbox.settings(empty_lists="array")
    headers = {"X-Merchant-Code": "AE"}
    assert (await sandbox.http.get("/api/v1/webhooks", headers=headers)).json() == []
    assert (await sandbox.http.get("/api/v2/payments")).json()["payments"] == []


async def test_too_large_a_page_can_be_cut_to_twenty(sandbox: SandboxClient) -> None:
    await sandbox.settings(list_limit_over_maximum="clamp")
    listed = (await sandbox.http.get("/api/v2/payments?limit=50")).json()
    assert listed["pagination"]["limit"] == 20


async def test_registration_rules_can_be_set(sandbox: SandboxClient) -> None:
    await sandbox.settings(duplicate_webhook_url="refuse", wrong_merchant_code_status=404)
    first = await register_status(sandbox)
    assert [first, await register_status(sandbox)] == [200, 400]
    assert await register_status(sandbox, "XX") == 404
    await sandbox.settings(duplicate_webhook_url="accept", maximum_webhooks=2)
    second = await register_status(sandbox)
    assert [second, await register_status(sandbox)] == [200, 400]


async def test_answers_can_name_their_charset(sandbox: SandboxClient) -> None:
    await sandbox.settings(response_charset="utf-8")
    answer = await sandbox.http.get("/api/v2/payments")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_delivery_headers_and_retries_can_be_set(sandbox: SandboxClient) -> None:
    await sandbox.settings(
        delivery_user_agent="example/1",
        delivery_content_type="application/json; charset=UTF-8",
        retry_delays_seconds=[1],
    )
    async with webhook_receiver([500, 500]) as receiver:
        await sandbox.register(receiver.url)
        await sandbox.authorized()
        await sandbox.idle()
    headers = receiver.received[0].headers
    assert (headers["User-Agent"], len(receiver.received)) == ("example/1", 2)
    assert headers["Content-Type"] == "application/json; charset=UTF-8"


async def test_a_receiver_that_does_not_answer_is_given_up(sandbox: SandboxClient) -> None:
    stopping = asyncio.Event()

    async def never(_request: web.Request) -> web.Response:
        await stopping.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", never)
    await sandbox.settings(delivery_timeout_seconds=0.05, retry_delays_seconds=[])
    async with serving(app) as url:
        await sandbox.register(url)
        await sandbox.authorized()
        await sandbox.idle()
        stopping.set()
    (delivery,) = await sandbox.deliveries()
    assert delivery["state"] == "abandoned"
    assert "no answer within" in delivery["attempts"][0]["error"]


async def test_a_store_hears_of_its_own_payments_only(sandbox: SandboxClient) -> None:
    async with webhook_receiver() as receiver:
        await sandbox.register(receiver.url)
        await sandbox.authorized(currency="SAR", merchant_code="SA")
        await sandbox.idle()
        assert receiver.received == []


async def test_a_rotated_header_is_used_from_the_next_notice_on(sandbox: SandboxClient) -> None:
    async with webhook_receiver() as receiver:
        webhook = await sandbox.register(receiver.url)
        payment_id = await sandbox.authorized()
        await sandbox.idle()
        await sandbox.http.put(
            f"/api/v1/webhooks/{webhook['id']}",
            json={"url": receiver.url, "header": {"title": "X-Shop-Secret", "value": "rotated"}},
            headers={"X-Merchant-Code": "AE"},
        )
        await sandbox.call(payment_id, "close")
        await sandbox.idle()
    secrets = [delivery.headers["X-Shop-Secret"] for delivery in receiver.received]
    assert secrets == ["example", "rotated"]


async def test_an_expired_payment_can_be_paid_late_where_so_set(sandbox: SandboxClient) -> None:
    payment_id = (await sandbox.checkout())["payment"]["id"]
    await sandbox.control("advance", seconds=31 * 60)
    refused = await sandbox.http.post(f"/sandbox/payments/{payment_id}/pay")
    assert refused.status_code == 409
    await sandbox.settings(late_payments="accept")
    await sandbox.control(f"payments/{payment_id}/pay")
    assert (await sandbox.account(payment_id))["authorized_minor"] == 10000


async def test_staff_but_nobody_else_can_refund_too_much_where_so_set(
    sandbox: SandboxClient,
) -> None:
    await sandbox.settings(over_refunds="accept")
    payment_id = await sandbox.authorized()
    await sandbox.control(f"payments/{payment_id}/capture")
    by_api = await sandbox.call(payment_id, "refunds", "100.01", "refund-1")
    assert by_api.status_code == 400
    await sandbox.control(f"payments/{payment_id}/refund", amount="100.01")
    assert (await sandbox.account(payment_id))["refunded_minor"] == 10001
