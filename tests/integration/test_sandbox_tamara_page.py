"""Tamara's hosted page, as a browser without JavaScript sees it."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from support.tamara_sandbox import (
    DECLINED_PHONE,
    JsonObject,
    TamaraClient,
    checkout_body,
    running_tamara,
)


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


async def code_on(tamara: TamaraClient, made: JsonObject) -> str:
    page = await tamara.http.get(made["checkout_url"])
    match = re.search(r'data-testid="code">([0-9]{4})<', page.text)
    return match[1] if match else ""


async def submit(
    tamara: TamaraClient, made: JsonObject, action: str, otp: str = ""
) -> httpx.Response:
    path = f"/tamara/checkout/{made['checkout_id']}"
    return await tamara.http.post(path, data={"action": action, "otp": otp})


async def status_of(tamara: TamaraClient, made: JsonObject) -> str:
    status: str = (await tamara.order(made["order_id"]))["status"]
    return status


async def test_the_page_shows_what_is_paid_and_says_it_is_a_sandbox(tamara: TamaraClient) -> None:
    made = await tamara.checkout(amount="149.50", reference_id="order-1")
    page = await tamara.http.get(made["checkout_url"])
    assert page.headers["Content-Security-Policy"] == "default-src 'self'"
    for text in ("Sandbox", "149.50", "SAR", "order-1", 'id="otp"', "49.84", "966544337866"):
        assert text in page.text
    for action in ("pay", "decline", "cancel"):
        assert f'name="action" value="{action}"' in page.text


async def test_the_page_escapes_what_the_shop_sends(tamara: TamaraClient) -> None:
    hostile = '"><script>alert(1)</script>'
    item = checkout_body()["items"][0] | {"name": hostile}
    made = await tamara.checkout(reference_id=hostile, items=[item])
    page = await tamara.http.get(made["checkout_url"])
    assert "<script>" not in page.text
    assert page.text.count("&lt;script&gt;") == 2


@pytest.mark.parametrize(
    "phone",
    [
        DECLINED_PHONE,
        f"0{DECLINED_PHONE}",
        f"966{DECLINED_PHONE}",
        f"+966 {DECLINED_PHONE}",
        f"+971{DECLINED_PHONE}",
    ],
)
async def test_the_test_customer_is_declined_in_any_form_of_the_number(
    tamara: TamaraClient, phone: str
) -> None:
    made = await tamara.checkout(phone=phone)
    answer = await submit(tamara, made, "pay", await code_on(tamara, made))
    order_id = made["order_id"]
    expected = f"https://shop.example.com/failure?paymentStatus=declined&orderId={order_id}"
    assert (answer.status_code, answer.headers["Location"]) == (303, expected)
    assert await status_of(tamara, made) == "declined"
    assert await tamara.entries(order_id) == [("created", 0, "api"), ("rejected", 0, "customer")]


@pytest.mark.parametrize(
    ("action", "location", "payment_status", "status"),
    [
        ("pay", "https://shop.example.com/return?order=1&", "approved", "approved"),
        ("decline", "https://shop.example.com/failure?", "declined", "declined"),
        ("cancel", "https://shop.example.com/cancel?", "canceled", "expired"),
    ],
)
async def test_each_button_leads_back_to_the_shop(
    tamara: TamaraClient, action: str, location: str, payment_status: str, status: str
) -> None:
    made = await tamara.checkout(phone="544337866")
    answer = await submit(tamara, made, action, await code_on(tamara, made))
    assert answer.status_code == 303
    assert answer.headers["Location"] == (
        f"{location}paymentStatus={payment_status}&orderId={made['order_id']}"
    )
    assert await status_of(tamara, made) == status


async def test_a_cancelled_session_may_stay_open_if_so_set(tamara: TamaraClient) -> None:
    await tamara.settings(customer_cancel="stay_new")
    made = await tamara.checkout()
    assert "paymentStatus=canceled" in (await submit(tamara, made, "cancel")).headers["Location"]
    assert await status_of(tamara, made) == "new"
    await tamara.act(made["order_id"], "pay")
    assert await status_of(tamara, made) == "approved"


async def test_the_second_question_mark_that_was_seen_once_can_be_had(
    tamara: TamaraClient,
) -> None:
    await tamara.settings(redirect_form="second_question_mark")
    urls = checkout_body()["merchant_url"] | {"cancel": "https://shop.example.com/#/cancel"}
    made = await tamara.checkout(merchant_url=urls)
    assert (await submit(tamara, made, "cancel")).headers["Location"] == (
        f"https://shop.example.com/#/cancel?paymentStatus=canceled?orderId={made['order_id']}"
    )


async def test_a_wrong_code_stays_on_the_page(tamara: TamaraClient) -> None:
    made = await tamara.checkout()
    answer = await submit(tamara, made, "pay", otp="none")
    assert answer.status_code == 422
    assert "That code is not right" in answer.text
    assert await status_of(tamara, made) == "new"


async def test_each_session_has_a_code_of_its_own(tamara: TamaraClient) -> None:
    made = [await tamara.checkout() for _ in range(5)]
    assert len({await code_on(tamara, one) for one in made}) > 1


async def test_an_expired_session_says_so_and_takes_no_payment(tamara: TamaraClient) -> None:
    made = await tamara.checkout()
    code = await code_on(tamara, made)
    await tamara.control("advance", seconds=30 * 60)
    page = await tamara.http.get(made["checkout_url"])
    assert "This session has expired" in page.text
    link = f"https://shop.example.com/failure?paymentStatus=expired&amp;orderId={made['order_id']}"
    assert link in page.text
    assert (await submit(tamara, made, "pay", code)).status_code == 409
    assert await status_of(tamara, made) == "expired"


async def test_a_session_is_paid_once(tamara: TamaraClient) -> None:
    made = await tamara.checkout()
    await submit(tamara, made, "pay", await code_on(tamara, made))
    again = await submit(tamara, made, "cancel")
    assert (again.status_code, "This order is approved" in again.text) == (409, True)
    assert await status_of(tamara, made) == "approved"


async def test_an_unknown_session_has_a_page_and_an_unknown_action_none(
    tamara: TamaraClient,
) -> None:
    answer = await tamara.http.get("/tamara/checkout/none")
    assert (answer.status_code, "There is no such session" in answer.text) == (404, True)
    made = await tamara.checkout()
    assert (await submit(tamara, made, "steal")).status_code == 400


async def test_the_dashboard_acts_and_shows_refusals(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised(reference_id="order-1")
    path = f"/dashboard/payments/{order_id}"
    assert (await tamara.http.post(f"{path}/capture", data={"amount": "40"})).status_code == 303
    refused = await tamara.http.post(f"{path}/close", data={"amount": ""})
    assert refused.status_code == 409
    assert "transition_not_allowed" in refused.text
    assert "order-1" in refused.text
    assert (await tamara.entries(order_id))[-1] == ("captured", 4000, "dashboard")
