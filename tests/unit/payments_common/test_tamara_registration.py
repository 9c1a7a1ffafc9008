"""Our webhook is registered once, however often it is asked for, and with no list to look at."""

from typing import Any

import httpx
import pytest

from payments_common.errors import GatewayRefusal, Misconfigured, OutcomeUnknown
from payments_common.gateways.registration import OtherWebhooks
from payments_common.gateways.tamara.registration import EVENTS
from support.registering import register, registered
from support.tamara_payloads import WEBHOOK_ID, WEBHOOK_URL
from support.tamara_script import CONTEXT, TamaraScript, no, ok, tamara

OTHER_URL = "https://shop.example.com/other"
ALREADY = no(400, "Webhook already registered", "webhook_already_registered", webhook_id=WEBHOOK_ID)


def webhook(url: str = WEBHOOK_URL, events: Any = EVENTS, id_: str = WEBHOOK_ID) -> dict[str, Any]:
    """Section 5.1."""
    return {"webhook_id": id_, "url": url, "events": list(events), "headers": []}


@pytest.mark.parametrize("none", [[], {"webhooks": []}, {"data": []}])
async def test_a_webhook_that_is_absent_is_created(none: Any) -> None:
    script = TamaraScript(ok(none), ok(webhook(), 201))
    async with tamara(script) as gateway:
        assert await register(gateway, WEBHOOK_URL) == (WEBHOOK_ID, True)
    assert script.asked == ["GET /webhooks", "POST /webhooks"]
    assert script.bodies[1] == {
        "type": "order",
        "url": WEBHOOK_URL,
        "events": [
            "order_approved",
            "order_declined",
            "order_authorised",
            "order_canceled",
            "order_captured",
            "order_refunded",
            "order_expired",
        ],
    }


async def test_a_webhook_that_is_there_is_left_alone() -> None:
    script = TamaraScript(ok([webhook(OTHER_URL), webhook(events=EVENTS[::-1])]))
    async with tamara(script) as gateway:
        assert await register(gateway, WEBHOOK_URL) == (WEBHOOK_ID, False)
    assert len(script.asked) == 1


@pytest.mark.parametrize("events", [EVENTS[1:], [*EVENTS, "order_on_hold"], []])
async def test_a_webhook_of_other_events_is_updated(events: Any) -> None:
    script = TamaraScript(ok([webhook(events=events)]), ok(webhook()))
    async with tamara(script) as gateway:
        assert await register(gateway, WEBHOOK_URL) == (WEBHOOK_ID, True)
    assert script.asked[1] == f"PUT /webhooks/{WEBHOOK_ID}"
    assert script.bodies[1] == {"url": WEBHOOK_URL, "events": list(EVENTS)}


@pytest.mark.parametrize(
    "unlisted",
    [
        no(404, "Not found"),
        httpx.Response(404, text="404 page not found"),
        httpx.Response(405),
        ok({"status": "ok"}),
        ok([{"url": WEBHOOK_URL}]),
    ],
)
async def test_where_nothing_is_listed_creating_tells_what_is_there(
    unlisted: httpx.Response,
) -> None:
    script = TamaraScript(unlisted, ALREADY, ok(webhook()))
    async with tamara(script) as gateway:
        (step,) = await registered(gateway, WEBHOOK_URL)
    assert (step.action, step.webhook_id) == ("keep", WEBHOOK_ID)
    assert script.asked == ["GET /webhooks", "POST /webhooks", f"GET /webhooks/{WEBHOOK_ID}"]


async def test_what_creating_found_is_updated_where_its_events_differ() -> None:
    answers = [no(404, "Not found"), ALREADY, ok(webhook(events=EVENTS[:3])), ok(webhook())]
    script = TamaraScript(*answers)
    async with tamara(script) as gateway:
        (step,) = await registered(gateway, WEBHOOK_URL)
    assert (step.action, step.webhook_id) == ("update", WEBHOOK_ID)
    assert script.asked[3] == f"PUT /webhooks/{WEBHOOK_ID}"


async def test_what_creating_found_without_telling_its_id_is_kept() -> None:
    already = no(400, "Webhook already registered", "webhook_already_registered")
    async with tamara(TamaraScript(no(404, "Not found"), already)) as gateway:
        (step,) = await registered(gateway, WEBHOOK_URL)
    assert (step.action, step.webhook_id) == ("keep", None)


