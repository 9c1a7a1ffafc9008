"""Registration, tokens and delivery of webhooks, gateways/tamara.md section 5."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.tamara_sandbox import (
    API_TOKEN,
    NOTIFICATION_TOKEN,
    JsonObject,
    NoticeReceiver,
    ReceivedNotice,
    TamaraClient,
    checkout_body,
    money,
    notice_receiver,
    running_tamara,
    token_parts,
)

URL = "https://shop.example.com/hook"


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


@pytest.fixture
async def shop(tamara: TamaraClient) -> AsyncIterator[NoticeReceiver]:
    async with notice_receiver() as receiver:
        await tamara.register(receiver.url)
        yield receiver


def is_signed_with(token: str, secret: str) -> bool:
    unsigned, _, signature = token.rpartition(".")
    expected = hmac.new(secret.encode(), unsigned.encode(), hashlib.sha256).digest()
    return signature == base64.urlsafe_b64encode(expected).rstrip(b"=").decode()


def checkout_with_notification(url: str, **more: Any) -> dict[str, Any]:
    urls = checkout_body()["merchant_url"] | {"notification": url}
    return {"merchant_url": urls, **more}


async def only(tamara: TamaraClient, shop: NoticeReceiver) -> ReceivedNotice:
    await tamara.idle()
    assert len(shop.received) == 1
    return shop.received[0]


async def test_each_step_is_announced_in_the_documented_form(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    order_id = await tamara.authorised(reference_id="order-1", order_number="20417")
    await tamara.cancel(order_id, 10)
    capture = (await tamara.capture(order_id, 90)).json()
    refund = (await tamara.refund(order_id, 49.5)).json()
    await tamara.idle()
    named = {notice.document["event_type"]: notice.document for notice in shop.received}
    names = {"order_id": order_id, "order_reference_id": "order-1", "order_number": "20417"}
    cancels = (await tamara.order(order_id))["transactions"]["cancels"]
    data = {
        "order_approved": [],
        "order_authorised": [],
        "order_canceled": {"cancel_id": cancels[0]["cancel_id"], "canceled_amount": money(10)},
        "order_captured": {"capture_id": capture["capture_id"], "captured_amount": money(90)},
        "order_refunded": {
            "refund_id": refund["refund_id"],
            "capture_id": capture["capture_id"],
            "refunded_amount": money(49.5),
            "comment": "returned",
        },
    }
    assert named == {
        event: {**names, "event_type": event, "data": content} for event, content in data.items()
    }


@pytest.mark.parametrize(
    ("action", "event", "members"),
    [
        ("decline", "order_declined", {"declined_reason", "declined_code", "decline_type"}),
        ("cancel", "order_expired", set()),
        ("expire", "order_expired", set()),
    ],
)
async def test_the_end_of_a_session_is_announced(
    tamara: TamaraClient, shop: NoticeReceiver, action: str, event: str, members: set[str]
) -> None:
    await tamara.act((await tamara.checkout())["order_id"], action)
    document = (await only(tamara, shop)).document
    assert (document["event_type"], set(document["data"])) == (event, members)


async def test_a_token_of_15_minutes_is_in_the_query_and_the_header(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    await tamara.approved()
    notice = await only(tamara, shop)
    assert notice.headers["Authorization"] == f"Bearer {notice.token}"
    header, claims, _ = token_parts(notice.token)
    assert header == {"typ": "JWT", "alg": "HS256"}
    assert list(claims) == ["exp", "iat", "iss"]
    assert (claims["exp"] - claims["iat"], claims["iss"]) == (900, "Tamara")
    assert is_signed_with(notice.token, NOTIFICATION_TOKEN)
    assert not is_signed_with(notice.token, API_TOKEN)


async def test_the_token_joins_the_query_of_a_registered_url(tamara: TamaraClient) -> None:
    async with notice_receiver() as receiver:
        await tamara.register(f"{receiver.url}?shop=1")
        await tamara.approved()
        notice = await only(tamara, receiver)
    assert set(notice.query) == {"shop", "tamaraToken"}


async def test_registered_headers_come_with_each_delivery_and_stay_out_of_the_log(
    tamara: TamaraClient,
) -> None:
    async with notice_receiver() as receiver:
        await tamara.register(receiver.url, headers={"X-Shop-Secret": "example"})
        await tamara.approved()
        notice = await only(tamara, receiver)
    assert notice.headers["X-Shop-Secret"] == "example"
    logged = (await tamara.http.get("/sandbox/deliveries")).json()["deliveries"][0]
    assert logged["headers"]["X-Shop-Secret"] == logged["headers"]["Authorization"] == "[redacted]"
    assert logged["query"] == {"tamaraToken": "[redacted]"}


async def test_a_registered_header_takes_the_place_of_our_own_however_it_is_written(
    tamara: TamaraClient,
) -> None:
    async with notice_receiver() as receiver:
        await tamara.register(receiver.url, headers={"user-agent": "Shop"})
        await tamara.approved()
        notice = await only(tamara, receiver)
    named = [value for name, value in notice.headers.items() if name.lower() == "user-agent"]
    assert named == ["Shop"]


async def test_each_attempt_has_a_token_of_its_own_time(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    await tamara.settings(retry_delays_seconds=[36_000_000])
    shop.statuses = [500]
    await tamara.approved()
    await tamara.waiting()
    await tamara.control("advance", seconds=3600)
    await tamara.idle()
    first, second = (token_parts(notice.token)[1]["iat"] for notice in shop.received)
    assert second - first >= 3600


async def test_a_token_is_made_with_the_secret_of_its_time(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    order_id = await tamara.approved()
    await tamara.idle()
    await tamara.control("tamara/merchants", api_token=API_TOKEN, notification_token="rotated")
    await tamara.authorise(order_id)
    await tamara.idle()
    first, second = (notice.token for notice in shop.received)
    assert is_signed_with(first, NOTIFICATION_TOKEN)
    assert is_signed_with(second, "rotated")
    assert not is_signed_with(second, NOTIFICATION_TOKEN)


@pytest.mark.parametrize(("statuses", "attempts"), [((500, 302), 3), ((204,), 1), ((299,), 1)])
async def test_anything_but_2xx_is_tried_again(
    tamara: TamaraClient, statuses: tuple[int, ...], attempts: int
) -> None:
    async with notice_receiver(*statuses) as receiver:
        await tamara.register(receiver.url)
        await tamara.approved()
        await tamara.idle()
        assert len(receiver.received) == attempts


async def test_a_notice_is_given_up_after_a_few_attempts(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    shop.statuses = [500] * 9
    await tamara.approved()
    await tamara.idle()
    logged = (await tamara.http.get("/sandbox/deliveries")).json()["deliveries"][0]
    assert (logged["state"], len(logged["attempts"])) == ("abandoned", 4)


@pytest.mark.parametrize(
    ("settings", "discriminators"),
    [
        ({"notification_key": "order_status"}, {"order_status": "approved"}),
        (
            {"notification_key": "event_type"},
            {"event_type": "order_approved", "order_number": "order-1"},
        ),
        (
            {},
            {
                "order_status": "approved",
                "event_type": "order_approved",
                "order_number": "order-1",
            },
        ),
    ],
)
async def test_the_notification_url_is_told_of_the_approval_and_nothing_else(
    tamara: TamaraClient, settings: JsonObject, discriminators: dict[str, str]
) -> None:
    await tamara.settings(**settings)
    async with notice_receiver() as receiver:
        order_id = await tamara.captured(
            100, **checkout_with_notification(receiver.url, reference_id="order-1")
        )
        notice = await only(tamara, receiver)
    expected = {"order_id": order_id, "order_reference_id": "order-1", "data": []}
    assert notice.document == {**expected, **discriminators}
    assert is_signed_with(notice.token, NOTIFICATION_TOKEN)


@pytest.mark.parametrize(("as_well", "count"), [(True, 2), (False, 1)])
async def test_whether_both_channels_fire_for_one_approval_is_a_setting(
    tamara: TamaraClient, shop: NoticeReceiver, as_well: bool, count: int
) -> None:
    await tamara.settings(notification_with_webhook=as_well)
    await tamara.approved(**checkout_with_notification(shop.url))
    await tamara.idle()
    assert len(shop.received) == count


async def test_notices_can_be_set_off(tamara: TamaraClient, shop: NoticeReceiver) -> None:
    await tamara.settings(webhooks_enabled=False)
    await tamara.authorised()
    await tamara.idle()
    assert shop.received == []


async def test_an_order_captured_at_once_is_announced_as_captured(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    await tamara.settings(auto_authorise=True)
    await tamara.approved()
    await tamara.idle()
    assert sorted(shop.events()) == ["order_approved", "order_captured"]


async def test_a_fault_puts_the_wrong_amount_into_the_data(
    tamara: TamaraClient, shop: NoticeReceiver
) -> None:
    order_id = await tamara.authorised()
    await tamara.control(
        "faults", operation="webhook", kind="wrong_amount", event="order_captured", amount="7"
    )
    await tamara.capture(order_id, 100)
    await tamara.idle()
    captured = next(notice for notice in shop.received if notice.document["data"])
    assert captured.document["data"]["captured_amount"] == money(7)
    assert (await tamara.account(order_id))["captured_minor"] == 10000


@pytest.mark.parametrize(
    ("kind", "token", "header"),
    [("forge_header", "forged", "forged"), ("unsigned", None, None)],
)
async def test_a_fault_takes_the_proof_of_the_sender_away(
    tamara: TamaraClient, shop: NoticeReceiver, kind: str, token: str | None, header: str | None
) -> None:
    await tamara.control("faults", operation="webhook", kind=kind)
    await tamara.approved()
    notice = await only(tamara, shop)
    assert notice.query.get("tamaraToken") == token
    assert notice.headers.get("Authorization") == header


async def test_an_expired_token_can_be_had(tamara: TamaraClient, shop: NoticeReceiver) -> None:
    await tamara.settings(jwt_lifetime_seconds=-60, clock_skew_seconds=-30.5)
    await tamara.approved()
    claims = token_parts((await only(tamara, shop)).token)[1]
    assert claims["exp"] - claims["iat"] == -60


async def test_only_times_of_tokens_may_be_negative(tamara: TamaraClient) -> None:
    changes = {"session_seconds": -1}
    answer = await tamara.http.patch("/sandbox/tamara/settings", json=changes)
    assert (answer.status_code, "0 to" in answer.json()["error"]) == (400, True)
