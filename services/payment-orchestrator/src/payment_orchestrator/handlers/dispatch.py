"""One table: message type → use case."""

from collections.abc import Awaitable, Callable

from payment_orchestrator.handlers.do_work import receive_work_due
from payment_orchestrator.handlers.receive_command import receive_command
from payment_orchestrator.handlers.receive_observation import (
    receive_gave_up,
    receive_observation,
)
from payment_orchestrator.handlers.receive_webhook import receive_webhook
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.messaging.port import Delivery
from payments_common.schemas.commands import COMMANDS
from payments_common.schemas.envelope import Envelope
from payments_common.schemas.observations import Observation
from payments_common.schemas.reconciliation import PollingGaveUp
from payments_common.schemas.webhooks import RECEIVED_TYPE, REFUSED_TYPE
from payments_common.schemas.work import OrderWorkDue

UseCase = Callable[[Envelope, Delivery, Toolbox], Awaitable[None]]


async def _command(envelope: Envelope, delivery: Delivery, tools: Toolbox) -> None:
    await receive_command(envelope, delivery, tools=tools)


async def _webhook(envelope: Envelope, _: Delivery, tools: Toolbox) -> None:
    await receive_webhook(envelope, tools=tools)


async def _observation(envelope: Envelope, _: Delivery, tools: Toolbox) -> None:
    await receive_observation(envelope, tools=tools)


async def _gave_up(envelope: Envelope, _: Delivery, tools: Toolbox) -> None:
    await receive_gave_up(envelope, tools=tools)


async def _work(envelope: Envelope, _: Delivery, tools: Toolbox) -> None:
    await receive_work_due(envelope, tools=tools)


USE_CASES: dict[str, UseCase] = {
    **dict.fromkeys(COMMANDS, _command),
    RECEIVED_TYPE: _webhook,
    REFUSED_TYPE: _webhook,
    Observation.TYPE: _observation,
    PollingGaveUp.TYPE: _gave_up,
    OrderWorkDue.TYPE: _work,
}


async def dispatch(envelope: Envelope, delivery: Delivery, *, tools: Toolbox) -> None:
    """An unknown type is treated as a command, so that its sender is told what is wrong."""
    await USE_CASES.get(envelope.type, _command)(envelope, delivery, tools)
