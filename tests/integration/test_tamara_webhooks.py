"""Registering webhooks with the sandbox's Tamara, and what it then delivers."""

from collections.abc import AsyncIterator

import pytest

from payments_common import strict_json
from payments_common.clock import SystemClock
from payments_common.errors import WebhookRefused
from payments_common.gateways.port import WebhookDelivery, WebhookSecret
from payments_common.gateways.registration import OtherWebhooks
from payments_common.gateways.tamara.webhooks import TamaraWebhooks
from support.local_gateway import Connection, LocalGateway, local_gateway
from support.registering import register, registered
from support.tamara_sandbox import NOTIFICATION_TOKEN
from support.tamara_shop import CONTEXT, Shop, open_shop

SHOP = "http://127.0.0.1:9/webhooks/tamara-ksa"
SECRET = WebhookSecret("current", NOTIFICATION_TOKEN)
SCHEME = TamaraWebhooks()


@pytest.fixture
async def shop(sandbox_url: str) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[LocalGateway]:
    async def acknowledge(connection: Connection) -> None:
        await connection.answer(200, b"", "Connection: close")

    async with local_gateway(acknowledge) as opened:
        yield opened


def deliveries(receiver: LocalGateway) -> list[WebhookDelivery]:
    return [_delivery(raw) for raw in receiver.requests]


def _delivery(raw: bytes) -> WebhookDelivery:
    head, _, body = raw.partition(b"\r\n\r\n")
    target, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    return WebhookDelivery(
        body=body,
        headers=[(name.lower(), value) for name, value in pairs],
        query=target.split(" ")[1].partition("?")[2],
        received_at=SystemClock().now(),
    )


async def test_registering_a_webhook_again_changes_nothing(shop: Shop) -> None:
    first = await register(shop.gateway, SHOP)
    again = await register(shop.gateway, SHOP)
    assert (first[1], again[1]) == (True, False)
    assert first[0] == again[0]


async def test_a_webhook_that_the_plan_missed_is_found_by_creating_it(shop: Shop) -> None:
    (plan,) = await shop.gateway.plan_webhooks(SHOP, others=OtherWebhooks(), context=CONTEXT)
    first = await shop.gateway.carry_out(plan, context=CONTEXT)
    again = await shop.gateway.carry_out(plan, context=CONTEXT)
    assert (first.action, again.action) == ("create", "keep")
    assert first.webhook_id == again.webhook_id


async def test_registrations_of_other_urls_are_deleted_when_asked_for(shop: Shop) -> None:
    await register(shop.gateway, f"{SHOP}/old")
    left = await registered(shop.gateway, SHOP)
    deleted = await registered(shop.gateway, SHOP, delete_others=True)
    assert [step.action for step in left] == ["leave", "create"]
    assert [step.action for step in deleted] == ["keep", "delete"]


@pytest.mark.parametrize("path", ["/hook", "/hook?shop=1&lang=ar"])
async def test_what_tamara_delivers_is_authentic_and_points_at_its_order(
    shop: Shop, receiver: LocalGateway, path: str
) -> None:
    await register(shop.gateway, receiver.url + path)
    payment_id = await shop.captured()
    await shop.refund(payment_id, 5000)
    await shop.sandbox.idle()
    sent = deliveries(receiver)
    keys = {SCHEME.verify(each, [SECRET]).event_key for each in sent}
    hints = [SCHEME.parse(strict_json.loads(each.body)) for each in sent]
    assert len(keys) == len(hints) == 4
    assert {(hint.payment_id, hint.order_reference) for hint in hints if hint} == {
        (payment_id, "order-1")
    }
    assert {"order_approved", "order_refunded, 50 SAR"} < {hint.claims for hint in hints if hint}
    with pytest.raises(WebhookRefused):
        SCHEME.verify(sent[0], [WebhookSecret("other", "other-example")])


@pytest.mark.parametrize("placement", ["header", "query", "both"])
async def test_a_token_in_either_place_is_enough_and_none_is_kept(
    shop: Shop, receiver: LocalGateway, placement: str
) -> None:
    await shop.sandbox.settings("tamara", jwt_placement=placement)
    await register(shop.gateway, f"{receiver.url}/hook")
    await shop.approved()
    await shop.sandbox.idle()
    (sent,) = deliveries(receiver)
    verified = SCHEME.verify(sent, [SECRET])
    assert len([each for each in verified.stored_headers if "token" in each[0]]) == (
        2 if placement == "both" else 1
    )
    stored = WebhookDelivery(
        sent.body, verified.stored_headers, SCHEME.stored_query(sent), sent.received_at
    )
    assert SCHEME.verify_stored(stored, [SECRET]).secret_id == "current"
    with pytest.raises(WebhookRefused):
        SCHEME.verify(stored, [SECRET])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"jwt_alg": "none"}, "token_malformed"),
        ({"jwt_alg": "HS512"}, "token_malformed"),
        ({"jwt_alg": "HS512_in_name_only"}, "token_malformed"),
        ({"jwt_claims": "issuer_only"}, "token_malformed"),
        ({"jwt_issuer": "Evil"}, "issuer_unknown"),
        ({"jwt_lifetime_seconds": -200.0}, "token_expired"),
        ({"clock_skew_seconds": 600.0}, "token_not_yet_valid"),
        ({"clock_skew_seconds": -2000.0}, "token_expired"),
    ],
)
async def test_a_token_that_is_not_as_it_should_be_is_refused(
    shop: Shop, receiver: LocalGateway, changes: dict[str, object], code: str
) -> None:
    await shop.sandbox.settings("tamara", **changes)
    await register(shop.gateway, f"{receiver.url}/hook")
    await shop.approved()
    await shop.sandbox.idle()
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(deliveries(receiver)[0], [SECRET])
    assert caught.value.code == code


@pytest.mark.parametrize("skew_seconds", [-170.0, 170.0])
async def test_clocks_may_disagree_by_less_than_three_minutes(
    shop: Shop, receiver: LocalGateway, skew_seconds: float
) -> None:
    await shop.sandbox.settings("tamara", clock_skew_seconds=skew_seconds)
    await register(shop.gateway, f"{receiver.url}/hook")
    await shop.approved()
    await shop.sandbox.idle()
    assert SCHEME.verify(deliveries(receiver)[0], [SECRET])


@pytest.mark.parametrize("fault", ["forge_header", "unsigned"])
async def test_a_forged_delivery_is_refused(shop: Shop, receiver: LocalGateway, fault: str) -> None:
    await register(shop.gateway, f"{receiver.url}/hook")
    await shop.sandbox.fault("webhook", fault)
    await shop.approved()
    await shop.sandbox.idle()
    with pytest.raises(WebhookRefused):
        SCHEME.verify(deliveries(receiver)[0], [SECRET])


@pytest.mark.parametrize("key", ["order_status", "event_type", "both"])
async def test_the_notification_of_a_session_is_read_with_either_key(
    sandbox_url: str, receiver: LocalGateway, key: str
) -> None:
    url = f"{receiver.url}/hook"
    async with open_shop(sandbox_url, options={"notification": "true"}, webhook_url=url) as shop:
        await shop.sandbox.settings("tamara", notification_key=key)
        payment_id = await shop.approved()
        await shop.sandbox.idle()
    (sent,) = deliveries(receiver)
    assert SCHEME.verify(sent, [SECRET])
    hint = SCHEME.parse(strict_json.loads(sent.body))
    assert hint is not None
    assert (hint.payment_id, "approved" in hint.claims) == (payment_id, True)
