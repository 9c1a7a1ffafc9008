"""Registration of webhooks at Tamara, gateways/tamara.md section 5.1."""

from collections.abc import AsyncIterator

import pytest

from support.tamara_sandbox import (
    EVENTS,
    MERCHANT_ID,
    TamaraClient,
    notice_receiver,
    running_tamara,
)

URL = "https://shop.example.com/hook"


@pytest.fixture
async def tamara() -> AsyncIterator[TamaraClient]:
    async with running_tamara() as client:
        yield client


async def test_a_webhook_is_registered_read_changed_and_deleted(tamara: TamaraClient) -> None:
    made = await tamara.register(URL, headers={"X-Shop": "1"})
    path = f"/webhooks/{made['webhook_id']}"
    assert made["merchant_id"] == MERCHANT_ID
    read = (await tamara.http.get(path)).json()
    assert (read["url"], read["events"], read["headers"]) == (URL, EVENTS, {"X-Shop": "1"})
    body = {"webhook_id": made["webhook_id"], "url": f"{URL}/2", "events": EVENTS[:1]}
    changed = (await tamara.http.put(path, json=body)).json()
    assert (changed["url"], changed["events"], changed["headers"]) == (f"{URL}/2", EVENTS[:1], [])
    listed = (await tamara.http.get("/webhooks")).json()
    assert [webhook["url"] for webhook in listed] == [f"{URL}/2"]
    deleted = await tamara.http.request("DELETE", path, content=b"[]")
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert (await tamara.http.get(path)).status_code == 404


async def test_a_url_is_registered_once(tamara: TamaraClient) -> None:
    made = await tamara.register(URL)
    answer = await tamara.http.post("/webhooks", json={"url": URL, "events": EVENTS})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "error_code": "webhook_already_registered",
            "data": {"webhook_id": made["webhook_id"], "url": URL},
        }
    ]
    await tamara.settings(repeated_webhook_url="accept")
    assert (await tamara.register(URL))["webhook_id"] != made["webhook_id"]


async def test_order_updated_cannot_be_subscribed(tamara: TamaraClient) -> None:
    body = {"url": URL, "events": [*EVENTS, "order_updated"]}
    answer = await tamara.http.post("/webhooks", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid registered event order_updated"


async def test_answers_to_registrations_differ_by_setting(tamara: TamaraClient) -> None:
    await tamara.settings(
        registered_answer="id_only", empty_objects="object", deleted_webhook_body="object"
    )
    made = await tamara.register(URL, headers=[])
    assert set(made) == {"webhook_id"}
    path = f"/webhooks/{made['webhook_id']}"
    assert (await tamara.http.get(path)).json()["headers"] == {}
    assert (await tamara.http.delete(path)).json() == {}


async def test_a_webhook_for_disputes_keeps_its_type(tamara: TamaraClient) -> None:
    events = ["OrderDisputeAwaitingMerchantResponse"]
    made = await tamara.register(URL, type="dispute", events=events)
    path = f"/webhooks/{made['webhook_id']}"
    body = {"url": URL, "events": ["OrderDisputeClosed"]}
    changed = (await tamara.http.put(path, json=body)).json()
    assert (changed["type"], changed["events"]) == ("dispute", ["OrderDisputeClosed"])


async def test_only_subscribed_events_are_sent(tamara: TamaraClient) -> None:
    async with notice_receiver() as receiver:
        await tamara.register(receiver.url, events=["order_authorised"])
        await tamara.authorised()
        await tamara.idle()
        assert receiver.events() == ["order_authorised"]


async def test_a_deleted_webhook_gets_nothing(tamara: TamaraClient) -> None:
    async with notice_receiver() as receiver:
        made = await tamara.register(receiver.url)
        await tamara.http.delete(f"/webhooks/{made['webhook_id']}")
        await tamara.approved()
        await tamara.idle()
        assert receiver.received == []
