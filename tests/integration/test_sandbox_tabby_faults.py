"""How the sandbox misbehaves on order, and that its ledger still tells what really happened."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from support.running_sandbox import SandboxClient, running_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


async def captured_minor(sandbox: SandboxClient, payment_id: str) -> int:
    account = await sandbox.account(payment_id)
    amount_minor: int = account["captured_minor"]
    return amount_minor


@pytest.mark.parametrize(("phase", "expected"), [("before", 0), ("after", 10000)])
async def test_an_error_comes_before_or_after_the_effect(
    sandbox: SandboxClient, phase: str, expected: int
) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control("faults", operation="capture", kind="error", phase=phase, status=503)
    answer = await sandbox.call(payment_id, "captures", "100", "capture-1")
    assert (answer.status_code, answer.text) == (503, "Internal Server error")
    assert await captured_minor(sandbox, payment_id) == expected


@pytest.mark.parametrize(("phase", "expected"), [("before", 0), ("after", 10000)])
async def test_a_connection_is_reset_before_or_after_the_effect(
    sandbox: SandboxClient, phase: str, expected: int
) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control("faults", operation="capture", kind="reset", phase=phase)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await sandbox.call(payment_id, "captures", "100", "capture-1")
    assert await captured_minor(sandbox, payment_id) == expected


@pytest.mark.parametrize(("phase", "expected"), [("before", 0), ("after", 10000)])
async def test_a_request_hangs_before_or_after_the_effect(
    sandbox: SandboxClient, phase: str, expected: int
) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control("faults", operation="capture", kind="hang", phase=phase)
    sandbox.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        await sandbox.call(payment_id, "captures", "100", "capture-1")
    sandbox.http.timeout = httpx.Timeout(20)
    assert await captured_minor(sandbox, payment_id) == expected


async def test_a_delayed_answer_is_late_but_right(sandbox: SandboxClient) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control(
        "faults", operation="get_payment", kind="delay", phase="after", delay_seconds=0.2
    )
    answer = await sandbox.http.get(f"/api/v2/payments/{payment_id}")
    assert answer.json()["status"] == "AUTHORIZED"
    assert answer.elapsed.total_seconds() >= 0.2


async def test_a_proxys_page_can_stand_in_for_the_answer(sandbox: SandboxClient) -> None:
    await sandbox.control("faults", operation="list", kind="html", status=502)
    answer = await sandbox.http.get("/api/v2/payments")
    assert answer.status_code == 502
    assert answer.text.startswith("<!DOCTYPE html>")


async def test_429_can_be_ordered(sandbox: SandboxClient) -> None:
    await sandbox.control("faults", operation="*", kind="rate_limit")
    assert (await sandbox.http.get("/api/v2/payments")).status_code == 429
    assert (await sandbox.http.get("/api/v2/payments")).status_code == 200


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        ({"kind": "wrong_amount", "amount": "1"}, "amount", "1"),
        ({"kind": "wrong_currency", "currency": "SAR"}, "currency", "SAR"),
    ],
)
async def test_an_answer_can_lie_about_money(
    sandbox: SandboxClient, fault: dict[str, str], name: str, value: str
) -> None:
    payment_id = await sandbox.authorized()
    await sandbox.control("faults", operation="get_payment", **fault)
    assert (await sandbox.payment(payment_id))[name] == value
    assert (await sandbox.payment(payment_id))[name] != value


async def test_a_fault_waits_for_the_payment_it_is_for(sandbox: SandboxClient) -> None:
    spared, struck = await sandbox.authorized(), await sandbox.authorized()
    await sandbox.control("faults", operation="close", kind="error", payment_id=struck)
    assert (await sandbox.call(spared, "close")).status_code == 200
    assert (await sandbox.call(struck, "close")).status_code == 500
    assert (await sandbox.call(struck, "close")).status_code == 200


async def test_a_fault_can_be_for_one_order_and_several_requests(sandbox: SandboxClient) -> None:
    await sandbox.control(
        "faults", operation="checkout", kind="error", reference_id="order-1", count=2
    )
    for _ in range(2):
        with pytest.raises(httpx.HTTPStatusError):
            await sandbox.checkout(reference_id="order-1")
    before = (await sandbox.http.get("/sandbox/ledger?reference_id=order-1")).json()
    assert (before["payments"], before["requests"][0]["count"]) == ([], 2)
    await sandbox.checkout(reference_id="order-1")
    ledger = (await sandbox.http.get("/sandbox/ledger?reference_id=order-1")).json()
    assert [item["count"] for item in ledger["payments"][0]["requests"]] == [3]


async def test_a_header_orders_a_fault_for_its_own_request(sandbox: SandboxClient) -> None:
    headers = {"X-Sandbox-Fault": "error;phase=after;status=502"}
    answer = await sandbox.http.get("/api/v2/payments", headers=headers)
    assert answer.status_code == 502


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("faults", {"kind": "explode"}, "kind must be one of"),
        ("faults", {"operation": "capture"}, "needs a kind"),
        ("faults", {"kind": "error", "speed": 1}, "unknown fields ['speed']"),
        ("faults", {"kind": "delay"}, "delay_seconds greater than 0"),
        ("chaos", {"probabilities": {"nothing": 1}}, "unknown ['nothing']"),
        ("chaos", {"probabilities": {"html": 2}}, "from 0 to 1"),
        ("advance", {}, "seconds must be a number"),
        ("tabby/merchants", {"secret_key": "x"}, "secret_key must be"),
    ],
)
async def test_a_wrong_control_call_says_what_is_wrong(
    sandbox: SandboxClient, path: str, body: dict[str, Any], said: str
) -> None:
    answer = await sandbox.http.post(f"/sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


async def test_an_action_that_tabby_forbids_is_refused_with_its_reason(
    sandbox: SandboxClient,
) -> None:
    payment_id = await sandbox.authorized()
    answer = await sandbox.http.post(f"/sandbox/payments/{payment_id}/refund")
    assert answer.status_code == 409
    assert "can not refund payment that has no captures" in answer.json()["error"]
