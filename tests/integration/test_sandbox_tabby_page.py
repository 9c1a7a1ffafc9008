"""The hosted page and the dashboard, as a browser without JavaScript sees them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from support.running_sandbox import JsonObject, SandboxClient, checkout_body, running_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


def page_url(session: JsonObject) -> str:
    url: str = session["configuration"]["available_products"]["installments"][0]["web_url"]
    return url


async def submit(
    sandbox: SandboxClient, session: JsonObject, action: str, otp: str = ""
) -> httpx.Response:
    path = f"/tabby/checkout/{session['id']}"
    return await sandbox.http.post(path, data={"action": action, "otp": otp})


async def status_of(sandbox: SandboxClient, session: JsonObject) -> str:
    status: str = (await sandbox.payment(session["payment"]["id"]))["status"]
    return status


async def test_the_page_shows_what_is_paid_and_says_it_is_a_sandbox(
    sandbox: SandboxClient,
) -> None:
    page = await sandbox.http.get(page_url(await sandbox.checkout(reference_id="order-1")))
    assert page.headers["Content-Security-Policy"] == "default-src 'self'"
    for text in ("Sandbox", "100.00", "AED", "order-1", 'id="otp"', "25.00"):
        assert text in page.text
    for action in ("pay", "decline", "cancel"):
        assert f'name="action" value="{action}"' in page.text


async def test_the_page_escapes_what_the_shop_sends(sandbox: SandboxClient) -> None:
    hostile = '"><script>alert(1)</script>'
    order = {"reference_id": hostile, "items": [{"title": hostile, "quantity": 1}]}
    page = await sandbox.http.get(page_url(await sandbox.checkout(order=order)))
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in (await sandbox.http.get("/dashboard")).text


@pytest.mark.parametrize(
    ("action", "email", "location", "status"),
    [
        ("pay", "otp.success@tabby.ai", "https://shop.example.com/return?order=1&", "AUTHORIZED"),
        ("pay", "otp.rejected@tabby.ai", "https://shop.example.com/failure?", "REJECTED"),
        ("decline", "otp.success@tabby.ai", "https://shop.example.com/failure?", "REJECTED"),
        ("cancel", "otp.success@tabby.ai", "https://shop.example.com/cancel?", "EXPIRED"),
    ],
)
async def test_each_button_leads_back_to_the_shop(
    sandbox: SandboxClient, action: str, email: str, location: str, status: str
) -> None:
    session = await sandbox.checkout(email=email)
    answer = await submit(sandbox, session, action, otp="8888")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{location}payment_id={session['payment']['id']}"
    assert await status_of(sandbox, session) == status


async def test_a_wrong_code_stays_on_the_page(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout()
    answer = await submit(sandbox, session, "pay", otp="1234")
    assert answer.status_code == 422
    assert "That code is not right" in answer.text
    assert await status_of(sandbox, session) == "CREATED"


async def test_an_expired_session_says_so_and_takes_no_payment(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout()
    await sandbox.control("advance", seconds=20 * 60)
    assert "This session has expired" in (await sandbox.http.get(page_url(session))).text
    answer = await submit(sandbox, session, "pay", otp="8888")
    assert answer.status_code == 409
    assert await status_of(sandbox, session) == "CREATED"


async def test_a_session_is_paid_once(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout()
    await submit(sandbox, session, "pay", otp="8888")
    again = await submit(sandbox, session, "cancel")
    assert again.status_code == 409
    assert "already" in again.text or "approved" in again.text
    assert await status_of(sandbox, session) == "AUTHORIZED"


async def test_a_shop_without_urls_gets_a_page_for_its_customer(sandbox: SandboxClient) -> None:
    body = checkout_body() | {"merchant_urls": None}
    session = (await sandbox.http.post("/api/v2/checkout", json=body)).json()
    answer = await submit(sandbox, session, "pay", otp="8888")
    assert (answer.status_code, "This payment is approved" in answer.text) == (200, True)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/relative", "https://a\r\nX: y"])
async def test_a_url_that_browsers_must_not_follow_is_refused(
    sandbox: SandboxClient, url: str
) -> None:
    body = checkout_body() | {"merchant_urls": {"success": url}}
    answer = await sandbox.http.post("/api/v2/checkout", json=body)
    assert answer.status_code == 400


async def test_an_unknown_session_has_a_page(sandbox: SandboxClient) -> None:
    answer = await sandbox.http.get("/tabby/checkout?sessionId=none")
    assert answer.status_code == 404
    assert "There is no such session" in answer.text


async def test_the_dashboard_acts_and_shows_refusals(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized(reference_id="order-1")
    path = f"/dashboard/payments/{payment_id}"
    assert (await sandbox.http.post(f"{path}/capture", data={"amount": "40"})).status_code == 303
    refused = await sandbox.http.post(f"{path}/refund", data={"amount": ""})
    assert refused.status_code == 409
    assert "can not refund payment" in refused.text
    assert "order-1" in refused.text
    account = await sandbox.account(payment_id)
    assert account["entries"][-1]["origin"] == "dashboard"
    assert account["captured_minor"] == 4000
