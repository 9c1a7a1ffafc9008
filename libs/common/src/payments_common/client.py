"""What a calling service imports: send a command, await its answer, follow events.

async with connect(url, name="shop") as payments:
    answer = await payments.send(CreateSession(...))
    answer = await payments.refund("ORDER-1001", Money.from_major("49.00", "SAR"))
    async for event in payments.events():
        ...

The service's RabbitMQ user needs its own queues, `payments.commands` and `payments.events`; the
handlers here never raise, because a dead letter would need more (docs/calling-service.md).
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Unpack

from payments_common.calling.answers import NoAnswerYet
from payments_common.calling.commands import CommandSender
from payments_common.calling.events import Following, ReceivedEvent
from payments_common.calling.keywords import Asking, Capturing, Moving
from payments_common.calling.own_queues import OwnQueues
from payments_common.clock import Clock, SystemClock
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.topology import EVENTS, Route
from payments_common.money import Money
from payments_common.references import NewId, time_ordered_ids
from payments_common.schemas.commands import (
    AnyCommand,
    CapturePayment,
    RecheckPayment,
    RefundPayment,
    VoidPayment,
)
from payments_common.schemas.envelope import parse
from payments_common.schemas.replies import REPLY_QUEUE_PREFIX, Answer

__all__ = ["NoAnswerYet", "PaymentsClient", "ReceivedEvent", "connect"]

ANSWER_SECONDS = 60.0
REPLY_QUEUE_EXPIRES_SECONDS = 120
PASSING_QUEUE_EXPIRES_SECONDS = 600
# Nothing here is worth waiting for: an event that was not asked past stays in its queue.
DRAIN_SECONDS = 0.1
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)

OrderCommand = CapturePayment | RefundPayment | VoidPayment | RecheckPayment


@asynccontextmanager
async def connect(rabbitmq_url: str, *, name: str) -> AsyncIterator["PaymentsClient"]:
    """Opens a client for the service `name`, which its queues are named after; closes it again.

    Raises BrokerUnavailable when RabbitMQ does not answer, Misconfigured when it refuses us.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a service; use lower-case letters, digits and -")
    clock = SystemClock()
    broker = await RabbitBroker.connect(
        rabbitmq_url,
        connection_name=name,
        clock=clock,
        declare=False,
        drain_seconds=DRAIN_SECONDS,
    )
    try:
        client = PaymentsClient(broker, name=name, clock=clock, new_id=time_ordered_ids(clock))
        async with client.opened():
            yield client
    finally:
        await broker.close()


class PaymentsClient:
    def __init__(self, broker: RabbitBroker, *, name: str, clock: Clock, new_id: NewId) -> None:
        self._broker = broker
        self._name = name
        self._new_id = new_id
        self._queues = OwnQueues(broker, clock)
        self._followings: set[Following] = set()
        self.reply_queue = f"{REPLY_QUEUE_PREFIX}{name}.{new_id()}"
        self._commands = CommandSender(
            broker, sender=name, reply_queue=self.reply_queue, clock=clock
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with self._queues.kept():
            await self._queues.declare(
                self.reply_queue, expires_seconds=REPLY_QUEUE_EXPIRES_SECONDS
            )
            await self._commands.open()
            try:
                yield
            finally:
                for following in self._followings:
                    following.let_go()

    async def send(
        self,
        command: AnyCommand,
        *,
        command_id: str | None = None,
        timeout_seconds: float = ANSWER_SECONDS,
    ) -> Answer:
        """Returns the command's one answer; the same command and id again gives it again.

        Raises NoAnswerYet after `timeout_seconds` if the command was or may have been stored,
        BrokerUnavailable if it was not, Unroutable if no orchestrator has ever run.
        """
        identity = self._new_id() if command_id is None else command_id
        return await self._commands.send(
            command, command_id=identity, timeout_seconds=timeout_seconds
        )

    async def capture(
        self, order_reference: str, amount: Money | None = None, **how: Unpack[Capturing]
    ) -> Answer:
        """Takes `amount`, or all that is left to capture."""
        return await self._order(CapturePayment, order_reference, amount=amount, **how)

    async def refund(
        self, order_reference: str, amount: Money | None = None, **how: Unpack[Moving]
    ) -> Answer:
        """Returns `amount`, or all that is left to refund."""
        return await self._order(RefundPayment, order_reference, amount=amount, **how)

    async def void(
        self, order_reference: str, amount: Money | None = None, **how: Unpack[Moving]
    ) -> Answer:
        """Releases `amount`, or all that is held and not captured."""
        return await self._order(VoidPayment, order_reference, amount=amount, **how)

    async def recheck(self, order_reference: str, **how: Unpack[Asking]) -> Answer:
        """Has the gateway asked, now; the answer's `status` is the order's after it."""
        return await self._order(RecheckPayment, order_reference, **how)

    async def listen(
        self, queue: str | None = None, *, patterns: Sequence[str] = ("#",), lasting: bool = True
    ) -> str:
        """Makes the queue that `events` reads, so that nothing is missed from now on; names it.

        A queue that is not `lasting` goes ten minutes after its last reader.
        """
        own = queue or f"{self._name}.events"
        if not own.startswith(f"{self._name}."):
            raise ValueError(f"{own!r} is not a queue of {self._name}; call it {self._name}.{own}")
        await self._queues.declare(
            own,
            routes=[Route(EVENTS, pattern) for pattern in patterns],
            expires_seconds=None if lasting else PASSING_QUEUE_EXPIRES_SECONDS,
        )
        return own

    async def events(
        self, queue: str | None = None, *, patterns: Sequence[str] = ("#",), lasting: bool = True
    ) -> AsyncIterator[ReceivedEvent]:
        """Follows events at least once each, in the order they come, by default from `NAME.events`.

        An event is acknowledged when you ask for the next one; what comes while you are away is
        kept.
        """
        own = await self.listen(queue, patterns=patterns, lasting=lasting)
        following = Following(self._broker, own)
        self._followings.add(following)
        try:
            async with aclosing(following.events()) as events:
                async for event in events:
                    yield event
        finally:
            self._followings.discard(following)

    async def _order(
        self,
        model: type[OrderCommand],
        order_reference: str,
        *,
        requested_by: str | None = None,
        command_id: str | None = None,
        timeout_seconds: float = ANSWER_SECONDS,
        **fields: Any,
    ) -> Answer:
        """Raises InvalidMessage, before anything is sent, for fields that make no sense."""
        given = {name: value for name, value in fields.items() if value is not None}
        asked = {
            "order_reference": order_reference,
            "requested_by": {"user_id": requested_by or self._name},
            **given,
        }
        command: OrderCommand = parse(model, asked, model.TYPE)
        return await self.send(command, command_id=command_id, timeout_seconds=timeout_seconds)