async def test_planning_changes_nothing() -> None:
    script = TamaraScript(no(405, "Method not allowed"))
    async with tamara(script) as gateway:
        others = OtherWebhooks(delete_unknown=True)
        (step,) = await gateway.plan_webhooks(WEBHOOK_URL, others=others, context=CONTEXT)
    assert step.action == "create"
    assert script.asked == ["GET /webhooks"]


async def test_registrations_of_other_urls_are_deleted_only_when_asked_for() -> None:
    for delete_others, actions in ((False, ["leave", "create"]), (True, ["create", "delete"])):
        answers = [ok([webhook(OTHER_URL)]), ok(webhook()), *[httpx.Response(200)] * delete_others]
        script = TamaraScript(*answers)
        async with tamara(script) as gateway:
            steps = await registered(gateway, WEBHOOK_URL, delete_others=delete_others)
        assert [step.action for step in steps] == actions
        assert (f"DELETE /webhooks/{WEBHOOK_ID}" in script.asked) is delete_others


async def test_what_another_account_of_ours_registered_is_never_deleted() -> None:
    script = TamaraScript(ok([webhook(OTHER_URL), webhook()]))
    async with tamara(script) as gateway:
        steps = await registered(gateway, WEBHOOK_URL, known=(OTHER_URL,), delete_others=True)
    assert [step.action for step in steps] == ["leave", "keep"]


@pytest.mark.parametrize("delete_others", [False, True])
async def test_what_hears_of_disputes_at_our_url_is_not_ours_to_change(
    delete_others: bool,
) -> None:
    disputes = webhook(events=["OrderDisputeClosed"], id_="w-2") | {"type": "dispute"}
    script = TamaraScript(ok([disputes, webhook() | {"type": "order"}]))
    async with tamara(script) as gateway:
        steps = await registered(gateway, WEBHOOK_URL, delete_others=delete_others)
    assert [step.action for step in steps] == ["leave", "keep"]
    assert script.asked == ["GET /webhooks"]


async def test_a_registration_that_is_gone_already_counts_as_deleted() -> None:
    script = TamaraScript(ok([webhook(OTHER_URL)]), ok(webhook()), no(404, "Webhook not found"))
    async with tamara(script) as gateway:
        steps = await registered(gateway, WEBHOOK_URL, delete_others=True)
    assert [step.action for step in steps] == ["create", "delete"]


async def test_without_a_webhook_secret_nothing_is_registered() -> None:
    script = TamaraScript()
    async with tamara(script, webhook_secrets={}) as gateway:
        with pytest.raises(Misconfigured, match="tamara-ksa has no webhook secret"):
            await register(gateway, WEBHOOK_URL)
    assert script.asked == []


@pytest.mark.parametrize("url", ["http://shop.example.com/hook", "https://s.example/" + "x" * 240])
async def test_tamara_itself_is_told_no_url_that_it_would_not_take(url: str) -> None:
    script = TamaraScript()
    async with tamara(script, base_url="https://api-sandbox.tamara.co") as gateway:
        with pytest.raises(Misconfigured, match="https URL of at most 255") as caught:
            await register(gateway, url)
    assert url not in str(caught.value)
    assert script.asked == []


async def test_a_sandbox_at_home_takes_any_url() -> None:
    url = "http://127.0.0.1:9/" + "x" * 250
    async with tamara(TamaraScript(ok([]), ok(webhook(url)))) as gateway:
        assert await register(gateway, url) == (WEBHOOK_ID, True)


async def test_a_refused_event_is_a_refusal() -> None:
    refused = no(400, "Invalid registered event order_updated")
    async with tamara(TamaraScript(ok([]), refused)) as gateway:
        with pytest.raises(GatewayRefusal, match="Invalid registered event"):
            await register(gateway, WEBHOOK_URL)


async def test_a_token_of_the_other_environment_is_no_missing_list() -> None:
    async with tamara(TamaraScript(no(404, "Merchant is not found"))) as gateway:
        with pytest.raises(GatewayRefusal, match="different environments"):
            await register(gateway, WEBHOOK_URL)


async def test_an_outage_is_no_missing_list() -> None:
    script = TamaraScript(httpx.Response(503))
    async with tamara(script) as gateway:
        with pytest.raises(OutcomeUnknown):
            await register(gateway, WEBHOOK_URL)
    assert len(script.asked) == 1
