"""What is kept of a refused delivery, and what keeps strangers from filling the queue with it."""

import asyncio
import hashlib
from datetime import UTC, datetime

from payments_common.clock import SystemClock
from payments_common.errors import BrokerUnavailable, InvalidMessage, PaymentsError, WebhookRefused
from payments_common.gateways.port import WebhookDelivery, WebhookSecret
from payments_common.gateways.tabby.webhooks import TabbyWebhooks
from payments_common.schemas.webhooks import REFUSED_TYPE
from support.ingress import SECRET, KeepingPublisher, until
from webhook_ingress.endpoints import Endpoint
from webhook_ingress.refused import RefusalLimits, RefusalRecorder, Refused, refused_message

ENDPOINT = Endpoint(
    "tabby-ksa", TabbyWebhooks("X-Shop-Secret"), (WebhookSecret("current", SECRET),)
)
WRONG = WebhookRefused("not it", code="signature_invalid")


class Recording:
    def __init__(self, *, burst: int = 5, in_flight: int = 10) -> None:
        self.publisher = KeepingPublisher()
        self.outcomes: list[str] = []
        self.recorder = RefusalRecorder(
            publisher=self.publisher,
            exchange="payments.webhooks",
            source="webhook-ingress",
            clock=SystemClock(),
            limits=RefusalLimits(
                per_second=0.001, burst=burst, in_flight=in_flight, body_bytes=100
            ),
            on_outcome=self.outcomes.append,
        )


def refused(
    body: bytes = b"{}", *, error: PaymentsError = WRONG, query: str = "", **headers: str
) -> Refused:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Refused(
        ENDPOINT, WebhookDelivery(body, named, query, datetime.now(UTC)), error, "delivery-1"
    )


async def test_a_refusal_travels_as_a_message_of_its_own_kind() -> None:
    recording = Recording()
    recording.recorder.record(refused())
    await until(lambda: recording.outcomes == ["recorded"])
    (outgoing,) = recording.publisher.kept
    (envelope,) = outgoing.envelopes
    assert (outgoing.exchange, outgoing.routing_key) == ("payments.webhooks", "refused")
    assert (envelope.type, envelope.id, envelope.subject) == (
        REFUSED_TYPE,
        "delivery-1",
        "tabby-ksa",
    )
    (message,) = recording.publisher.messages("refused")
    assert (message.verdict, message.secret_id) == ("signature_invalid", None)


def test_neither_the_right_nor_a_wrong_secret_is_kept() -> None:
    delivery = refused(x_shop_secret="guessed-secret", x_other_name=SECRET, user_agent="curl")
    kept = refused_message(delivery, body_bytes=100).model_dump_json()
    assert "guessed-secret" not in kept
    assert SECRET not in kept
    assert "curl" in kept


def test_values_in_the_query_are_masked() -> None:
    kept = refused_message(refused(query="token=abc&lang&x=1"), body_bytes=100)
    assert kept.query == "token=***&lang=***&x=***"


def test_a_query_of_any_length_stays_short() -> None:
    kept = refused_message(refused(query="&".join("a" * 900 for _ in range(900))), body_bytes=100)
    assert len(kept.query) < 32 * 600


def test_a_body_within_the_bound_is_kept_whole() -> None:
    assert refused_message(refused(b"x" * 100), body_bytes=100).body == b"x" * 100


def test_a_longer_body_is_replaced_by_its_size_and_digest() -> None:
    body = b"x" * 101
    kept = refused_message(refused(body), body_bytes=100)
    assert kept.body == b""
    assert dict(kept.headers) == {
        "ingress-body-bytes": "101",
        "ingress-body-sha256": hashlib.sha256(body).hexdigest(),
    }


async def test_over_the_budget_refusals_are_only_counted() -> None:
    recording = Recording(burst=3)
    for _ in range(10):
        recording.recorder.record(refused())
    await until(lambda: len(recording.outcomes) == 10)
    assert sorted(recording.outcomes) == ["over_limit"] * 7 + ["recorded"] * 3


async def test_a_flood_of_one_kind_leaves_room_for_another() -> None:
    recording = Recording(burst=2)
    for _ in range(10):
        recording.recorder.record(refused())
    recording.recorder.record(refused(error=InvalidMessage("no", code="invalid_json")))
    await until(lambda: len(recording.outcomes) == 11)
    verdicts = [each.verdict for each in recording.publisher.messages("refused")]
    assert verdicts.count("invalid_json") == 1


async def test_only_so_many_records_wait_for_a_slow_broker() -> None:
    recording = Recording(burst=100, in_flight=4)
    recording.publisher.confirms.clear()
    for _ in range(10):
        recording.recorder.record(refused())
    assert recording.outcomes == ["over_limit"] * 6
    recording.publisher.confirms.set()
    await recording.recorder.drain(20)
    assert recording.outcomes.count("recorded") == 4


async def test_a_record_that_the_broker_refuses_is_counted_as_failed() -> None:
    recording = Recording()
    recording.publisher.error = BrokerUnavailable("away")
    recording.recorder.record(refused())
    await until(lambda: recording.outcomes == ["failed"])


async def test_a_bug_while_recording_is_counted_as_failed() -> None:
    recording = Recording()
    recording.publisher.error = ZeroDivisionError("a bug")
    recording.recorder.record(refused())
    await until(lambda: recording.outcomes == ["failed"])


async def test_draining_gives_up_on_a_dead_broker() -> None:
    recording = Recording()
    recording.publisher.confirms.clear()
    recording.recorder.record(refused())
    async with asyncio.timeout(20):
        await recording.recorder.drain(0.01)
    assert recording.outcomes == ["failed"]
