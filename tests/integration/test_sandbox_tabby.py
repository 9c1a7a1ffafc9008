"""Tabby's API as gateways/tabby.md describes it, over real HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.running_sandbox import (
    PUBLIC_KEY,
    SECRET_KEY,
    SandboxClient,
    checkout_body,
    gather_all,
    running_sandbox,
)

UNKNOWN_ID = "00000000-0000-4000-8000-00000000ffff"
OTHER_SECRET = "sk_test_00000000-0000-4000-8000-000000000002"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


async def test_a_session_names_its_payment_and_where_to_pay(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout(amount="730.33")
    assert (session["status"], session["payment"]["status"]) == ("created", "CREATED")
    assert session["payment"]["amount"] == "730.33"
    assert session["id"] != session["payment"]["id"]
    product = session["configuration"]["available_products"]["installments"][0]
    assert product["web_url"].startswith(f"{sandbox.http.base_url}/tabby/checkout?sessionId=")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [("100.00", "100"), ("100", "100"), (880.0, "880"), ("0.50", "0.5"), (7, "7")],
)
async def test_amounts_come_back_normalised(
    sandbox: SandboxClient, sent: Any, answered: str
) -> None:
    assert (await sandbox.checkout(amount=sent))["payment"]["amount"] == answered


async def test_a_rejection_is_a_200_with_its_reason(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout(phone="+971500000002")
    assert session["status"] == "rejected"
    assert session["configuration"]["available_products"] == {}
    product = session["configuration"]["products"]["installments"]
    assert (product["is_available"], product["rejection_reason"]) == (False, "not_available")


async def test_each_checkout_makes_another_payment(sandbox: SandboxClient) -> None:
    first = await sandbox.checkout(reference_id="order-1")
    second = await sandbox.checkout(reference_id="order-1")
    assert first["payment"]["id"] != second["payment"]["id"]


async def test_the_public_key_opens_sessions_and_nothing_else(sandbox: SandboxClient) -> None:
    headers = {"Authorization": f"Bearer {PUBLIC_KEY}"}
    created = await sandbox.http.post("/api/v2/checkout", json=checkout_body(), headers=headers)
    payment = f"/api/v2/payments/{created.json()['payment']['id']}"
    assert (await sandbox.http.get(payment, headers=headers)).status_code == 401
    assert (await sandbox.http.post(f"{payment}/close", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("", None),
        (f"Basic {SECRET_KEY}", "missing Bearer scheme"),
        ("Bearer sk_test_1", "invalid secret key"),
        (f"Bearer {OTHER_SECRET}", "auth: provided key doesn't exist"),
    ],
)
async def test_wrong_credentials_are_401(
    sandbox: SandboxClient, header: str, text: str | None
) -> None:
    answer = await sandbox.http.get("/api/v2/payments", headers={"Authorization": header})
    expected = {"status": "error", "errorType": "not_authorized"}
    assert answer.status_code == 401
    assert answer.json() == (expected if text is None else expected | {"error": text})


@pytest.mark.parametrize(
    ("changes", "status", "error_type", "text"),
    [
        (
            {"currency": "SAR"},
            400,
            "bad_data",
            "could not create payment: only 'AED' is supported, but got 'SAR'",
        ),
        ({"merchant_code": "XX"}, 401, "not_authorized", "merchant is null"),
        ({"currency": "USD"}, 400, "bad_data", "could not decode request"),
        ({"amount": "100.001"}, 400, "bad_data", "could not decode request"),
        ({"amount": "0"}, 400, "bad_data", "could not decode request"),
        ({"amount": None}, 400, "bad_data", "could not decode request"),
    ],
)
async def test_a_wrong_checkout_is_refused_in_tabbys_words(
    sandbox: SandboxClient, changes: dict[str, Any], status: int, error_type: str, text: str
) -> None:
    answer = await sandbox.http.post("/api/v2/checkout", json=checkout_body(**changes))
    assert answer.status_code == status
    assert answer.json() == {"status": "error", "errorType": error_type, "error": text}


@pytest.mark.parametrize(
    ("method", "path", "status", "error_type", "text"),
    [
        ("GET", "/api/v2/payments/no-uuid", 400, "bad_data", "invalid payment id"),
        ("PUT", "/api/v2/payments/no-uuid", 400, "bad_data", "invalid payment id"),
        ("GET", f"/api/v2/payments/{UNKNOWN_ID}", 404, "not_found", "no such payment"),
        ("POST", f"/api/v2/payments/{UNKNOWN_ID}/captures", 404, "not_found", "no such payment"),
        ("GET", "/api/v2/payments?limit=x", 400, "bad_data", "failed to decode request"),
        ("GET", "/api/v2/payments?limit=21", 400, "bad_data", "failed to decode request"),
        ("GET", "/api/v2/payments?status=paid", 400, "bad_data", "failed to decode request"),
    ],
)
async def test_wrong_calls_are_refused_in_tabbys_words(
    sandbox: SandboxClient, method: str, path: str, status: int, error_type: str, text: str
) -> None:
    answer = await sandbox.http.request(method, path)
    assert answer.status_code == status
    assert answer.json() == {"status": "error", "errorType": error_type, "error": text}


async def test_an_unknown_route_is_plain_text(sandbox: SandboxClient) -> None:
    answer = await sandbox.http.get("/api/v2/webhooks")
    assert (answer.status_code, answer.text) == (404, "404 page not found")


async def test_a_session_id_is_no_payment_id(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout()
    answer = await sandbox.http.get(f"/api/v2/payments/{session['id']}")
    assert answer.status_code == 404


async def test_one_merchant_cannot_see_the_payments_of_another(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control(
        "tabby/merchants",
        secret_key=OTHER_SECRET,
        public_key=OTHER_SECRET.replace("sk_", "pk_"),
        merchant_codes={"AE": "AED"},
    )
    headers = {"Authorization": f"Bearer {OTHER_SECRET}"}
    answer = await sandbox.http.get(f"/api/v2/payments/{payment_id}", headers=headers)
    assert answer.status_code == 404
    listed = (await sandbox.http.get("/api/v2/payments", headers=headers)).json()
    assert listed["payments"] is None


async def test_a_full_capture_closes_and_can_be_refunded(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized(amount="41.250", currency="KWD", merchant_code="KW")
    captured = (await sandbox.call(payment_id, "captures", "41.25", "capture-1")).json()
    assert (captured["status"], captured["captures"][0]["amount"]) == ("CLOSED", "41.25")
    refunded = (await sandbox.call(payment_id, "refunds", "0.001", "refund-1")).json()
    assert (refunded["id"], refunded["refunds"][0]["amount"]) == (payment_id, "0.001")
    account = await sandbox.account(payment_id)
    assert (account["captured_minor"], account["refunded_minor"]) == (41250, 1)


async def test_concurrent_captures_never_take_more_than_was_authorized(
    sandbox: SandboxClient,
) -> None:
    payment_id = await sandbox.authorized(amount="100")
    answers = await gather_all(
        sandbox.call(payment_id, "captures", "30", f"capture-{number}") for number in range(10)
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [400] * 7
    assert (await sandbox.account(payment_id))["captured_minor"] == 9000


async def test_concurrent_repeats_of_one_capture_take_the_money_once(
    sandbox: SandboxClient,
) -> None:
    payment_id = await sandbox.authorized(amount="100")
    answers = await gather_all(
        sandbox.call(payment_id, "captures", "100", "capture-1") for _ in range(10)
    )
    assert {answer.status_code for answer in answers} == {200}
    account = await sandbox.account(payment_id)
    assert account["captured_minor"] == 10000
    calls = [item["count"] for item in account["requests"] if item["operation"] == "capture"]
    assert calls == [10]


async def test_the_list_filters_and_pages_newest_first(sandbox: SandboxClient) -> None:
    ids = [await sandbox.authorized() for _ in range(3)]
    await sandbox.call(ids[0], "close")
    await sandbox.checkout()
    listed = (await sandbox.http.get("/api/v2/payments?limit=2&offset=1")).json()
    assert [payment["id"] for payment in listed["payments"]] == [ids[1], ids[0]]
    assert listed["pagination"] == {"limit": 2, "offset": 1, "total_count": 3}
    cancelled = (await sandbox.http.get("/api/v2/payments?status=cancelled")).json()
    assert [payment["id"] for payment in cancelled["payments"]] == [ids[0]]
    past = (await sandbox.http.get("/api/v2/payments?offset=9")).json()
    assert past["payments"] is None


async def test_an_untouched_payment_expires_after_half_an_hour(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout()
    await sandbox.control("advance", seconds=21 * 60)
    over = (await sandbox.http.get(f"/api/v2/checkout/{session['id']}")).json()
    assert (over["status"], over["payment"]["status"]) == ("expired", "CREATED")
    await sandbox.control("advance", seconds=10 * 60)
    assert (await sandbox.payment(session["payment"]["id"]))["status"] == "EXPIRED"


async def test_a_cancelled_session_expires_its_payment(sandbox: SandboxClient) -> None:
    session = await sandbox.checkout()
    answer = await sandbox.http.post(f"/api/v2/checkout/{session['id']}/cancel")
    assert (answer.json()["status"], answer.json()["payment"]["status"]) == ("expired", "EXPIRED")


async def test_what_is_authorized_is_captured_after_21_days(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized(amount="100")
    await sandbox.call(payment_id, "captures", "30", "capture-1")
    await sandbox.control("advance", seconds=21 * 24 * 3600 + 1)
    assert (await sandbox.payment(payment_id))["status"] == "CLOSED"
    account = await sandbox.account(payment_id)
    assert account["captured_minor"] == 10000
    assert account["entries"][-1]["origin"] == "auto"


async def test_the_order_reference_can_be_changed(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized()
    body = {"order": {"reference_id": "order-new"}, "amount": "1"}
    changed = (await sandbox.http.put(f"/api/v2/payments/{payment_id}", json=body)).json()
    assert (changed["order"]["reference_id"], changed["amount"]) == ("order-new", "100")


async def test_a_disputed_payment_cannot_be_refunded(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.call(payment_id, "captures", "100", "capture-1")
    await sandbox.control(f"payments/{payment_id}/dispute")
    answer = await sandbox.call(payment_id, "refunds", "1", "refund-1")
    expected = {"status": "error", "errorType": "conflict", "error": "payment is disputed"}
    assert (answer.status_code, answer.json()) == (409, expected)


async def test_a_repeat_can_be_set_to_be_refused(sandbox: SandboxClient) -> None:
    await sandbox.settings(replay_answer="bad_data")
    payment_id = await sandbox.authorized()
    await sandbox.call(payment_id, "captures", "100", "capture-1")
    again = await sandbox.call(payment_id, "captures", "100", "capture-1")
    assert again.status_code == 400
    assert again.json()["error"] == "could not capture not authorized payments"


async def test_limits_answer_429_only_when_enforced(sandbox: SandboxClient) -> None:
    await sandbox.settings(enforce_rate_limits=True, sessions_per_ten_seconds=2)
    answers = [await sandbox.http.post("/api/v2/checkout", json=checkout_body()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    await sandbox.control("advance", seconds=10)
    again = await sandbox.http.post("/api/v2/checkout", json=checkout_body())
    assert again.status_code == 200


async def test_reset_forgets_payments_time_and_settings(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.settings(expire_webhooks=True)
    later = await sandbox.control("advance", seconds=3600)
    await sandbox.control("reset")
    assert (await sandbox.control("advance", seconds=0))["now"] < later["now"]
    assert (await sandbox.http.get(f"/api/v2/payments/{payment_id}")).status_code == 404
    assert (await sandbox.http.get("/sandbox/ledger")).json()["payments"] == []
    settings = (await sandbox.http.get("/sandbox/tabby/settings")).json()
    assert settings["expire_webhooks"] is False


@pytest.mark.parametrize("action", ["pay", "decline", "cancel"])
async def test_customers_cannot_act_on_what_is_over(sandbox: SandboxClient, action: str) -> None:
    paid = await sandbox.authorized()
    late = (await sandbox.checkout())["payment"]["id"]
    rejected = (await sandbox.checkout(phone="+971500000002"))["payment"]["id"]
    await sandbox.control("advance", seconds=20 * 60)
    for payment_id, status in ((paid, "AUTHORIZED"), (late, "CREATED"), (rejected, "CREATED")):
        answer = await sandbox.http.post(f"/sandbox/payments/{payment_id}/{action}")
        assert answer.status_code == 409
        assert (await sandbox.payment(payment_id))["status"] == status
