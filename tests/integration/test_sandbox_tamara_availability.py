"""Availability, sessions in stores, disputes; gateways/tamara.md sections 2.4, 2.5 and 4.7."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.tamara_sandbox import (
    DECLINED_PHONE,
    JsonObject,
    TamaraClient,
    checkout_body,
    money,
    notice_receiver,
    running_tamara,
)

DISPUTES = "/external/merchants/orders/disputes/"
DEVICE = {"X-Device-Id": "till-1"}


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


def in_store_body(**changes: Any) -> JsonObject:
    body = {
        "total_amount": money(100),
        "phone_number": "544337866",
        "order_reference_id": "till-1",
        "items": checkout_body()["items"],
    }
    return body | changes


async def test_payment_types_are_a_list_with_limits(tamara: TamaraClient) -> None:
    answer = await tamara.http.request(
        "GET", "/checkout/payment-types", params={"country": "KW"}, content=b'{"country":"KW"}'
    )
    types = answer.json()
    assert [item["name"] for item in types] == ["PAY_BY_INSTALMENTS", "PAY_NOW"]
    limits = {"min_limit": money(0, "KWD"), "max_limit": money(1_000_000, "KWD")}
    assert types[0]["supported_instalments"][0] == {"instalments": 2, **limits}
    assert {name: types[1][name] for name in limits} == limits
    assert types[1]["supported_instalments"] == []


async def test_payment_types_may_be_wrapped(tamara: TamaraClient) -> None:
    await tamara.settings(wrap_payment_types=True)
    query = {"country": "SA", "currency": "SAR"}
    answer = await tamara.http.get("/checkout/payment-types", params=query)
    assert [item["name"] for item in answer.json()["payment_types"]] == [
        "PAY_BY_INSTALMENTS",
        "PAY_NOW",
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"country": "SA", "order_value": "50.01"},
        {"country": "SA", "phone": f"+966{DECLINED_PHONE}"},
    ],
)
async def test_nothing_is_offered_beyond_limits_or_to_a_declined_customer(
    tamara: TamaraClient, query: dict[str, str]
) -> None:
    await tamara.settings(maximum_major=50)
    assert (await tamara.http.get("/checkout/payment-types", params=query)).json() == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "invalid_request"),
        ({"country": "EG"}, "invalid_country_code"),
        ({"country": "SA", "currency": "AED"}, "total_amount_invalid_currency"),
        ({"country": "SA", "order_value": "much"}, "total_amount_invalid"),
    ],
)
async def test_a_wrong_question_is_a_400(
    tamara: TamaraClient, query: dict[str, str], code: str
) -> None:
    answer = await tamara.http.get("/checkout/payment-types", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (400, code)


@pytest.mark.parametrize(("phone", "count"), [("544337866", 2), (DECLINED_PHONE, 0)])
async def test_the_pre_check_of_credit_gives_the_same_list(
    tamara: TamaraClient, phone: str, count: int
) -> None:
    body: JsonObject = {
        "total_amount": money(100),
        "country_code": "SA",
        "items": None,
        "consumer": {"phone_number": phone},
        "shipping_address": None,
        "risk_assessment": None,
        "additional_data": [],
    }
    answer = await tamara.http.post("/checkout/credit-pre-check", json=body)
    assert (answer.status_code, len(answer.json())) == (200, count)


@pytest.mark.parametrize(("phone", "is_open"), [("544337866", True), (DECLINED_PHONE, False)])
async def test_payment_options_have_labels(tamara: TamaraClient, phone: str, is_open: bool) -> None:
    body = {"country": "SA", "order_value": money(100), "phone_number": phone, "is_vip": None}
    answer = (await tamara.http.post("/checkout/payment-options-pre-check", json=body)).json()
    assert answer["has_available_payment_options"] is is_open
    assert answer["single_checkout_enabled"] is True
    labels = answer["available_payment_labels"]
    assert [label["instalment"] for label in labels] == ([2, 3, 4, 1] if is_open else [])


@pytest.mark.parametrize(
    ("customer", "is_eligible"),
    [
        ({"phone_number": "966544337866", "email": "noor@example.com"}, True),
        ({"phone_number": f"966{DECLINED_PHONE}"}, False),
        ({"phone": f"966{DECLINED_PHONE}"}, False),
        ([], True),
        (None, True),
    ],
)
async def test_only_declined_customers_are_not_eligible(
    tamara: TamaraClient, customer: Any, is_eligible: bool
) -> None:
    body = {"order": money(300), "customer": customer}
    answer = await tamara.http.post("/pre-checkout/v1/eligibility", json=body)
    assert answer.json() == {"is_eligible": is_eligible}


async def test_a_declined_customer_is_not_eligible_for_a_while(tamara: TamaraClient) -> None:
    await tamara.act((await tamara.checkout(phone="511223344"))["order_id"], "decline")
    body = {"order": money(300), "customer": {"phone_number": "966511223344"}}
    path = "/pre-checkout/v1/eligibility"
    assert (await tamara.http.post(path, json=body)).json() == {"is_eligible": False}
    await tamara.control("advance", seconds=24 * 3600)
    assert (await tamara.http.post(path, json=body)).json() == {"is_eligible": True}


async def test_a_declined_customer_without_a_number_speaks_for_nobody(tamara: TamaraClient) -> None:
    body = {"amount": money(100), "platform": "EXAMPLE_POS_QR"}
    made = (await tamara.http.post("/checkout/in-store", json=body, headers=DEVICE)).json()
    await tamara.act(made["order_id"], "decline")
    answer = await tamara.http.post("/pre-checkout/v1/eligibility", json={"order": money(300)})
    assert answer.json() == {"is_eligible": True}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_verification_of_an_identity_can_be_asked_either_way(
    tamara: TamaraClient, method: str
) -> None:
    path = "/merchants/customer/id-verification-status"
    asked = {"phone_number": "966544337866", "country_code": "SA"}
    form: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
    answer = await tamara.http.request(method, path, **form)
    assert answer.json() == {"is_id_verified": True}
    elsewhere = await tamara.http.get(path, params=asked | {"country_code": "KW"})
    assert elsewhere.status_code == 400


async def test_the_configuration_has_the_public_key(tamara: TamaraClient) -> None:
    answer = (await tamara.http.request("GET", "/merchants/configs", content=b"[]")).json()
    assert answer["public_key"] == "22222222-3333-4444-8555-666666666666"
    assert answer["single_checkout_enabled"] is True


async def test_an_order_in_a_store_is_captured_as_soon_as_it_is_paid(
    tamara: TamaraClient,
) -> None:
    async with notice_receiver() as receiver:
        await tamara.register(receiver.url)
        answer = await tamara.http.post("/checkout/in-store-session", json=in_store_body())
        made = answer.json()
        assert set(made) == {"order_id", "checkout_id", "checkout_deeplink"}
        assert made["checkout_id"] in made["checkout_deeplink"]
        assert (await tamara.act(made["order_id"], "pay"))["status"] == "fully_captured"
        await tamara.idle()
    assert receiver.events() == ["order_captured"]
    assert (await tamara.entries(made["order_id"]))[1:] == [
        ("authorized", 10000, "customer"),
        ("captured", 10000, "auto"),
    ]


async def test_a_paid_order_in_a_store_has_a_page_and_nowhere_to_return(
    tamara: TamaraClient,
) -> None:
    made = (await tamara.http.post("/checkout/in-store-session", json=in_store_body())).json()
    path = f"/tamara/checkout/{made['checkout_id']}"
    answer = await tamara.http.post(path, data={"action": "decline"})
    assert (answer.status_code, "This order was declined" in answer.text) == (200, True)


async def test_a_qr_code_needs_a_device_and_an_amount(tamara: TamaraClient) -> None:
    body = {
        "amount": money(100),
        "platform": "EXAMPLE_POS_QR",
        "additional_data": {"store_code": "S1"},
    }
    refused = await tamara.http.post("/checkout/in-store", json=body)
    assert (refused.status_code, "X-Device-Id" in refused.json()["message"]) == (400, True)
    made = await tamara.http.post("/checkout/in-store", json=body, headers=DEVICE)
    order = await tamara.order(made.json()["order_id"])
    assert (order["store_code"], order["country_code"]) == ("S1", "SA")
    assert order["additional_data"]["from_in_store_payment_link"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": None},
        {"phone_number": "123"},
        {"phone_number": None},
        {"order_reference_id": None},
        {"expiry_time": 4},
    ],
)
async def test_a_session_in_a_store_is_refused(tamara: TamaraClient, changes: JsonObject) -> None:
    answer = await tamara.http.post("/checkout/in-store-session", json=in_store_body(**changes))
    assert answer.status_code == 400


@pytest.mark.parametrize(("changes", "minutes"), [({}, 15), ({"expiry_time": 60}, 60)])
async def test_a_session_in_a_store_lasts_15_minutes_or_as_asked(
    tamara: TamaraClient, changes: JsonObject, minutes: int
) -> None:
    body = in_store_body(**changes)
    order_id = (await tamara.http.post("/checkout/in-store-session", json=body)).json()["order_id"]
    await tamara.control("advance", seconds=minutes * 60 - 60)
    assert (await tamara.order(order_id))["status"] == "new"
    await tamara.control("advance", seconds=60)
    assert (await tamara.order(order_id))["status"] == "expired"


@pytest.mark.parametrize("is_in_body", [False, True])
async def test_an_open_session_can_be_voided(tamara: TamaraClient, is_in_body: bool) -> None:
    made = (await tamara.http.post("/checkout/in-store-session", json=in_store_body())).json()
    named = {"order_id": made["order_id"], "store_code": "S1"}
    form: JsonObject = {"json": named} if is_in_body else {"params": named, "content": b"[]"}
    answer = await tamara.http.post(f"/checkout/{made['checkout_id']}/void", **form)
    assert answer.json() == {
        "order_was_voided": True,
        "captured_amount": money(0),
        "message": "success",
        "store_code": "S1",
    }
    assert (await tamara.order(made["order_id"]))["status"] == "expired"


async def test_a_paid_session_is_not_voided(tamara: TamaraClient) -> None:
    made = (await tamara.http.post("/checkout/in-store-session", json=in_store_body())).json()
    await tamara.act(made["order_id"], "pay")
    path = f"/checkout/{made['checkout_id']}/void"
    answer = await tamara.http.post(path, params={"order_id": made["order_id"]})
    document = answer.json()
    assert (document["order_was_voided"], document["captured_amount"]) == (False, money(100))
    assert (await tamara.http.post(path)).status_code == 400
    other = await tamara.http.post("/checkout/other/void", params={"order_id": made["order_id"]})
    assert other.status_code == 404


async def test_a_dispute_is_found_and_answered(tamara: TamaraClient) -> None:
    order_id = await tamara.captured(reference_id="order-1")
    await tamara.act(order_id, "dispute")
    listed = (await tamara.http.get(DISPUTES, params={"order_id": order_id})).json()
    dispute = listed["data"]["disputes"]["1"]
    assert (listed["total"], dispute["merchant_order_reference_id"]) == (1, "order-1")
    assert (dispute["dispute_status"], dispute["amount"]) == (
        "awaiting_merchant_response",
        money(100),
    )
    form: JsonObject = {
        "comment": (None, "it was delivered"),
        "attachment": ("proof.txt", b"proof"),
    }
    answer = await tamara.http.post(f"{DISPUTES}1", files=form)
    assert answer.json() == {"message": "order.dispute.updated_successfully"}
    query = {"dispute_status": "under_review"}
    found = (await tamara.http.get(DISPUTES, params=query)).json()["data"]["disputes"]["1"]
    assert [activity["comment"] for activity in found["activities"]] == ["it was delivered"]


async def test_disputes_are_filtered_and_belong_to_their_merchant(tamara: TamaraClient) -> None:
    await tamara.act(await tamara.captured(), "dispute")
    for query, count in (({"dispute_id": "2"}, 0), ({"order_status": "fully_captured"}, 1)):
        assert (await tamara.http.get(DISPUTES, params=query)).json()["total"] == count
    assert (await tamara.http.get(DISPUTES, params={"dispute_status": "x"})).status_code == 400
    await tamara.control("tamara/merchants", api_token="other-1")
    tamara.http.headers["Authorization"] = "Bearer other-1"
    assert (await tamara.http.get(DISPUTES)).json()["total"] == 0
    for number in ("1", "9" * 5000):
        answer = await tamara.http.post(f"{DISPUTES}{number}", json={"comment": "ours"})
        assert answer.status_code == 404
