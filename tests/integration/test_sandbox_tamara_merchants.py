"""Who may call Tamara, for how much, and how it misbehaves; gateways/tamara.md sections 1 and 7."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.tamara_sandbox import (
    API_TOKEN,
    MERCHANT_ID,
    TamaraClient,
    checkout_body,
    error_code,
    money,
    running_tamara,
)

UNKNOWN_ID = "00000000-0000-4000-8000-00000000ffff"


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


@pytest.mark.parametrize("header", ["", f"Basic {API_TOKEN}", "Bearer", "Bearer other", API_TOKEN])
async def test_wrong_credentials_are_401(tamara: TamaraClient, header: str) -> None:
    headers = {"Authorization": header}
    answer = await tamara.http.post("/checkout", json=checkout_body(), headers=headers)
    assert (answer.status_code, error_code(answer)) == (401, None)
    await tamara.settings(bad_token_status=403)
    answer = await tamara.http.get(f"/orders/{UNKNOWN_ID}", headers=headers)
    assert answer.status_code == 403


async def test_a_token_of_the_other_environment_is_a_merchant_not_found(
    tamara: TamaraClient,
) -> None:
    await tamara.control("tamara/merchants", api_token="live-1", environment="production")
    headers = {"Authorization": "Bearer live-1"}
    answer = await tamara.http.get(f"/orders/{UNKNOWN_ID}", headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (404, "Merchant is not found")


async def test_orders_of_others_are_not_found(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised(reference_id="order-1")
    await tamara.control("tamara/merchants", api_token="other-1")
    tamara.http.headers["Authorization"] = "Bearer other-1"
    answers = [
        await tamara.http.get(f"/orders/{order_id}"),
        await tamara.http.get("/merchants/orders/reference-id/order-1"),
        await tamara.authorise(order_id),
        await tamara.capture(order_id, 1),
        await tamara.cancel(order_id, 1),
        await tamara.refund(order_id, 1),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_a_merchant_keeps_its_orders_when_its_api_token_changes(
    tamara: TamaraClient,
) -> None:
    order_id = (await tamara.checkout())["order_id"]
    await tamara.control("tamara/merchants", merchant_id=MERCHANT_ID, api_token="new-token")
    assert (await tamara.http.get(f"/orders/{order_id}")).status_code == 401
    tamara.http.headers["Authorization"] = "Bearer new-token"
    assert (await tamara.order(order_id))["status"] == "new"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"api_token": ""},
        {"api_token": "a", "colour": "b"},
        {"api_token": "a", "environment": "x"},
    ],
)
async def test_a_merchant_is_refused_with_a_reason(
    tamara: TamaraClient, document: dict[str, Any]
) -> None:
    answer = await tamara.http.post("/sandbox/tamara/merchants", json=document)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"null", b'"text"'])
async def test_a_body_that_is_no_object_is_a_400(tamara: TamaraClient, content: bytes) -> None:
    answer = await tamara.http.post("/checkout", content=content)
    assert answer.status_code == 400
    assert set(answer.json()) == {"message", "errors"}


@pytest.mark.parametrize(
    ("changes", "amount", "code"),
    [
        ({"minimum_major": 50}, 49.99, "total_amount_invalid_limit"),
        ({"maximum_major": 50}, 50.01, "total_amount_invalid_limit"),
        ({"daily_volume_major": 150}, 51, "total_amount_invalid_limit_24hrs_gmv"),
    ],
)
async def test_limits_are_refused_with_the_known_codes(
    tamara: TamaraClient, changes: dict[str, Any], amount: Any, code: str
) -> None:
    await tamara.approved(amount=100)
    await tamara.settings(**changes)
    answer = await tamara.http.post("/checkout", json=checkout_body(amount=amount))
    assert (answer.status_code, error_code(answer)) == (400, code)


async def test_the_merchants_volume_of_yesterday_does_not_count(tamara: TamaraClient) -> None:
    await tamara.settings(daily_volume_major=150)
    await tamara.approved(amount=100)
    await tamara.control("advance", seconds=24 * 3600)
    assert (await tamara.checkout(amount=150))["status"] == "new"


async def test_too_many_requests_are_429_if_limits_are_enforced(tamara: TamaraClient) -> None:
    await tamara.settings(enforce_rate_limits=True, requests_per_second=1)
    answers = [await tamara.http.get("/merchants/configs") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json()["message"] == "Too many requests"


async def test_a_fault_gives_an_order_the_wrong_total(tamara: TamaraClient) -> None:
    order_id = await tamara.captured()
    for kind, expected in (("wrong_amount", money(0.01)), ("wrong_currency", money(100, "AED"))):
        await tamara.control("faults", operation="get_order", kind=kind)
        order = await tamara.order(order_id)
        assert order["total_amount"] == expected
        assert order["captured_amount"] == money(100)


async def test_a_failure_after_the_effect_is_in_the_ledger_all_the_same(
    tamara: TamaraClient,
) -> None:
    order_id = await tamara.authorised()
    await tamara.control(
        "faults", operation="capture", kind="error", phase="after", status=503, payment_id=order_id
    )
    assert (await tamara.capture(order_id, 60)).status_code == 503
    account = await tamara.account(order_id)
    assert account["captured_minor"] == 6000
    asked = {item["operation"]: item["count"] for item in account["requests"]}
    assert asked["capture"] == 1


async def test_requests_are_counted_by_the_refunds_own_reference(tamara: TamaraClient) -> None:
    order_id = await tamara.captured()
    await tamara.control("faults", operation="refund", kind="error", reference_id="refund-1")
    assert (await tamara.refund(order_id, 1, merchant_refund_id="refund-2")).status_code == 200
    assert (await tamara.refund(order_id, 1, merchant_refund_id="refund-1")).status_code == 500
    requests = (await tamara.account(order_id))["requests"]
    asked = [item["reference_id"] for item in requests if item["operation"] == "refund"]
    assert asked == ["refund-2", "refund-1"]


async def test_a_reset_forgets_orders_and_tokens(tamara: TamaraClient) -> None:
    order_id = (await tamara.checkout())["order_id"]
    await tamara.control("tamara/merchants", api_token=API_TOKEN, notification_token="other")
    await tamara.control("reset")
    assert (await tamara.http.get(f"/orders/{order_id}")).status_code == 404
    merchants = (await tamara.http.get("/sandbox/tamara/merchants")).json()["merchants"]
    assert [merchant["notification_token"][:8] for merchant in merchants] == ["11111111"]


async def test_control_answers_show_the_order_as_json(tamara: TamaraClient) -> None:
    order_id = (await tamara.checkout(amount="149.50"))["order_id"]
    answer = await tamara.http.post(f"/sandbox/payments/{order_id}/pay")
    assert json.loads(answer.content)["total_amount"] == money(149.5)


async def test_a_created_session_can_be_made_to_name_a_wrong_amount(tamara: TamaraClient) -> None:
    await tamara.settings(success_status=201)
    order_id = await tamara.authorised()
    await tamara.control("faults", operation="capture", kind="wrong_amount", amount="1.00")
    answer = await tamara.capture(order_id, 100)
    assert (answer.status_code, answer.json()["captured_amount"]["amount"]) == (201, 1)
