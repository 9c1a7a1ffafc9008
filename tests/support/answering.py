"""A stand-in for the orchestrator, as a calling service meets it through a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from payments_common.messaging.batches import handle_each
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.topology import EVENTS, QUEUE_COMMANDS
from payments_common.money import Money
from payments_common.schemas.envelope import Envelope, wrap
from payments_common.schemas.events import Balance, EventType, PaymentEvent, type_of
from payments_common.schemas.replies import TYPE, Answer, Outcome
from support.rabbit import connected

TIME = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Answering:
    """Gives each command id one answer, always the same one, once `answering` is set.

    Other content under a known id is refused. `heard` are the ids of all `commands`, as they came.
    """

    def __init__(self, broker: RabbitBroker) -> None:
        self.heard: list[str] = []
        self.commands: list[Envelope] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self.spoiled = False
        self._broker = broker
        self._answers: dict[str, tuple[object, Answer]] = {}

    async def handle(self, envelope: Envelope, delivery: Delivery) -> None:
        self.heard.append(envelope.id)
        self.commands.append(envelope)
        new = Answer(
            command_id=envelope.id,
            outcome=Outcome.SUCCEEDED,
            order_reference=envelope.data["order_reference"],
            gateway_reference=f"effect-{len(self._answers) + 1}",
        )
        content, answer = self._answers.setdefault(envelope.id, (envelope.data, new))
        if content != envelope.data:
            answer = Answer(command_id=envelope.id, outcome=Outcome.REFUSED)
        await self.answering.wait()
        reply = wrap(answer, type_=TYPE, id_=f"reply-{len(self.heard)}", source="t", time=TIME)
        if self.spoiled:
            reply = reply.model_copy(update={"data": {"outcome": "unheard of"}})
        await self._broker.publish(
            Outgoing("", delivery.reply_to or "", [reply], correlation_id=delivery.correlation_id)
        )


@asynccontextmanager
async def answering(url: str) -> AsyncIterator[Answering]:
    async with connected(url) as broker:
        orchestrator = Answering(broker)
        await broker.subscribe(QUEUE_COMMANDS, handle_each(orchestrator.handle))
        yield orchestrator


def event(sequence: int, *, type_: str | None = None) -> Outgoing:
    """The order's event of that number, on its way to whoever listens."""
    nothing = Money.zero("SAR")
    data = PaymentEvent(
        event=EventType.CAPTURED,
        order_id="order-1",
        order_reference="ORDER-1001",
        account="tabby-ksa",
        occurred_at=TIME,
        status="captured",
        balance=Balance(authorized=nothing, captured=nothing, refunded=nothing, voided=nothing),
    )
    envelope = wrap(
        data,
        type_=type_ or type_of(EventType.CAPTURED),
        id_=f"order-1-{sequence}",
        source="tests",
        time=TIME,
        sequence=sequence,
    )
    return Outgoing(EVENTS, "payment.captured", [envelope])
