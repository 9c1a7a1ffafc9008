"""What a calling service imports: send a command, await its answer, follow events.

async with connect(url, name="shop") as payments:
    answer = await payments.send(CreateSession(...))
    async for event in payments.events("shop.events"):
        ...
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from payments_common.clock import Clock, SystemClock
from payments_common.errors import BrokerUnavailable, PublishUnknown, TryLater
from payments_common.messaging.batches import handle_each
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.topology import COMMANDS, EVENTS, Route
from payments_common.references import NewId, time_ordered_ids
from payments_common.schemas.commands import AnyCommand, routing_key
from payments_common.schemas.envelope import Envelope, parse, wrap
from payments_common.schemas.events import PaymentEvent
from payments_common.schemas.replies import REPLY_QUEUE_PREFIX, Answer

ANSWER_SECONDS = 60.0
REPLY_QUEUE_EXPIRES_SECONDS = 600
RESEND_SECONDS = 1.0
DRAIN_SECONDS = 1.0


class NoAnswerYet(TryLater):
    """The command is stored and will be carried out; send it again, same id, to hear its answer."""

    code = "no_answer_yet"

    def __init__(self, command_id: str, waited_seconds: float) -> None:
        super().__init__(
            f"no answer to command {command_id} within {waited_seconds:g} s; it is not lost: "
            "send the same command with the same command_id again to hear its answer"
        )
        self.command_id = command_id


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """`event_id` is stable, `sequence` counts an order's events from 1: drop what you have seen."""

    event_id: str
    sequence: int
    data: PaymentEvent


@asynccontextmanager
async def connect(rabbitmq_url: str, *, name: str) -> AsyncIterator["PaymentsClient"]:
    """Opens a client for the service `name`; closes it after the block.

    Raises BrokerUnavailable when RabbitMQ does not answer.
    """
    clock = SystemClock()
    broker = await RabbitBroker.connect(
        rabbitmq_url,
        connection_name=name,
        clock=clock,
        declare=False,
        drain_seconds=DRAIN_SECONDS,
    )
    client = PaymentsClient(broker, name=name, clock=clock, new_id=time_ordered_ids(clock))
    try:
        await client.open()
        yield client
    finally:
        await broker.close()


class PaymentsClient:
    def __init__(self, broker: RabbitBroker, *, name: str, clock: Clock, new_id: NewId) -> None:
        self._broker = broker
        self._name = name
        self._clock = clock
        self._new_id = new_id
        self._reply_queue = f"{REPLY_QUEUE_PREFIX}{name}.{new_id()}"
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    async def open(self) -> None:
        await self._broker.declare_own_queue(
            self._reply_queue, expires_seconds=REPLY_QUEUE_EXPIRES_SECONDS
        )
        await self._broker.subscribe(self._reply_queue, handle_each(self._take_answer))

    async def send(
        self,
        command: AnyCommand,
        *,
        command_id: str | None = None,
        timeout_seconds: float = ANSWER_SECONDS,
    ) -> Answer:
        """Returns the command's one answer; the same command and id again gives it again.

        Keep `command_id` with your order before you send: it is what makes a repeat safe.
        Raises NoAnswerYet after `timeout_seconds`, or BrokerUnavailable when nothing was sent.
        """
        identity = command_id or self._new_id()
        answered = self._waiting.setdefault(identity, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._publish(command, identity)
                return await asyncio.shield(answered)
        except TimeoutError:
            raise NoAnswerYet(identity, timeout_seconds) from None
        finally:
            self._waiting.pop(identity, None)

    async def events(
        self, queue: str, *, patterns: Sequence[str] = ("#",), lasting: bool = True
    ) -> AsyncIterator[ReceivedEvent]:
        """Follows events through a queue of your own, at least once each, in the order they come.

        An event is acknowledged when you ask for the next one. Start with your service's name:
        `shop.events`. A queue that is not `lasting` goes ten minutes after its last reader.
        """
        await self._broker.declare_own_queue(
            queue,
            routes=[Route(EVENTS, pattern) for pattern in patterns],
            expires_seconds=None if lasting else REPLY_QUEUE_EXPIRES_SECONDS,
        )
        arrived: asyncio.Queue[tuple[ReceivedEvent, asyncio.Event]] = asyncio.Queue()

        async def take(envelope: Envelope, _: Delivery) -> None:
            handled = asyncio.Event()
            data = parse(PaymentEvent, envelope.data, envelope.type)
            event = ReceivedEvent(envelope.id, envelope.sequence or 0, data)
            await arrived.put((event, handled))
            await handled.wait()

        subscription = await self._broker.subscribe(queue, handle_each(take), prefetch=1)
        try:
            while True:
                event, handled = await arrived.get()
                yield event
                handled.set()
        finally:
            await subscription.drain()

    async def _publish(self, command: AnyCommand, command_id: str) -> None:
        """Again until the broker has it: the orchestrator drops what came before."""
        envelope = wrap(
            command,
            type_=command.TYPE,
            id_=command_id,
            source=self._name,
            time=self._clock.now(),
            subject=getattr(command, "order_reference", None),
        )
        outgoing = Outgoing(
            exchange=COMMANDS,
            routing_key=routing_key(command.TYPE),
            envelopes=[envelope],
            correlation_id=command_id,
            reply_to=self._reply_queue,
        )
        while True:
            try:
                await self._broker.publish(outgoing)
            except (BrokerUnavailable, PublishUnknown):
                await self._clock.sleep(RESEND_SECONDS)
            else:
                return

    async def _take_answer(self, envelope: Envelope, delivery: Delivery) -> None:
        answer = parse(Answer, envelope.data, envelope.type)
        waiting = self._waiting.get(delivery.correlation_id or answer.command_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
