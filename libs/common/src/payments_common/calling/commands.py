"""A command on its way out, until its answer is back or the time is over."""

import asyncio
import hashlib
from dataclasses import dataclass

from payments_common.calling.answers import Answers, NoAnswerYet
from payments_common.clock import Clock
from payments_common.errors import BrokerUnavailable, PublishUnknown
from payments_common.messaging.port import Broker, Outgoing
from payments_common.messaging.topology import COMMANDS
from payments_common.schemas.commands import AnyCommand, routing_key
from payments_common.schemas.envelope import wrap
from payments_common.schemas.replies import Answer

RESEND_SECONDS = 1.0


@dataclass(slots=True)
class _Fate:
    may_be_stored: bool = False


class CommandSender:
    """`sender` names the service; `reply_queue` is where its answers come back."""

    def __init__(self, broker: Broker, *, sender: str, reply_queue: str, clock: Clock) -> None:
        self._broker = broker
        self._sender = sender
        self._reply_queue = reply_queue
        self._clock = clock
        self._answers = Answers()

    async def open(self) -> None:
        await self._broker.subscribe(self._reply_queue, self._answers.take)

    async def send(self, command: AnyCommand, *, command_id: str, timeout_seconds: float) -> Answer:
        """Raises NoAnswerYet if the command was or may have been stored, else BrokerUnavailable."""
        outgoing = self._outgoing(command, command_id)
        fate = _Fate()
        with self._answers.awaited(outgoing.correlation_id or command_id) as answered:
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._publish(outgoing, fate)
                    answer = await answered
            except TimeoutError:
                if fate.may_be_stored:
                    raise NoAnswerYet(command_id, timeout_seconds) from None
                raise BrokerUnavailable(
                    f"command {command_id} was not sent: RabbitMQ took nothing for "
                    f"{timeout_seconds:g} s; send it again"
                ) from None
        return answer.model_copy(update={"command_id": command_id})

    def _outgoing(self, command: AnyCommand, command_id: str) -> Outgoing:
        """Correlated by content too: no late answer is taken for that of another command."""
        envelope = wrap(
            command,
            type_=command.TYPE,
            id_=command_id,
            source=self._sender,
            time=self._clock.now(),
            subject=getattr(command, "order_reference", None),
        )
        content = f"{command.TYPE} {command.model_dump_json()}".encode()
        return Outgoing(
            exchange=COMMANDS,
            routing_key=routing_key(command.TYPE),
            envelopes=[envelope],
            correlation_id=f"{command_id}:{hashlib.sha256(content).hexdigest()[:16]}",
            reply_to=self._reply_queue,
        )

    async def _publish(self, outgoing: Outgoing, fate: _Fate) -> None:
        """Again until the broker has it: the orchestrator drops what came before."""
        while True:
            # Set before, because the time may be over in the midst of it.
            before, fate.may_be_stored = fate.may_be_stored, True
            try:
                return await self._broker.publish(outgoing)
            except PublishUnknown:
                pass
            except BrokerUnavailable:
                fate.may_be_stored = before
            await self._clock.sleep(RESEND_SECONDS)
