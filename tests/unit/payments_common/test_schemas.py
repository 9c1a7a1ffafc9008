"""Messages: strict on commands, tolerant on what others say, and never quoting values."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cloudevents.core.formats.json import JSONFormat
from pydantic import ValidationError

from payments_common.errors import InvalidMessage
from payments_common.schemas import envelope
from payments_common.schemas.commands import COMMANDS, CapturePayment, CreateSession, routing_key
from payments_common.schemas.observations import Observation, PaymentFacts
from payments_common.schemas.replies import Answer
from payments_common.schemas.webhooks import WebhookMessage
from support.tabby_payloads import create_session

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def command_json(**changes: Any) -> dict[str, Any]:
    return {**create_session().model_dump(mode="json", exclude_none=True), **changes}


def wrapped() -> envelope.Envelope:
    return envelope.wrap(
        create_session(), type_=CreateSession.TYPE, id_="command-1", source="shop", time=NOW
    )


def test_a_command_survives_its_envelope() -> None:
    (read,) = envelope.decode(
        envelope.encode(wrapped()), content_type="application/cloudevents+json"
    )
    assert read == wrapped()
    assert envelope.parse(CreateSession, read.data, "command") == create_session()


def test_an_envelope_is_a_cloud_event_to_the_cloudevents_library() -> None:
    ours = wrapped().model_copy(update={"subject": "SHOP-1", "sequence": 3})
    theirs = JSONFormat().read(None, envelope.encode(ours))
    assert (theirs.get_id(), theirs.get_type(), theirs.get_source()) == (
        "command-1",
        "create_session.v1",
        "shop",
    )
    assert (theirs.get_time(), theirs.get_subject()) == (NOW, "SHOP-1")
    assert theirs.get_data() == ours.data


def test_a_batch_holds_several_envelopes() -> None:
    batch = envelope.encode_batch([wrapped(), wrapped()])
    assert len(envelope.decode(batch, content_type=envelope.BATCH_CONTENT_TYPE)) == 2
    with pytest.raises(InvalidMessage):
        envelope.decode(envelope.encode(wrapped()), content_type=envelope.BATCH_CONTENT_TYPE)


def test_a_message_too_large_is_refused_unread() -> None:
    with pytest.raises(InvalidMessage) as caught:
        envelope.decode(b" " * (envelope.LARGEST_MESSAGE_BYTES + 1), content_type=None)
    assert caught.value.code == "message_too_large"


@pytest.mark.parametrize("missing", ["id", "type", "source", "time", "data"])
def test_an_envelope_without_what_it_must_have_is_refused(missing: str) -> None:
    document = orjson.loads(envelope.encode(wrapped()))
    del document[missing]
    with pytest.raises(InvalidMessage, match=missing):
        envelope.decode(orjson.dumps(document), content_type=None)


def test_an_envelope_s_time_must_name_its_zone() -> None:
    document = orjson.loads(envelope.encode(wrapped())) | {"time": "2026-03-02T09:15:00"}
    with pytest.raises(InvalidMessage, match="time"):
        envelope.decode(orjson.dumps(document), content_type=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"surprise": 1},
        {"order_reference": ""},
        {"order_reference": "a b"},
        {"order_reference": "a" * 65},
        {"total_amount": {"amount_minor": 0, "currency": "SAR"}},
        {"total_amount": {"amount_minor": 150.0, "currency": "SAR"}},
        {"total_amount": {"amount_minor": 15000, "currency": "AED"}},
        {"items": []},
        {"success_url": "javascript:alert(1)"},
        {"capture_mode": "later"},
        {"language": "fr"},
    ],
)
def test_a_session_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        envelope.parse(CreateSession, command_json(**changes), "command")


def test_a_refusal_names_the_member_and_never_its_value() -> None:
    customer = {"name": "Canary", "email": "canary-at-example", "phone": "+966512345678"}
    with pytest.raises(InvalidMessage) as caught:
        envelope.parse(CreateSession, command_json(customer=customer), "command")
    assert "customer.email" in str(caught.value)
    assert "canary-at-example" not in str(caught.value)


def test_a_capture_of_nothing_is_refused() -> None:
    data = {
        "order_reference": "order-1",
        "requested_by": {"user_id": "shop"},
        "amount": {"amount_minor": 0, "currency": "SAR"},
    }
    with pytest.raises(ValidationError):
        CapturePayment.model_validate(data)


def test_the_type_names_the_routing_key() -> None:
    keys = {routing_key(type_) for type_ in COMMANDS}
    assert keys == {
        "create_session",
        "capture_payment",
        "refund_payment",
        "void_payment",
        "recheck_payment",
        "accept_review",
        "decide_operation",
        "register_webhook",
    }


def test_readers_ignore_members_they_do_not_know() -> None:
    answer = Answer.model_validate({"command_id": "1", "outcome": "declined", "new": True})
    assert answer.outcome == "declined"


def test_a_webhook_travels_byte_for_byte() -> None:
    raw = bytes(range(256))
    message = WebhookMessage(
        account="tabby-ksa",
        event_key="sha256:00",
        received_at=NOW,
        body_base64=WebhookMessage.encode_body(raw),
        verdict="authentic",
    )
    assert WebhookMessage.model_validate_json(message.model_dump_json()).body == raw


def test_facts_are_never_negative_and_never_floats() -> None:
    for wrong in (-1, 1.0, "1"):
        with pytest.raises(ValidationError):
            PaymentFacts.model_validate({"authorized_minor": wrong})


def test_an_observation_survives_json() -> None:
    seen = Observation.model_validate(
        {
            "account": "tabby-ksa",
            "payment_id": "p",
            "order_reference": None,
            "gateway_status": "AUTHORIZED",
            "facts": {"amounts": [{"amount_minor": 1, "currency": "KWD"}]},
            "source": "poll",
            "observed_at": "2026-03-02T09:15:00Z",
        }
    )
    assert Observation.model_validate_json(seen.model_dump_json()) == seen
