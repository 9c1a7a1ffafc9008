"""The demo shop as those who register orders with it see it, and what its pages hold."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway_sandbox.shop.orders import KEPT_LIMIT, ShopOrders, parse_order
from gateway_sandbox.shop.texts import TEXTS
from support.running_sandbox import SandboxClient, running_sandbox

TOKEN = "token-of-lamp-1"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


def document(**changes: Any) -> dict[str, Any]:
    return {
        "order_reference": "LAMP-1",
        "title": "A lamp",
        "amount": "249.00 SAR",
        "checkout_url": "https://checkout.example.com/session",
        "status_url": "https://pay.example.com:8443/status/",
        "status_token": TOKEN,
    } | changes


async def register(sandbox: SandboxClient, **changes: Any) -> str:
    """The order's page."""
    answer = await sandbox.http.post("/shop/orders", json=document(**changes))
    assert answer.status_code == 201, answer.text
    url: str = answer.json()["url"]
    return url


async def test_a_registered_order_is_listed_and_has_a_page_to_pay_from(
    sandbox: SandboxClient,
) -> None:
    url = await register(sandbox)
    assert url == str(sandbox.http.base_url.join("/shop/LAMP-1"))
    page = (await sandbox.http.get(url)).text
    for text in ("A lamp", "249.00 SAR", 'href="https://checkout.example.com/session"'):
        assert text in page
    listed = (await sandbox.http.get("/shop")).text
    assert 'href="/shop/LAMP-1"' in listed
    assert TOKEN not in listed


@pytest.mark.parametrize("place", ["success", "failure", "cancel"])
async def test_the_return_page_is_one_and_tells_nothing_of_the_order(
    sandbox: SandboxClient, place: str
) -> None:
    await register(sandbox)
    page = await sandbox.http.get(f"/shop/LAMP-1/return/{place}?payment_id=x&status=paid")
    plain = await sandbox.http.get("/shop/LAMP-1/return/success")
    assert page.text == plain.text
    for secret in (TOKEN, "A lamp", "249.00", "checkout.example.com"):
        assert secret not in page.text


@pytest.mark.parametrize("path", ["/shop/LAMP-1", "/shop/LAMP-1/return/success"])
async def test_a_page_may_reach_itself_and_the_status_api_only(
    sandbox: SandboxClient, path: str
) -> None:
    await register(sandbox)
    page = await sandbox.http.get(path)
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'self'; connect-src https://pay.example.com:8443; frame-ancestors 'none'"
    )
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count("<script") == page.text.count('<script type="module" src="') == 1


async def test_what_a_service_registers_is_escaped(sandbox: SandboxClient) -> None:
    hostile = '"><script>alert(1)</script>'
    await register(sandbox, title=hostile, amount=hostile, status_token=hostile)
    for path in ("/shop", "/shop/LAMP-1", "/shop/LAMP-1/return/success"):
        assert "<script>" not in (await sandbox.http.get(path)).text


async def test_a_new_session_takes_the_place_of_the_old_one(sandbox: SandboxClient) -> None:
    await register(sandbox)
    url = await register(sandbox, checkout_url="https://checkout.example.com/second")
    page = (await sandbox.http.get(url)).text
    assert "https://checkout.example.com/second" in page
    assert "https://checkout.example.com/session" not in page


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"order_reference": "../x"}, "order_reference"),
        ({"title": ""}, "title"),
        ({"amount": 249.0}, "amount"),
        ({"checkout_url": "javascript:alert(1)"}, "checkout_url"),
        ({"status_url": "https://a.example; script-src *"}, "status_url"),
        ({"status_url": "https://user@a.example"}, "status_url"),
        ({"status_token": None}, "status_token"),
        ({"language": "fr"}, "language"),
        ({"paid": True}, "paid"),
    ],
)
async def test_a_wrong_registration_is_refused_by_name(
    sandbox: SandboxClient, changes: dict[str, Any], named: str
) -> None:
    answer = await sandbox.http.post("/shop/orders", json=document(**changes))
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert "0 of 0 orders" in (await sandbox.http.get("/shop")).text


@pytest.mark.parametrize("path", ["/shop/NONE", "/shop/NONE/return/success"])
async def test_an_unknown_order_has_a_page(sandbox: SandboxClient, path: str) -> None:
    answer = await sandbox.http.get(path)
    assert (answer.status_code, "There is no such order" in answer.text) == (404, True)


async def test_arabic_pages_run_from_right_to_left(sandbox: SandboxClient) -> None:
    await register(sandbox, language="ar")
    for path in ("/shop/LAMP-1", "/shop/LAMP-1/return/success"):
        page = (await sandbox.http.get(path)).text
        assert '<html lang="ar" dir="rtl">' in page
        assert TEXTS["ar"]["confirmed"] in page


def test_both_languages_say_the_same_things() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["ar"])


async def test_a_reset_sandbox_knows_no_orders(sandbox: SandboxClient) -> None:
    url = await register(sandbox)
    await sandbox.control("reset")
    assert (await sandbox.http.get(url)).status_code == 404


def test_only_the_newest_orders_are_kept() -> None:
    orders = ShopOrders()
    for number in range(KEPT_LIMIT + 1):
        orders.put(parse_order(document(order_reference=f"LAMP-{number}")))
    assert orders.get("LAMP-0") is None
    assert len(orders.newest_first()) == KEPT_LIMIT
