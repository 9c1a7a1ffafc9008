"""What time does, and what the merchant's staff does, gateways/tamara.md sections 2 and 3."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from support.tamara_sandbox import JsonObject, TamaraClient, running_tamara

DAY = 24 * 3600


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


@pytest.mark.parametrize(
    ("seconds", "status"), [(30 * 60 - 60, "new"), (30 * 60, "expired"), (DAY, "expired")]
)
async def test_a_session_lasts_30_minutes(tamara: TamaraClient, seconds: int, status: str) -> None:
    order_id = (await tamara.checkout())["order_id"]
    await tamara.control("advance", seconds=seconds)
    assert (await tamara.order(order_id))["status"] == status


@pytest.mark.parametrize(("is_honoured", "status"), [(False, "new"), (True, "expired")])
async def test_another_lifetime_is_ignored_unless_it_was_enabled(
    tamara: TamaraClient, is_honoured: bool, status: str
) -> None:
    await tamara.settings(honour_expires_in_minutes=is_honoured)
    order_id = (await tamara.checkout(expires_in_minutes=5))["order_id"]
    await tamara.control("advance", seconds=300)
    assert (await tamara.order(order_id))["status"] == status


async def test_an_approval_expires_after_72_hours(tamara: TamaraClient) -> None:
    forgotten, acknowledged = await tamara.approved(), await tamara.authorised()
    await tamara.control("advance", seconds=72 * 3600)
    assert (await tamara.order(forgotten))["status"] == "expired"
    assert (await tamara.order(acknowledged))["status"] == "authorised"
    assert (await tamara.authorise(forgotten)).status_code == 409


@pytest.mark.parametrize("canceled", [0, 40])
async def test_tamara_captures_after_21_days(tamara: TamaraClient, canceled: int) -> None:
    order_id = await tamara.authorised()
    if canceled:
        await tamara.cancel(order_id, canceled)
    await tamara.control("advance", seconds=21 * DAY)
    assert (await tamara.order(order_id))["status"] == "fully_captured"
    rest = ("captured", 10000 - canceled * 100, "auto")
    assert (await tamara.entries(order_id))[-1] == rest


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, "partially_captured"), ({"auto_capture_partly_captured": True}, "fully_captured")],
)
async def test_what_becomes_of_a_partial_capture_after_21_days_is_a_setting(
    tamara: TamaraClient, changes: JsonObject, status: str
) -> None:
    await tamara.settings(**changes)
    order_id = await tamara.captured(40)
    await tamara.control("advance", seconds=21 * DAY)
    assert (await tamara.order(order_id))["status"] == status


async def test_without_auto_capture_an_authorisation_expires_after_90_days(
    tamara: TamaraClient,
) -> None:
    await tamara.settings(auto_capture=False)
    order_id = await tamara.authorised()
    await tamara.control("advance", seconds=89 * DAY)
    assert (await tamara.order(order_id))["status"] == "authorised"
    await tamara.control("advance", seconds=DAY)
    assert (await tamara.order(order_id))["status"] == "expired"
    assert (await tamara.entries(order_id))[-1] == ("expired", 10000, "auto")


async def test_an_approval_may_come_later_than_the_customers_return(tamara: TamaraClient) -> None:
    await tamara.settings(approval_delay_seconds=60)
    order_id = (await tamara.checkout())["order_id"]
    assert (await tamara.act(order_id, "pay"))["status"] == "new"
    await tamara.control("advance", seconds=60)
    assert (await tamara.order(order_id))["status"] == "approved"


async def test_the_merchants_staff_act_in_the_portal(tamara: TamaraClient) -> None:
    order_id = await tamara.approved()
    await tamara.act(order_id, "authorise")
    await tamara.act(order_id, "capture", amount="60")
    await tamara.act(order_id, "capture")
    await tamara.act(order_id, "refund", amount=10, reference_id="refund-1", comment="broken")
    assert (await tamara.act(order_id, "refund"))["status"] == "fully_refunded"
    assert (await tamara.entries(order_id))[1:] == [
        ("authorized", 10000, "dashboard"),
        ("captured", 6000, "dashboard"),
        ("captured", 4000, "dashboard"),
        ("refunded", 1000, "dashboard"),
        ("refunded", 9000, "dashboard"),
    ]


async def test_closing_cancels_what_is_left(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    await tamara.act(order_id, "close", amount="30")
    assert (await tamara.act(order_id, "close"))["status"] == "canceled"
    assert (await tamara.account(order_id))["voided_minor"] == 10000


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("authorise", {}, 409),
        ("refund", {}, 409),
        ("capture", {}, 409),
        ("close", {"amount": "1"}, 409),
        ("dispute", {}, 409),
        ("capture", {"amount": "nothing"}, 409),
        ("capture", {"amount": 1, "currency": "AED"}, 409),
        ("barter", {}, 400),
    ],
)
async def test_an_action_that_the_rules_forbid_says_why(
    tamara: TamaraClient, action: str, body: JsonObject, status: int
) -> None:
    order_id = (await tamara.checkout())["order_id"]
    answer = await tamara.http.post(f"/sandbox/payments/{order_id}/{action}", json=body)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


async def test_what_time_does_is_booked_at_the_time_when_it_was_due(tamara: TamaraClient) -> None:
    order_id = await tamara.authorised()
    await tamara.control("advance", seconds=30 * DAY)
    authorised, captured = (await tamara.account(order_id))["entries"][-2:]
    waited = datetime.fromisoformat(captured["at"]) - datetime.fromisoformat(authorised["at"])
    assert waited == timedelta(days=21)
