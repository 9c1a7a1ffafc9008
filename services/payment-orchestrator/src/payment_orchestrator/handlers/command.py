"""A command as it reached us: what it asks, who sent it, where its answer goes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import orjson

from payment_orchestrator.domain.order import ReplyAddress
from payments_common.errors import InvalidMessage
from payments_common.messaging.port import Delivery
from payments_common.schemas.commands import COMMANDS, AnyCommand
from payments_common.schemas.envelope import Envelope, parse
from payments_common.schemas.replies import REPLY_QUEUE_PREFIX


@dataclass(frozen=True, slots=True)
class Received:
    """`digest` tells the same content from other content under the same id."""

    command_id: str
    command: AnyCommand
    digest: str
    sender: str | None
    reply_to: tuple[ReplyAddress, ...]
    received_at: datetime


def read_command(envelope: Envelope, delivery: Delivery, *, now: datetime) -> Received:
    """Raises InvalidMessage that says what is wrong with the command."""
    model = COMMANDS.get(envelope.type)
    if model is None:
        raise InvalidMessage(
            f"{envelope.type!r} is not a command; known are: {', '.join(sorted(COMMANDS))}",
            code="unknown_message_type",
        )
    command: AnyCommand = parse(model, envelope.data, envelope.type)
    content = orjson.dumps(
        [envelope.type, command.model_dump(mode="json")], option=orjson.OPT_SORT_KEYS
    )
    return Received(
        command_id=envelope.id,
        command=command,
        digest=hashlib.sha256(content).hexdigest(),
        sender=delivery.sender,
        reply_to=reply_addresses(delivery, command_id=envelope.id),
        received_at=now,
    )


def reply_addresses(delivery: Delivery, *, command_id: str) -> tuple[ReplyAddress, ...]:
    """Only queues made for replies: nobody may have us publish into somebody's work queue."""
    if delivery.reply_to is None or not delivery.reply_to.startswith(REPLY_QUEUE_PREFIX):
        return ()
    correlation_id = delivery.correlation_id or command_id
    return (ReplyAddress(queue=delivery.reply_to, correlation_id=correlation_id),)
