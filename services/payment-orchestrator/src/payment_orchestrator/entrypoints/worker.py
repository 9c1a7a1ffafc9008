"""The consuming process: queues to use cases, the outbox sweeper, an orderly stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from payment_orchestrator.adapters.outbox_relay import OutboxRelay
from payment_orchestrator.entrypoints.letting_go import letting_go
from payment_orchestrator.handlers.dispatch import dispatch
from payment_orchestrator.handlers.receive_command import tell_sender
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import InvalidMessage
from payments_common.messaging.batches import Member, SomeFailed, handle_each
from payments_common.messaging.port import Broker, Delivery, Handler, Subscription
from payments_common.messaging.topology import (
    QUEUE_COMMANDS,
    QUEUE_OBSERVATIONS,
    QUEUE_OPERATIONS,
    QUEUE_REFUSED_WEBHOOKS,
    QUEUE_WEBHOOKS,
)
from payments_common.process.patience import until_there
from payments_common.schemas.envelope import Envelope

QUEUES = (
    QUEUE_WEBHOOKS,
    QUEUE_REFUSED_WEBHOOKS,
    QUEUE_COMMANDS,
    QUEUE_OBSERVATIONS,
    QUEUE_OPERATIONS,
)


def handler_for(tools: Toolbox) -> Handler:
    async def handle_one(envelope: Envelope, delivery: Delivery) -> None:
        await dispatch(envelope, delivery, tools=tools)

    return handle_each(handle_one)


def command_handler_for(tools: Toolbox) -> Handler:
    """Like any handler, and the sender of what cannot be read hears what is wrong with it."""
    handle = handler_for(tools)

    async def handler(delivery: Delivery) -> None:
        try:
            await handle(delivery)
        except InvalidMessage as error:
            await tell_sender(delivery, error, tools=tools)
            raise
        except SomeFailed as failed:
            for failure in failed.failures:
                if isinstance(failure.error, InvalidMessage):
                    identity = _id_of(failure.member)
                    await tell_sender(delivery, failure.error, command_id=identity, tools=tools)
            raise

    return handler


def _id_of(member: Member) -> str | None:
    """The envelope's own id, if what came can be looked into so far."""
    value = member.value.get("id") if isinstance(member.value, dict) else None
    return value if isinstance(value, str) and value else None


@asynccontextmanager
async def consuming(
    broker: Broker, *, tools: Toolbox, relay: OutboxRelay, prefetch: int
) -> AsyncIterator[None]:
    """Takes messages until the end of the block, then finishes those that it has begun."""
    subscriptions: list[Subscription] = []
    sweeper = asyncio.create_task(relay.sweep_forever())
    try:
        for queue in QUEUES:
            is_commands = queue == QUEUE_COMMANDS
            handler = command_handler_for(tools) if is_commands else handler_for(tools)
            subscribe = partial(broker.subscribe, queue, handler, prefetch=prefetch)
            subscriptions.append(await until_there(subscribe, clock=tools.clock))
        async with letting_go(tools):
            yield
    finally:
        await asyncio.gather(*(each.drain() for each in subscriptions))
        sweeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeper
