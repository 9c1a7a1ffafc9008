"""The AsyncAPI 3.0 document of what services say to each other, made from the models.

`python -m payments_common.schemas.asyncapi` prints it; docs/asyncapi.json is its output.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from payments_common.schemas import replies
from payments_common.schemas.asyncapi_examples import ANSWERS, COMMAND_EXAMPLES, TIME, event_example
from payments_common.schemas.commands import COMMANDS, routing_key
from payments_common.schemas.envelope import CONTENT_TYPE, Envelope, wrap
from payments_common.schemas.events import EventType, PaymentEvent, type_of
from payments_common.schemas.replies import Answer

COMMANDS_EXCHANGE = "payments.commands"
EVENTS_EXCHANGE = "payments.events"
REPLY = "answer"

Json = dict[str, Any]

DESCRIPTION = """\
Services publish commands and hear one answer for each; events tell everyone what became of an
order's money. Every message is a CloudEvent in structured JSON, published persistent, with
confirms and `mandatory`. Amounts are integers of minor units with an ISO 4217 currency: 15000 SAR
is 150.00 riyals, 15000 KWD is 15.000 dinars. Unknown members are refused in commands and must be
ignored in events and answers."""


def document() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Payments", "version": "1.0.0", "description": DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            **{routing_key(t): _command_channel(t) for t in COMMANDS},
            **{each.value: _event_channel(each) for each in EventType},
            REPLY: _reply_channel(),
        },
        "operations": {
            **{routing_key(t): _command_operation(t) for t in COMMANDS},
            **{each.value: _event_operation(each) for each in EventType},
        },
        "components": {
            "messages": {
                **{t: _command_message(t) for t in COMMANDS},
                **{type_of(each): _event_message(each) for each in EventType},
                replies.TYPE: _reply_message(),
            },
            "correlationIds": {
                "correlation_id": {
                    "description": "AMQP property of the command, repeated on its answer.",
                    "location": "$message.header#/correlation_id",
                }
            },
            "schemas": _schemas(),
        },
    }


def _command_channel(type_: str) -> Json:
    key = routing_key(type_)
    return _channel(key, COMMANDS_EXCHANGE, type_, summary=f"Ask for `{key}`.")


def _event_channel(event: EventType) -> Json:
    return _channel(event.value, EVENTS_EXCHANGE, type_of(event), summary=f"Hear of `{event}`.")


def _channel(key: str, exchange: str, type_: str, *, summary: str) -> Json:
    topic = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": key,
        "summary": summary,
        "messages": {type_: {"$ref": _reference("messages", type_)}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": topic}},
    }


def _reply_channel() -> Json:
    prefix = replies.REPLY_QUEUE_PREFIX
    return {
        "address": None,
        "summary": "One answer for one command, always the same one.",
        "description": f"A durable queue of the caller's own; its name starts with `{prefix}`.",
        "messages": {replies.TYPE: {"$ref": _reference("messages", replies.TYPE)}},
        "bindings": {"amqp": {"is": "queue", "queue": {"durable": True}}},
    }


def _command_operation(type_: str) -> Json:
    key = routing_key(type_)
    return {
        "action": "receive",
        "summary": _first_sentence(COMMANDS[type_]),
        "channel": {"$ref": f"#/channels/{key}"},
        "messages": [{"$ref": f"#/channels/{key}/messages/{type_}"}],
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": {"$ref": f"#/channels/{REPLY}"},
            "messages": [{"$ref": f"#/channels/{REPLY}/messages/{replies.TYPE}"}],
        },
    }


def _event_operation(event: EventType) -> Json:
    channel = f"#/channels/{event.value}"
    return {
        "action": "send",
        "summary": f"Told once for each new fact; `{event}` may come twice, with the same id.",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{type_of(event)}"}],
    }


def _command_message(type_: str) -> Json:
    example = COMMAND_EXAMPLES[type_]
    properties = {
        "correlation_id": {"type": "string", "description": "Yours; the answer carries it."},
        "reply_to": {"type": "string", "pattern": r"^payments\.reply\."},
    }
    return {
        **_message(type_, COMMANDS[type_], {"command": example}, id_="command-1", source="shop"),
        "headers": {"type": "object", "properties": properties, "required": list(properties)},
        "correlationId": {"$ref": _reference("correlationIds", "correlation_id")},
    }


def _event_message(event: EventType) -> Json:
    example = {"event": event_example(event)}
    return _message(type_of(event), PaymentEvent, example, id_="order-1-3", sequence=3)


def _reply_message() -> Json:
    return {
        **_message(replies.TYPE, Answer, ANSWERS, id_="answer-1"),
        "correlationId": {"$ref": _reference("correlationIds", "correlation_id")},
    }


def _message(
    type_: str,
    model: type[BaseModel],
    examples: Mapping[str, BaseModel],
    *,
    id_: str,
    source: str = "payment-orchestrator",
    sequence: int | None = None,
) -> Json:
    narrowed = {
        "type": {"const": type_},
        "data": {"$ref": _reference("schemas", model.__name__)},
    }
    return {
        "name": type_,
        "summary": _first_sentence(model),
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [
                {"$ref": _reference("schemas", Envelope.__name__)},
                {"type": "object", "properties": narrowed, "required": ["type", "data"]},
            ]
        },
        "examples": [
            {
                "name": name,
                "payload": wrap(
                    each, type_=type_, id_=id_, source=source, time=TIME, sequence=sequence
                ).model_dump(mode="json", exclude_none=True),
            }
            for name, each in examples.items()
        ],
    }


def _schemas() -> Json:
    models: tuple[type[BaseModel], ...] = (*COMMANDS.values(), PaymentEvent, Answer, Envelope)
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=_reference("schemas", "{model}")
    )
    schemas: Json = definitions["$defs"]
    return dict(sorted(schemas.items()))


def _reference(kind: str, name: str) -> str:
    return f"#/components/{kind}/{name}"


def _first_sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
