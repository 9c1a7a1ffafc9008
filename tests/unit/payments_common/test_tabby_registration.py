"""Our webhook is registered once, however often it is asked for."""

from typing import Any

import httpx
import pytest

from payments_common.clock import SystemClock
from payments_common.errors import GatewayRefusal, Misconfigured
from payments_common.gateways.tabby.client import REDACT, TabbyClient
from payments_common.gateways.tabby.config import read_config
from payments_common.gateways.transport import GatewayTransport
from support.api_calls import KeptApiCalls
from support.scripted_tabby import CONTEXT, Script, no, ok, tabby
from support.tabby_payloads import CAPTURE_ID, WEBHOOK_SECRET, WEBHOOK_URL, tabby_account, webhook


@pytest.mark.parametrize("none", [None, []])
async def test_a_webhook_that_is_absent_is_created(none: Any) -> None:
    script = Script(ok(none), ok(webhook()))
    async with tabby(script) as gateway:
        registered = await gateway.register_webhook(WEBHOOK_URL, context=CONTEXT)
    assert (registered.webhook_id, registered.changed) == (CAPTURE_ID, True)
    assert script.asked == ["GET /api/v1/webhooks", "POST /api/v1/webhooks"]
    assert script.bodies[1] == {
        "url": WEBHOOK_URL,
        "header": {"title": "X-Payments-Webhook", "value": WEBHOOK_SECRET.value},
    }
    assert {headers["x-merchant-code"] for headers in script.headers} == {"SA"}


async def test_a_webhook_that_is_there_is_left_alone() -> None:
    script = Script(ok([webhook("https://shop.example.com/other"), webhook()]))
    async with tabby(script) as gateway:
        registered = await gateway.register_webhook(WEBHOOK_URL, context=CONTEXT)
    assert (registered.url, registered.changed) == (WEBHOOK_URL, False)
    assert len(script.asked) == 1


@pytest.mark.parametrize("listed", [webhook(value="old"), {**webhook(), "header": None}])
async def test_a_webhook_with_another_header_is_updated(listed: Any) -> None:
    script = Script(ok([listed]), ok(webhook()))
    async with tabby(script) as gateway:
        registered = await gateway.register_webhook(WEBHOOK_URL, context=CONTEXT)
    assert registered.changed
    assert script.asked[1] == f"PUT /api/v1/webhooks/{CAPTURE_ID}"
    assert script.bodies[1]["header"]["value"] == WEBHOOK_SECRET.value


async def test_a_fifth_webhook_is_refused_with_the_four_that_are_there() -> None:
    urls = [f"https://shop.example.com/{n}" for n in range(4)]
    script = Script(ok([webhook(url) for url in urls]))
    async with tabby(script) as gateway:
        with pytest.raises(GatewayRefusal, match=", ".join(urls)) as caught:
            await gateway.register_webhook(WEBHOOK_URL, context=CONTEXT)
    assert caught.value.code == "too_many_webhooks"
    assert WEBHOOK_SECRET.value not in str(caught.value)


async def test_without_a_webhook_secret_nothing_is_registered() -> None:
    script = Script()
    async with tabby(script, webhook_secrets={}) as gateway:
        with pytest.raises(Misconfigured, match="tabby-ksa has no webhook secret"):
            await gateway.register_webhook(WEBHOOK_URL, context=CONTEXT)
    assert script.asked == []


@pytest.mark.parametrize("status", [200, 401])
async def test_a_wrong_merchant_code_is_a_refusal_whatever_its_status(status: int) -> None:
    async with tabby(Script(no(status, "not_authorized", "authorization"))) as gateway:
        with pytest.raises(GatewayRefusal, match="not_authorized"):
            await gateway.register_webhook(WEBHOOK_URL, context=CONTEXT)


async def test_a_webhook_can_be_deleted() -> None:
    script, kept = Script(ok({"status": "ok"})), KeptApiCalls()
    account = tabby_account()
    transport = GatewayTransport(
        account,
        clock=SystemClock(),
        api_calls=kept,
        redact=REDACT,
        http_transport=httpx.MockTransport(script),
    )
    client = TabbyClient(transport, config=read_config(account))
    assert (await client.delete_webhook(CAPTURE_ID, context=CONTEXT)).status == 200
    await client.close()
    assert script.asked == [f"DELETE /api/v1/webhooks/{CAPTURE_ID}"]
