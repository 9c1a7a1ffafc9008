"""What a careless change would do: each is put into a run to see that the oracle catches it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import orjson

from payment_orchestrator.domain.observe import observe
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common import strict_json
from payments_common.gateways.port import Capabilities, Gateway
from payments_common.gateways.tabby.translate import observation_of
from payments_common.gateways.tabby.wire import TabbyPayment
from payments_common.gateways.witness import Witness
from payments_common.messaging.port import Delivery, Handler, Outgoing, Publisher
from payments_common.messaging.topology import QUEUE_COMMANDS
from payments_common.schemas.observations import ObservationSource
from payments_common.schemas.webhooks import WebhookMessage
from simulation.processes import Process

OnHandler = Callable[[str, Handler, Process], Handler]
OnTools = Callable[[Toolbox], Toolbox]
OnPublisher = Callable[[Publisher], Publisher]
"""Of the reconciler."""


def _same_handler(_queue: str, handler: Handler, _process: Process) -> Handler:
    return handler


def _same_tools(tools: Toolbox) -> Toolbox:
    return tools


def _same_publisher(publisher: Publisher) -> Publisher:
    return publisher


@dataclass(frozen=True, slots=True)
class Sabotage:
    handler: OnHandler = _same_handler
    tools: OnTools = _same_tools
    publisher: OnPublisher = _same_publisher


UNHARMED = Sabotage()


def _acknowledged_before_applied(_queue: str, handler: Handler, process: Process) -> Handler:
    async def handle(delivery: Delivery) -> None:
        process.start(_to_its_end(handler, delivery))

    return handle


async def _to_its_end(handler: Handler, delivery: Delivery) -> None:
    with suppress(Exception):  # nobody hears of it: that is the mistake
        await handler(delivery)


def _never_deduplicated() -> OnHandler:
    numbers = count(1)

    def wrap(queue: str, handler: Handler, _process: Process) -> Handler:
        async def handle(delivery: Delivery) -> None:
            value = orjson.loads(delivery.body)
            fresh = {**value, "id": f"{value['id']}-{next(numbers)}"}
            await handler(replace(delivery, body=orjson.dumps(fresh)))

        return handle if queue == QUEUE_COMMANDS else handler

    return wrap


class _Impatient:
    """Takes an effect that is not there yet for one that never comes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._gateway.capabilities, settle_seconds=0.0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


def _impatient(tools: Toolbox) -> Toolbox:
    return replace(tools, gateways={n: _Impatient(g) for n, g in tools.gateways.items()})


class _Trusting:
    """Believes the amounts in a webhook's body, which nothing has signed."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    async def record(self, message: WebhookMessage) -> bool:
        if message.account == "tabby" and message.verdict == "authentic":
            await self._believe(message)
        return await self._tools.webhook_events.record(message)

    async def _believe(self, message: WebhookMessage) -> None:
        payment = TabbyPayment.model_validate(strict_json.loads(message.body))
        order = await self._tools.orders.find_by_payment("tabby", payment.id)
        if order is None:
            return
        at = self._tools.clock.now()
        witness = Witness("tabby", ObservationSource.WEBHOOK, at, message.event_key)
        told = observation_of(payment, witness)
        await change_order(order.order_id, lambda c: observe(c, told), tools=self._tools)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tools.webhook_events, name)


def _trusting(tools: Toolbox) -> Toolbox:
    return replace(tools, webhook_events=_Trusting(tools))


class _LastWriterWins:
    """Stores an order whatever has been stored since it was read."""

    def __init__(self, orders: Any) -> None:
        self._orders = orders

    async def save(self, change: Any) -> None:
        now = await self._orders.get(change.order.order_id)
        moved = change.order.model_copy(update={"version": now.version})
        await self._orders.save(change.with_order(moved))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orders, name)


def _last_writer_wins(tools: Toolbox) -> Toolbox:
    return replace(tools, orders=_LastWriterWins(tools.orders))


class _Mute:
    """Keeps to itself what it has seen."""

    def __init__(self, _: Publisher) -> None: ...

    async def publish(self, outgoing: Outgoing) -> None: ...


MUTE = Sabotage(publisher=_Mute)
SABOTAGES: dict[str, Callable[[], Sabotage]] = {
    "a message is acknowledged before it is applied": lambda: Sabotage(
        handler=_acknowledged_before_applied
    ),
    "a command that comes twice is carried out twice": lambda: Sabotage(
        handler=_never_deduplicated()
    ),
    "what has no effect yet is sent again": lambda: Sabotage(tools=_impatient),
    "an amount that nobody signed is believed": lambda: Sabotage(tools=_trusting),
    "the last writer of an order wins": lambda: Sabotage(tools=_last_writer_wins),
}
