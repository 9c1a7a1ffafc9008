"""Tamara's orders as gateways/tamara.md describes them, over real HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.tamara_sandbox import (
    MERCHANT_ID,
    TamaraClient,
    checkout_body,
    error_code,
    money,
    running_tamara,
)


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


async def test_a_checkout_answers_with_an_order_and_a_page(tamara: TamaraClient) -> None:
    made = await tamara.checkout(locale="en_US")
    assert set(made) == {"order_id", "checkout_id", "checkout_url", "status"}
    assert made["status"] == "new"
    assert made["checkout_url"] == (
        f"{str(tamara.http.base_url).rstrip('/')}/tamara/checkout/{made['checkout_id']}"
        f"?locale=en_US&orderId={made['order_id']}"
    )


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [
        ("SAR", 300, b"300"),
        ("AED", "149.50", b"149.5"),
        ("KWD", 12.755, b"12.755"),
        ("BHD", 0.001, b"0.001"),
        ("OMR", "7.000", b"7"),
    ],
)
async def test_amounts_come_back_as_numbers_in_all_currencies(
    tamara: TamaraClient, currency: str, amount: Any, shown: bytes
) -> None:
    made = await tamara.checkout(amount=amount, currency=currency)
    answer = await tamara.http.get(f"/orders/{made['order_id']}")
    assert b'"total_amount":{"amount":' + shown + b',"currency"' in answer.content


async def test_an_order_has_every_member_that_the_official_client_reads(
    tamara: TamaraClient,
) -> None:
    order = await tamara.order(await tamara.captured(40, discount=None))
    assert order["discount_amount"] == {"name": "", "amount": money(0)}
    assert order["billing_address"] is None
    assert (order["settlement_status"], order["settlement_date"]) == ("", None)
    assert order["consumer"]["phone_number"] == "966544337866"
    assert (order["consumer"]["national_id"], order["consumer"]["is_first_order"]) == ("", None)
    assert (order["shipping_address"]["line2"], order["shipping_address"]["postal_code"]) == (
        "",
        "",
    )
    assert set(order["items"][0]) == {
        "reference_id",
        "type",
        "name",
        "sku",
        "quantity",
        "unit_price",
        "tax_amount",
        "total_amount",
        "discount_amount",
        "image_url",
        "item_url",
    }
    assert order["paid_amount"] == money(33.34)
    assert (order["payment_type"], order["instalments"]) == ("PAY_BY_INSTALMENTS", 3)


async def test_a_capture_in_an_order_has_every_member_that_the_official_client_reads(
    tamara: TamaraClient,
) -> None:
    order_id = await tamara.authorised()
    info = {
        "shipped_at": "2026-03-02T09:15:04+00:00",
        "shipping_company": "N/A",
        "tracking_number": 123456,
        "tracking_url": None,
    }
    await tamara.capture(order_id, 40, shipping_info=info, discount_amount=money(5))
    order = await tamara.order(order_id)
    capture = order["transactions"]["captures"][0]
    assert capture.pop("capture_id")
    assert capture.pop("created_at") == order["created_at"]
    assert capture == {
        "order_id": order_id,
        "merchant_id": MERCHANT_ID,
        "total_amount": money(40),
        "refunded_amount": money(0),
        "shipping_info": {**info, "tracking_number": "123456", "tracking_url": ""},
        "items": [],
        "shipping_amount": money(0),
        "tax_amount": money(0),
        "discount_amount": money(5),
    }


@pytest.mark.parametrize(
    ("changes", "path", "expected"),
    [
        ({"discount_when_unset": "null"}, ["discount_amount"], None),
        ({"single_checkout": False}, ["additional_data", "single_checkout"], False),
        ({"amount_form": "short"}, ["total_amount", "amount"], 100),
    ],
)
async def test_the_documents_oddities_are_settings(
    tamara: TamaraClient, changes: dict[str, Any], path: list[str], expected: Any
) -> None:
    await tamara.settings(**changes)
    shown: Any = await tamara.order((await tamara.checkout())["order_id"])
    for name in path:
        shown = shown[name]
    assert shown == expected


async def test_additional_data_comes_back_with_what_tamara_adds(tamara: TamaraClient) -> None:
    made = await tamara.checkout(additional_data={"store_code": "S1", "vendor_amount": 1.5})
    order = await tamara.order(made["order_id"])
    assert order["store_code"] == "S1"
    assert order["additional_data"] == {
        "store_code": "S1",
        "vendor_amount": 1.5,
        "single_checkout": True,
        "from_in_store_payment_link": False,
    }


async def test_the_customer_has_paid_nothing_before_the_approval(tamara: TamaraClient) -> None:
    order_id = (await tamara.checkout())["order_id"]
    assert (await tamara.order(order_id))["paid_amount"] == money(0)


@pytest.mark.parametrize(
    ("form", "ending", "length"), [("offset", "+00:00", 25), ("milliseconds", ".000Z", 24)]
)
async def test_both_forms_of_dates_can_be_had(
    tamara: TamaraClient, form: str, ending: str, length: int
) -> None:
    await tamara.settings(date_form=form)
    created_at = (await tamara.order((await tamara.checkout())["order_id"]))["created_at"]
    assert (created_at.endswith(ending), len(created_at)) == (True, length)


async def test_all_three_reads_show_the_same_order(tamara: TamaraClient) -> None:
    order_id = (await tamara.checkout(reference_id="a/b c%"))["order_id"]
    order = await tamara.order(order_id)
    by_guide = await tamara.http.get(f"/merchants/orders/{order_id}")
    by_reference = await tamara.http.get("/merchants/orders/reference-id/a%2Fb%20c%25")
    assert by_guide.json() == by_reference.json() == order


async def test_a_reference_with_a_slash_needs_no_encoding(tamara: TamaraClient) -> None:
    made = await tamara.checkout(reference_id="shop/1")
    answer = await tamara.http.get("/merchants/orders/reference-id/shop/1")
    assert answer.json()["order_id"] == made["order_id"]


@pytest.mark.parametrize(("lookup", "position"), [("newest", 1), ("oldest", 0)])
async def test_a_repeated_reference_is_ambiguous(
    tamara: TamaraClient, lookup: str, position: int
) -> None:
    await tamara.settings(reference_lookup=lookup)
    made = [await tamara.checkout(reference_id="order-1") for _ in range(2)]
    answer = await tamara.http.get("/merchants/orders/reference-id/order-1")
    assert answer.json()["order_id"] == made[position]["order_id"]


async def test_a_repeated_reference_is_refused_if_so_set(tamara: TamaraClient) -> None:
    await tamara.settings(repeated_order_reference="refuse")
    await tamara.checkout(reference_id="order-1")
    answer = await tamara.http.post("/checkout", json=checkout_body(reference_id="order-1"))
    assert (answer.status_code, error_code(answer)) == (400, "order_reference_id_exists")


async def test_an_order_can_be_given_another_reference(tamara: TamaraClient) -> None:
    order_id = (await tamara.checkout(reference_id="order-1"))["order_id"]
    body = {"order_reference_id": "order-2"}
    answer = await tamara.http.put(f"/orders/{order_id}/reference-id", json=body)
    assert answer.json() == {"message": "Order reference id was updated successfully"}
    found = await tamara.http.get("/merchants/orders/reference-id/order-2")
    assert (found.json()["order_id"], found.json()["order_number"]) == (order_id, "order-1")
    gone = await tamara.http.get("/merchants/orders/reference-id/order-1")
    assert gone.status_code == 404
    assert (await tamara.account(order_id))["reference_id"] == "order-2"


async def test_the_body_that_the_official_client_sends_with_a_get_does_no_harm(
    tamara: TamaraClient,
) -> None:
    order_id = (await tamara.checkout())["order_id"]
    answer = await tamara.http.request("GET", f"/merchants/orders/{order_id}", content=b"[]")
    assert (answer.status_code, answer.json()["status"]) == (200, "new")


@pytest.mark.parametrize("body", [None, b"", b"[]", b"{}", b'{"order_id":"any"}'])
async def test_authorise_takes_any_body(tamara: TamaraClient, body: bytes | None) -> None:
    order_id = await tamara.approved(amount=149.5)
    answer = await tamara.http.post(f"/orders/{order_id}/authorise", content=body)
    document = answer.json()
    assert answer.status_code == 200
    assert document.pop("order_expiry_time")
    assert document == {
        "order_id": order_id,
        "status": "authorised",
        "payment_type": "PAY_BY_INSTALMENTS",
        "auto_captured": False,
        "authorized_amount": money(149.5),
        "capture_id": "",
    }


async def test_an_order_is_authorised_once(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    answer = await tamara.authorise(order_id)
    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {
            "error_code": "transition_not_allowed",
            "data": {"old_state": "authorised", "new_state": "authorised"},
        }
    ]
    assert await tamara.entries(order_id) == [("created", 0, "api"), ("authorized", 10000, "api")]


async def test_nothing_is_held_by_the_approval_alone(tamara: TamaraClient) -> None:
    order_id = await tamara.approved()
    assert (await tamara.order(order_id))["status"] == "approved"
    assert (await tamara.account(order_id))["authorized_minor"] == 0


async def test_capturing_on_authorise_is_a_merchants_option(tamara: TamaraClient) -> None:
    await tamara.settings(capture_on_authorise=True)
    order_id = await tamara.approved()
    document = (await tamara.authorise(order_id)).json()
    assert (document["status"], document["auto_captured"]) == ("fully_captured", True)
    captures = (await tamara.order(order_id))["transactions"]["captures"]
    assert [capture["capture_id"] for capture in captures] == [document["capture_id"]]
    assert (await tamara.entries(order_id))[1:] == [
        ("authorized", 10000, "api"),
        ("captured", 10000, "auto"),
    ]


async def test_an_order_can_be_authorised_and_captured_with_no_call(tamara: TamaraClient) -> None:
    await tamara.settings(auto_authorise=True)
    order_id = await tamara.approved()
    assert (await tamara.order(order_id))["status"] == "fully_captured"
    assert (await tamara.authorise(order_id)).status_code == 409
    assert (await tamara.entries(order_id))[1:] == [
        ("authorized", 10000, "auto"),
        ("captured", 10000, "auto"),
    ]


async def test_posts_may_answer_201(tamara: TamaraClient) -> None:
    await tamara.settings(success_status=201)
    answer = await tamara.http.post("/checkout", json=checkout_body())
    assert answer.status_code == 201
    assert (await tamara.http.get(f"/orders/{answer.json()['order_id']}")).status_code == 200
