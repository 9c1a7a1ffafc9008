"""Our webhook is registered once, however often it is asked for."""

from typing import Any

import pytest

from payments_common.errors import GatewayRefusal, Misconfigured
from support.registering import register, registered
from support.scripted_tabby import Script, no, ok, tabby
from support.tabby_payloads import CAPTURE_ID, WEBHOOK_SECRET, WEBHOOK_URL, webhook


@pytest.mark.parametrize("none", [None, []])
async def test_a_webhook_that_is_absent_is_created(none: Any) -> None:
    script = Script(ok(none), ok(webhook()))
    async with tabby(script) as gateway:
        registered = await register(gateway, WEBHOOK_URL)
    assert registered == (CAPTURE_ID, True)
    assert script.asked == ["GET /api/v1/webhooks", "POST /api/v1/webhooks"]
    assert script.bodies[1] == {
        "url": WEBHOOK_URL,
        "header": {"title": "X-Payments-Webhook", "value": WEBHOOK_SECRET.value},
    }
    assert {headers["x-merchant-code"] for headers in script.headers} == {"SA"}


async def test_a_webhook_that_is_there_is_left_alone() -> None:
    script = Script(ok([webhook("https://shop.example.com/other"), webhook()]))
    async with tabby(script) as gateway:
        registered = await register(gateway, WEBHOOK_URL)
    assert registered == (CAPTURE_ID, False)
    assert len(script.asked) == 1


@pytest.mark.parametrize("listed", [webhook(value="old"), {**webhook(), "header": None}])
async def test_a_webhook_with_another_header_is_updated(listed: Any) -> None:
    script = Script(ok([listed]), ok(webhook()))
    async with tabby(script) as gateway:
        registered = await register(gateway, WEBHOOK_URL)
    assert registered == (CAPTURE_ID, True)
    assert script.asked[1] == f"PUT /api/v1/webhooks/{CAPTURE_ID}"
    assert script.bodies[1]["header"]["value"] == WEBHOOK_SECRET.value


async def test_a_fifth_webhook_is_refused_with_the_four_that_are_there() -> None:
    urls = [f"https://shop.example.com/{n}" for n in range(4)]
    script = Script(ok([webhook(url) for url in urls]))
    async with tabby(script) as gateway:
        with pytest.raises(GatewayRefusal, match=", ".join(urls)) as caught:
            await register(gateway, WEBHOOK_URL)
    assert caught.value.code == "too_many_webhooks"
    assert WEBHOOK_SECRET.value not in str(caught.value)


async def test_without_a_webhook_secret_nothing_is_registered() -> None:
    script = Script()
    async with tabby(script, webhook_secrets={}) as gateway:
        with pytest.raises(Misconfigured, match="tabby-ksa has no webhook secret"):
            await register(gateway, WEBHOOK_URL)
    assert script.asked == []


@pytest.mark.parametrize("status", [200, 401])
async def test_a_wrong_merchant_code_is_a_refusal_whatever_its_status(status: int) -> None:
    async with tabby(Script(no(status, "not_authorized", "authorization"))) as gateway:
        with pytest.raises(GatewayRefusal, match="not_authorized"):
            await register(gateway, WEBHOOK_URL)


async def test_registrations_of_other_urls_are_deleted_only_when_asked_for() -> None:
    other = webhook("https://shop.example.com/other")
    script = Script(ok([other]), ok(webhook()), ok({"status": "ok"}))
    async with tabby(script) as gateway:
        steps = await registered(gateway, WEBHOOK_URL, delete_others=True)
    assert [step.action for step in steps] == ["create", "delete"]
    assert script.asked[2] == f"DELETE /api/v1/webhooks/{CAPTURE_ID}"


async def test_what_another_account_of_ours_registered_is_never_deleted() -> None:
    other = webhook("https://shop.example.com/other")
    script = Script(ok([other, webhook()]))
    async with tabby(script) as gateway:
        steps = await registered(gateway, WEBHOOK_URL, known=(other["url"],), delete_others=True)
    assert [step.action for step in steps] == ["leave", "keep"]


async def test_where_there_is_no_room_one_deletion_makes_it_before_ours_is_made() -> None:
    four = [webhook(f"https://shop.example.com/{n}") for n in range(4)]
    done = ok({"status": "ok"})
    script = Script(ok(four), done, ok(webhook()), done, done, done)
    async with tabby(script) as gateway:
        steps = await registered(gateway, WEBHOOK_URL, delete_others=True)
    assert [step.action for step in steps] == ["delete", "create", "delete", "delete", "delete"]


async def test_a_failure_to_register_ours_deletes_nothing() -> None:
    other = webhook("https://shop.example.com/other")
    script = Script(ok([other]), no(400, "bad_data", "url"))
    async with tabby(script) as gateway:
        with pytest.raises(GatewayRefusal):
            await registered(gateway, WEBHOOK_URL, delete_others=True)
    assert not [each for each in script.asked if each.startswith("DELETE")]


async def test_a_registration_that_is_gone_already_counts_as_deleted() -> None:
    other = webhook("https://shop.example.com/other")
    script = Script(ok([other]), ok(webhook()), no(404, "not_found", "webhook"))
    async with tabby(script) as gateway:
        assert (await registered(gateway, WEBHOOK_URL, delete_others=True))[1].action == "delete"
