"""Captures, cancellations, refunds and what time does, gateways/tamara.md sections 3 and 4."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.running_sandbox import gather_all
from support.tamara_sandbox import JsonObject, TamaraClient, checkout_body, money, running_tamara

UNKNOWN_ID = "00000000-0000-4000-8000-00000000ffff"
DAY = 24 * 3600


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


def legacy_refund(capture_id: str, amount: Any, **changes: Any) -> JsonObject:
    items = checkout_body()["items"]
    body = {"capture_id": capture_id, "total_amount": money(amount), "items": items}
    zero = dict.fromkeys(("shipping_amount", "tax_amount", "discount_amount"), money(0))
    return body | zero | changes


async def captures_of(tamara: TamaraClient, order_id: str) -> list[str]:
    captures = (await tamara.order(order_id))["transactions"]["captures"]
    return [capture["capture_id"] for capture in captures]


async def test_an_order_is_captured_in_parts(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised(amount=100)
    first = (await tamara.capture(order_id, "40.25")).json()
    assert first == {
        "capture_id": first["capture_id"],
        "order_id": order_id,
        "status": "partially_captured",
        "captured_amount": money(40.25),
    }
    second = (await tamara.capture(order_id, 59.75)).json()
    assert (second["status"], second["captured_amount"]) == ("fully_captured", money(59.75))
    assert await captures_of(tamara, order_id) == [first["capture_id"], second["capture_id"]]
    assert (await tamara.order(order_id))["captured_amount"] == money(100)


async def test_a_repeated_full_capture_is_409_with_equal_states(tamara: TamaraClient) -> None:
    order_id = await tamara.captured(100)
    answer = await tamara.capture(order_id, 100)
    assert answer.status_code == 409
    data = answer.json()["errors"][0]["data"]
    assert data["old_state"] == data["new_state"] == "fully_captured"
    assert (await tamara.account(order_id))["captured_minor"] == 10000


async def test_of_captures_at_the_same_moment_only_those_that_fit_take_money(
    tamara: TamaraClient,
) -> None:
    order_id = await tamara.authorised()
    answers = await gather_all(tamara.capture(order_id, 30) for _ in range(6))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 400, 400, 400]
    assert (await tamara.account(order_id))["captured_minor"] == 9000


async def test_a_capture_needs_no_shipping_info(tamara: TamaraClient) -> None:
    body = {"order_id": await tamara.authorised(), "total_amount": money(100)}
    answer = await tamara.http.post("/payments/capture", json=body)
    assert (answer.status_code, answer.json()["status"]) == (200, "fully_captured")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"order_id": UNKNOWN_ID, "total_amount": money(1)}, 404, None),
        ({"total_amount": money(0)}, 400, "total_amount_invalid"),
        ({"total_amount": money(1, "AED")}, 400, "total_amount_invalid_currency"),
        ({"total_amount": money(100.01)}, 400, "capture.total_amount_exceeded"),
        ({"total_amount": money(1.001)}, 400, "total_amount_invalid"),
        ({"total_amount": 1}, 400, "invalid_request"),
    ],
)
async def test_a_capture_is_refused(
    tamara: TamaraClient, body: JsonObject, status: int, code: str | None
) -> None:
    order_id = await tamara.authorised()
    sent = {"order_id": order_id, **body} if body else {}
    answer = await tamara.http.post("/payments/capture", json=sent)
    errors = answer.json()["errors"]
    assert (answer.status_code, errors[0]["error_code"] if errors else None) == (status, code)
    assert (await tamara.account(order_id))["captured_minor"] == 0


async def test_a_part_can_be_cancelled_and_then_the_rest(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    first = (await tamara.cancel(order_id, 40)).json()
    assert first == {
        "order_id": order_id,
        "cancel_id": first["cancel_id"],
        "status": "updated",
        "canceled_amount": money(40),
    }
    assert (await tamara.cancel(order_id, 60)).json()["status"] == "canceled"
    order = await tamara.order(order_id)
    assert order["canceled_amount"] == money(100)
    assert [item["order_id"] for item in order["transactions"]["cancels"]] == [order_id] * 2


async def test_what_a_partial_cancellation_leaves_can_be_captured(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    await tamara.cancel(order_id, 40)
    assert (await tamara.capture(order_id, 60.01)).status_code == 400
    assert (await tamara.capture(order_id, 60)).json()["status"] == "fully_captured"


@pytest.mark.parametrize("captured", [40, 100])
async def test_captured_orders_are_not_cancelled(tamara: TamaraClient, captured: int) -> None:
    answer = await tamara.cancel(await tamara.captured(captured), 10)
    assert (answer.status_code, bool(answer.json()["errors"])) == (409, True)


async def test_an_approved_order_must_be_authorised_before_it_is_cancelled(
    tamara: TamaraClient,
) -> None:
    order_id = await tamara.approved()
    answer = await tamara.cancel(order_id, 100)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["data"] == {"old_state": "approved", "new_state": "canceled"}
    await tamara.authorise(order_id)
    assert (await tamara.cancel(order_id, 100)).json()["status"] == "canceled"


async def test_cancelling_after_a_capture_is_a_setting(tamara: TamaraClient) -> None:
    await tamara.settings(cancel_after_capture="allow")
    order_id = await tamara.captured(40)
    assert (await tamara.cancel(order_id, 60)).status_code == 200
    account = await tamara.account(order_id)
    assert (account["captured_minor"], account["voided_minor"]) == (4000, 6000)


async def test_captured_money_is_given_back_in_parts_to_the_last_minor_unit(
    tamara: TamaraClient,
) -> None:
    order_id = await tamara.captured(100)
    first = (await tamara.refund(order_id, 33.33, merchant_refund_id="refund-1")).json()
    assert first == {
        "order_id": order_id,
        "comment": "returned",
        "refund_id": first["refund_id"],
        "capture_id": (await captures_of(tamara, order_id))[0],
        "status": "partially_refunded",
        "refunded_amount": money(33.33),
    }
    assert (await tamara.refund(order_id, 66.68)).status_code == 400
    assert (await tamara.refund(order_id, 66.67)).json()["status"] == "fully_refunded"
    assert (await tamara.refund(order_id, 0.01)).status_code == 409
    assert (await tamara.order(order_id))["refunded_amount"] == money(100)


async def test_the_merchants_refund_id_is_shown_only_if_so_set(tamara: TamaraClient) -> None:
    order_id = await tamara.captured()
    await tamara.refund(order_id, 1, merchant_refund_id="refund-1")
    assert "merchant_refund_id" not in (await tamara.order(order_id))["transactions"]["refunds"][0]
    await tamara.settings(echo_merchant_refund_id=True)
    refund = (await tamara.order(order_id))["transactions"]["refunds"][0]
    assert refund["merchant_refund_id"] == "refund-1"
    entries = (await tamara.account(order_id))["entries"]
    assert entries[-1]["reference_id"] == "refund-1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"total_amount": money(1)}, "invalid_request"),
        ({"comment": "returned"}, "invalid_request"),
        ({"comment": "returned", "total_amount": money(1, "KWD")}, "total_amount_invalid_currency"),
    ],
)
async def test_a_refund_is_refused(tamara: TamaraClient, body: JsonObject, code: str) -> None:
    path = f"/payments/simplified-refund/{await tamara.captured()}"
    answer = await tamara.http.post(path, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (400, code)


async def test_nothing_is_refunded_before_a_capture(tamara: TamaraClient) -> None:
    assert (await tamara.refund(await tamara.authorised(), 1)).status_code == 409


async def test_the_older_refund_takes_captures_by_name(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    for amount in (40, 60):
        await tamara.capture(order_id, amount)
    names = await captures_of(tamara, order_id)
    refunds = [legacy_refund(names[1], 60), legacy_refund(names[0], 39.99)]
    body = {"order_id": order_id, "refunds": refunds}
    document = (await tamara.http.post("/payments/refund", json=body)).json()
    assert [item["capture_id"] for item in document["refunds"]] == [names[1], names[0]]
    assert (document["status"], document["refunded_amount"]) == (
        "partially_refunded",
        money(99.99),
    )
    captures = (await tamara.order(order_id))["transactions"]["captures"]
    assert [item["refunded_amount"]["amount"] for item in captures] == [39.99, 60]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"items": []}, "items_is_empty"),
        ({"capture_id": UNKNOWN_ID}, "refund.capture_not_found"),
        ({"capture_id": ""}, "refund.capture_not_found"),
        ({"shipping_amount": money(5)}, "refund.shipping_amount_invalid"),
        ({"total_amount": money(100.01)}, "refund.total_amount_exceeded"),
    ],
)
async def test_the_older_refund_is_refused_whole(
    tamara: TamaraClient, changes: JsonObject, code: str
) -> None:
    order_id = await tamara.authorised()
    await tamara.capture(order_id, 100, shipping_amount=money(10))
    name = (await captures_of(tamara, order_id))[0]
    good = legacy_refund(name, 1, shipping_amount=money(10))
    bad = legacy_refund(name, 1, shipping_amount=money(10)) | changes
    orders = [bad] if code == "refund.shipping_amount_invalid" else [good, bad]
    answer = await tamara.http.post(
        "/payments/refund", json={"order_id": order_id, "refunds": orders}
    )
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (400, code)
    assert (await tamara.account(order_id))["refunded_minor"] == 0


async def test_the_older_refunds_extra_checks_can_be_set_off(tamara: TamaraClient) -> None:
    await tamara.settings(legacy_refund_checks=False)
    order_id = await tamara.authorised()
    await tamara.capture(order_id, 100, shipping_amount=money(10))
    refund = legacy_refund((await captures_of(tamara, order_id))[0], 1, items=[])
    answer = await tamara.http.post(
        "/payments/refund", json={"order_id": order_id, "refunds": [refund]}
    )
    assert answer.status_code == 200


async def test_the_older_refund_gives_shipping_back_once(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    await tamara.capture(order_id, 100, shipping_amount=money(10))
    name = (await captures_of(tamara, order_id))[0]
    for shipping in (10, 0):
        refund = legacy_refund(name, 50, shipping_amount=money(shipping))
        answer = await tamara.http.post(
            "/payments/refund", json={"order_id": order_id, "refunds": [refund]}
        )
        assert answer.status_code == 200
    assert (await tamara.order(order_id))["status"] == "fully_refunded"
