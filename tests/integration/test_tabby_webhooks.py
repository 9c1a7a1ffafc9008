"""Registering webhooks with the sandbox, and what it then delivers."""

import pytest
from pydantic import SecretStr

from payments_common import strict_json
from payments_common.clock import SystemClock
from payments_common.errors import GatewayRefusal, WebhookRefused
from payments_common.gateways.port import WebhookDelivery, WebhookSecret
from payments_common.gateways.registry import open_gateway, webhook_scheme_of
from support.api_calls import KeptApiCalls
from support.local_gateway import Connection, local_gateway
from support.registering import register
from support.tabby_payloads import WEBHOOK_SECRET, tabby_account
from support.tabby_shop import Shop

SHOP = "http://127.0.0.1:9/webhooks/tabby-ksa"


async def test_registering_a_webhook_again_changes_nothing(shop: Shop) -> None:
    first = await register(shop.gateway, SHOP)
    again = await register(shop.gateway, SHOP)
    assert (first[1], again[1]) == (True, False)
    assert first[0] == again[0]


async def test_what_tabby_delivers_is_authentic_and_points_at_its_payment(shop: Shop) -> None:
    async def acknowledge(connection: Connection) -> None:
        await connection.answer(200, b"", "Connection: close")

    async with local_gateway(acknowledge) as receiver:
        await register(shop.gateway, f"{receiver.url}/webhooks")
        payment_id = await shop.captured()
        await shop.sandbox.idle()
    deliveries = [_delivery(raw) for raw in receiver.requests]
    scheme = webhook_scheme_of(tabby_account(credentials={}))
    keys = {scheme.verify(each, [WEBHOOK_SECRET]).event_key for each in deliveries}
    hints = [scheme.parse(strict_json.loads(each.body)) for each in deliveries]
    assert len(keys) == len(hints) == 3
    assert {(hint.payment_id, hint.order_reference) for hint in hints if hint} == {
        (payment_id, "order-1")
    }
    assert "authorized, 150 SAR" in {hint.claims for hint in hints if hint}
    with pytest.raises(WebhookRefused):
        scheme.verify(deliveries[0], [WebhookSecret("other", "other-example")])


def _delivery(raw: bytes) -> WebhookDelivery:
    head, _, body = raw.partition(b"\r\n\r\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return WebhookDelivery(
        body=body,
        headers=[(name.lower(), value) for name, value in pairs],
        query="",
        received_at=SystemClock().now(),
    )


async def test_a_rotated_webhook_secret_updates_the_registration(
    shop: Shop, sandbox_url: str
) -> None:
    first = await register(shop.gateway, SHOP)
    account = tabby_account(sandbox_url, webhook_secrets={"next": SecretStr("rotated-example")})
    rotated = open_gateway(account, clock=SystemClock(), api_calls=KeptApiCalls())
    second = await register(rotated, SHOP)
    third = await register(rotated, SHOP)
    await rotated.close()
    assert (second, third) == ((first[0], True), (first[0], False))


async def test_a_fifth_webhook_names_the_four_that_are_there(shop: Shop) -> None:
    for number in range(4):
        await register(shop.gateway, f"{SHOP}/{number}")
    with pytest.raises(GatewayRefusal, match=f"{SHOP}/3"):
        await register(shop.gateway, SHOP)
