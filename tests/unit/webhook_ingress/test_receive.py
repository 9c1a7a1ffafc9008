"""What a sender is answered, over real HTTP, with a publisher that this test holds in its hand."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from payments_common.errors import BrokerUnavailable, PublishUnknown, Unroutable
from payments_common.schemas.webhooks import RECEIVED_TYPE
from support.ingress import (
    BODY,
    OLD_SECRET,
    SECRET,
    KeepingPublisher,
    running_ingress,
    tabby_account,
    until,
)


async def test_an_authentic_delivery_is_published_as_it_came_and_answered_200() -> None:
    publisher = KeepingPublisher()
    before = datetime.now(UTC)
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver(query="?try=1")
    assert (answer.status, answer.body) == (200, {"status": "accepted"})
    (message,) = publisher.messages()
    assert message.body == BODY
    assert (message.account, message.verdict, message.secret_id) == (
        "tabby-ksa",
        "authentic",
        "current",
    )
    assert message.query == "try=1"
    assert before <= message.received_at <= datetime.now(UTC)


async def test_the_message_carries_the_id_that_the_sender_was_given() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver()
    (outgoing,) = publisher.kept
    (envelope,) = outgoing.envelopes
    assert envelope.id == answer.headers["X-Request-Id"]
    assert (outgoing.exchange, outgoing.routing_key) == ("payments.webhooks", "received")
    assert (envelope.type, envelope.source) == (RECEIVED_TYPE, "webhook-ingress")
    assert envelope.subject == "tabby-ksa"
    assert outgoing.batch


async def test_there_is_no_200_before_the_confirm() -> None:
    publisher = KeepingPublisher()
    publisher.confirms.clear()
    async with running_ingress(publisher) as ingress:
        delivering = asyncio.create_task(ingress.deliver())
        await until(lambda: publisher.asked == 1)
        assert not delivering.done()
        publisher.confirms.set()
        assert (await delivering).status == 200


async def test_a_confirm_that_does_not_come_in_time_is_answered_503_with_retry_after() -> None:
    publisher = KeepingPublisher()
    publisher.confirms.clear()
    async with running_ingress(
        publisher, confirm_timeout_seconds=0.05, retry_after_seconds=7
    ) as ingress:
        answer = await ingress.deliver()
        publisher.confirms.set()
    assert (answer.status, answer.error) == (503, "publish_unknown")
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("error", [BrokerUnavailable, PublishUnknown, Unroutable])
async def test_a_failed_publish_asks_for_another_delivery(error: type[Exception]) -> None:
    publisher = KeepingPublisher()
    publisher.error = error("the broker at 10.0.0.7 is away")
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver()
        publisher.error = None
        again = await ingress.deliver()
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert "10.0.0.7" not in json.dumps(answer.body)
    assert again.status == 200


async def test_a_bug_behind_the_publisher_is_a_500_and_never_a_200() -> None:
    publisher = KeepingPublisher()
    publisher.error = ZeroDivisionError("a bug")
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver()
    assert (answer.status, answer.error) == (500, "internal_error")


async def test_an_unknown_account_is_404_and_leaves_nothing_but_a_count() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver(account="tabby-mars")
        counted = ingress.count(
            "webhooks_received_total", account="unknown", outcome="unknown_account"
        )
        _, text = await ingress.get("/metrics")
    assert (answer.status, answer.error, counted) == (404, "unknown_account", 1)
    assert publisher.kept == []
    assert "mars" not in text


async def test_both_active_secrets_are_accepted_and_named() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        statuses = [(await ingress.deliver(secrets=[each])).status for each in (SECRET, OLD_SECRET)]
    assert statuses == [200, 200]
    assert [each.secret_id for each in publisher.messages()] == ["current", "previous"]


async def test_an_account_without_a_secret_is_closed_and_asks_for_another_delivery() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher, accounts=[tabby_account()]) as ingress:
        answer = await ingress.deliver()
    assert (answer.status, answer.error) == (503, "webhook_secret_not_configured")
    assert "Retry-After" in answer.headers
    assert publisher.messages() == []


async def test_authentic_bytes_that_are_not_json_are_refused_and_recorded() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver(b"status=authorized")
        await until(lambda: len(publisher.kept) == 1)
    assert (answer.status, answer.error) == (400, "invalid_json")
    (message,) = publisher.messages("refused")
    assert (message.verdict, message.body) == ("invalid_json", b"status=authorized")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_with_or_without_a_charset_is_taken(content_type: str) -> None:
    async with running_ingress(KeepingPublisher()) as ingress:
        assert (await ingress.deliver(headers=[("Content-Type", content_type)])).status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/jsonp", "application"])
async def test_another_content_type_is_415(content_type: str) -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver(headers=[("Content-Type", content_type)])
    assert (answer.status, answer.error) == (415, "unsupported_media_type")
    assert publisher.messages() == []


async def test_bytes_that_no_encoding_knows_are_answered_like_any_wrong_secret() -> None:
    publisher = KeepingPublisher()
    request = (
        b"POST /webhooks/tabby-ksa?%ff%fe=%ff HTTP/1.1\r\nHost: a\r\n"
        b"Content-Type: application/json\r\nX-Shop-Secret: \xff\xfe\xfd\r\n"
        b"User-Agent: \xc3\x28\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    )
    async with running_ingress(publisher) as ingress:
        answer = await ingress.send_raw(request)
        await until(lambda: ingress.count("refused_recorded_total", outcome="recorded") == 1)
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a_client_that_leaves_before_its_answer_loses_nothing() -> None:
    publisher = KeepingPublisher()
    publisher.confirms.clear()
    async with running_ingress(publisher) as ingress:
        connection = await ingress.connect()
        connection.writer.write(
            b"POST /webhooks/tabby-ksa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"X-Shop-Secret: " + SECRET.encode() + b"\r\nContent-Length: 2\r\n\r\n{}"
        )
        await until(lambda: publisher.asked == 1)
        connection.writer.transport.abort()
        publisher.confirms.set()
        await until(lambda: len(publisher.kept) == 1)
        assert (await ingress.deliver()).status == 200
    assert [each.body for each in publisher.messages()] == [b"{}", BODY]


async def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        connection = await ingress.connect()
        connection.writer.write(
            b"POST /webhooks/tabby-ksa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"X-Shop-Secret: " + SECRET.encode() + b"\r\nContent-Length: 9\r\n\r\n{"
        )
        await until(lambda: ingress.count("http_requests_in_flight") == 1)
        connection.writer.transport.abort()
        await until(lambda: ingress.count("http_requests_in_flight") == 0)
        assert (await ingress.deliver()).status == 200
    assert [each.body for each in publisher.messages()] == [BODY]


async def test_health_is_about_the_process_and_readiness_about_the_broker() -> None:
    connected = True
    async with running_ingress(KeepingPublisher(), is_connected=lambda: connected) as ingress:
        assert (await ingress.get("/healthz"))[0] == 200
        assert (await ingress.get("/readyz"))[0] == 200
        connected = False
        assert (await ingress.get("/healthz"))[0] == 200
        assert (await ingress.get("/readyz"))[0] == 503


async def test_a_draining_ingress_still_answers_and_asks_its_clients_to_leave() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        assert "Connection" not in (await ingress.deliver()).headers
        ingress.ingress.draining.started = True
        answer = await ingress.deliver()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert (await ingress.get("/readyz"))[0] == 503


async def test_a_stop_waits_for_the_answer_of_a_delivery_under_way() -> None:
    publisher = KeepingPublisher()
    publisher.confirms.clear()
    async with running_ingress(publisher) as ingress:
        delivering = asyncio.create_task(ingress.deliver())
        await until(lambda: publisher.asked == 1)
        stopping = asyncio.create_task(ingress.ingress.listener.finish())
        await until(lambda: not ingress.ingress.listener.is_accepting)
        publisher.confirms.set()
        assert (await delivering).status == 200
        await stopping


async def test_deliveries_are_counted_by_account_and_outcome_and_publishes_are_timed() -> None:
    async with running_ingress(KeepingPublisher()) as ingress:
        await ingress.deliver()
        await ingress.deliver(secrets=["wrong"])
        _, text = await ingress.get("/metrics")
    assert 'webhooks_received_total{account="tabby-ksa",outcome="accepted"} 1.0' in text
    assert 'webhooks_received_total{account="tabby-ksa",outcome="signature_invalid"} 1.0' in text
    assert "webhook_publish_seconds_count 1.0" in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/webhooks/tabby-ksa", 405), ("POST", "/webhooks", 404), ("POST", "/", 404)],
)
async def test_other_paths_and_methods_are_refused_in_the_same_form(
    method: str, path: str, status: int
) -> None:
    async with (
        running_ingress(KeepingPublisher()) as ingress,
        ingress.http.request(method, ingress.url + path) as response,
    ):
        assert response.status == status
        assert set(await response.json()) == {"error", "message"}
        assert "X-Request-Id" in response.headers
