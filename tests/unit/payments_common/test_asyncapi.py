"""The AsyncAPI document says what the models and the topology say."""

import json
from pathlib import Path
from typing import Any

import pytest

from payments_common.messaging import topology
from payments_common.schemas import asyncapi, replies
from payments_common.schemas.commands import COMMANDS
from payments_common.schemas.envelope import Envelope
from payments_common.schemas.events import EventType, PaymentEvent, type_of
from payments_common.schemas.replies import Answer, Outcome

CHECKED_IN = Path(__file__).parents[3] / "docs" / "asyncapi.json"
DOCUMENT = asyncapi.document()
MESSAGES = DOCUMENT["components"]["messages"]
MODELS = {
    **COMMANDS,
    **{type_of(each): PaymentEvent for each in EventType},
    replies.TYPE: Answer,
}


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for each in value.values() for found in references(each)]
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    return []


def test_the_checked_in_document_is_up_to_date() -> None:
    assert json.loads(CHECKED_IN.read_text()) == DOCUMENT, "run `make asyncapi` and commit it"


def test_every_message_that_callers_meet_is_in_it() -> None:
    assert MESSAGES.keys() == MODELS.keys()


@pytest.mark.parametrize("type_", sorted(MODELS))
def test_every_example_is_a_valid_message(type_: str) -> None:
    assert MESSAGES[type_]["examples"]
    for example in MESSAGES[type_]["examples"]:
        envelope = Envelope.model_validate(example["payload"])
        assert envelope.type == type_
        MODELS[type_].model_validate(envelope.data)


def test_every_outcome_of_a_command_has_an_example() -> None:
    examples = MESSAGES[replies.TYPE]["examples"]
    assert {each["payload"]["data"]["outcome"] for each in examples} == set(Outcome)


def test_every_channel_is_one_of_the_topology() -> None:
    for channel in DOCUMENT["channels"].values():
        if channel["address"] is not None:
            exchange = channel["bindings"]["amqp"]["exchange"]["name"]
            assert topology.queues_of(topology.Route(exchange, channel["address"]))
    assert asyncapi.COMMANDS_EXCHANGE == topology.COMMANDS
    assert asyncapi.EVENTS_EXCHANGE == topology.EVENTS


@pytest.mark.parametrize("reference", sorted(set(references(DOCUMENT))))
def test_every_reference_leads_somewhere(reference: str) -> None:
    place: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        place = place[part]


def test_unknown_members_are_refused_in_commands_and_ignored_in_events() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for model in COMMANDS.values():
        assert schemas[model.__name__]["additionalProperties"] is False
    assert schemas["PaymentEvent"].get("additionalProperties", True) is True
