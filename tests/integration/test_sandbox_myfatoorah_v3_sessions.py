"""Embedded sessions of MyFatoorah's API V3, gateways/myfatoorah.md section 2.5."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from support.myfatoorah_sandbox import SAU_KEY, MyFatoorahShop, running_shop
from support.running_sandbox import JsonObject

ORDER = {"Amount": 10.5, "ExternalIdentifier": "order-1"}


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def call(shop: MyFatoorahShop, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {shop.api_key}"}
    return await shop.sandbox.http.request(method, f"/v3/{path}", json=body, headers=headers)


async def session(shop: MyFatoorahShop, **changes: Any) -> JsonObject:
    body = {"PaymentMode": "COLLECT_DETAILS", "Order": ORDER} | changes
    answer = await call(shop, "POST", "sessions", body)
    assert answer.status_code == 201, answer.text
    data: JsonObject = answer.json()["Data"]
    return data


async def pay_with(shop: MyFatoorahShop, session_id: str) -> httpx.Response:
    body = {"Order": ORDER, "SourceOfFund": {"SessionId": session_id}}
    return await call(shop, "POST", "payments", body)


async def test_a_session_is_created_for_an_order(shop: MyFatoorahShop) -> None:
    data = await session(shop, Customer={"Reference": "customer-1"})
    assert data["SessionId"].startswith("KWT-")
    assert data["SessionExpiry"].endswith("+00:00")
    assert data["EncryptionKey"]
    assert (data["OperationType"], data["Order"]) == ("PAY", ORDER | {"Currency": "KWD"})
    assert data["Customer"] == {"Reference": "customer-1", "Cards": []}


async def test_a_session_without_a_mode_completes_the_payment_itself(shop: MyFatoorahShop) -> None:
    """The PHP library's own test leaves the mode out."""
    data = await session(shop, PaymentMode=None)
    assert (await pay_with(shop, data["SessionId"])).status_code == 400


async def test_a_new_session_is_read_back_as_unused(shop: MyFatoorahShop) -> None:
    created = await session(shop)
    data = (await call(shop, "GET", f"sessions/{created['SessionId']}")).json()["Data"]
    assert data == {
        "SessionExpiry": created["SessionExpiry"],
        "IsUsed": False,
        "OperationType": "PAY",
        "Order": ORDER | {"Currency": "KWD"},
        "Customer": {"Reference": None},
        "Card": None,
        "TransactionResult": None,
    }


async def test_a_session_pays_once_and_then_knows_the_result(shop: MyFatoorahShop) -> None:
    session_id = (await session(shop))["SessionId"]
    created = (await pay_with(shop, session_id)).json()["Data"]
    assert f"sessionId={session_id}" in created["PaymentURL"]
    assert created["PaymentId"] is None
    await shop.act(int(created["InvoiceId"]), "pay")
    data = (await call(shop, "GET", f"sessions/{session_id}")).json()["Data"]
    assert data["IsUsed"] is True
    assert data["TransactionResult"]["Transaction"]["Status"] == "SUCCESS"
    assert (await pay_with(shop, session_id)).status_code == 400


async def test_a_session_that_authorizes_holds_the_funds(shop: MyFatoorahShop) -> None:
    session_id = (await session(shop, OperationType="AUTHORIZE"))["SessionId"]
    created = (await pay_with(shop, session_id)).json()["Data"]
    await shop.act(int(created["InvoiceId"]), "pay")
    account = await shop.account(int(created["InvoiceId"]))
    assert (account["authorized_minor"], account["captured_minor"]) == (10500, 0)


async def test_a_session_ends(shop: MyFatoorahShop) -> None:
    session_id = (await session(shop))["SessionId"]
    await shop.sandbox.control("advance", seconds=2 * 3600)
    answer = await pay_with(shop, session_id)
    assert answer.json()["ValidationErrors"][0]["Name"] == "SourceOfFund.SessionId"


async def test_a_session_is_its_merchants_own(shop: MyFatoorahShop) -> None:
    session_id = (await session(shop))["SessionId"]
    other = shop.of(SAU_KEY)
    assert (await call(other, "GET", f"sessions/{session_id}")).status_code == 404
    assert (await pay_with(other, session_id)).status_code == 400


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"Order": None}, "Order.Amount"),
        ({"Order": {"Amount": 0}}, "Order.Amount"),
        ({"PaymentMode": "LATER"}, "PaymentMode"),
        ({"OperationType": "HOLD"}, "OperationType"),
        ({"SessionExpiry": "soon"}, "SessionExpiry"),
    ],
)
async def test_a_wrong_session_is_refused(
    shop: MyFatoorahShop, changes: JsonObject, name: str
) -> None:
    body = {"PaymentMode": "COLLECT_DETAILS", "Order": ORDER} | changes
    answer = await call(shop, "POST", "sessions", body)
    assert answer.status_code == 400
    assert [item["Name"] for item in answer.json()["ValidationErrors"]] == [name]
