"""Orchestrators with guarded gateways, over one memory and one virtual time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from payment_orchestrator.adapters.memory import MemoryCommands, MemoryOrders, MemoryWebhookEvents
from payment_orchestrator.adapters.outbox_relay import OutboxRelay
from payment_orchestrator.domain.order import Order
from payment_orchestrator.entrypoints.worker import consuming
from payment_orchestrator.handlers.toolbox import Toolbox
from payment_orchestrator.handlers.turns import Turns
from payments_common.breakers.memory_board import MemoryBoard
from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.gateways.guarding import Guarding, guard_gateways
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.memory_queues import MemoryQueues
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.messaging.topology import COMMANDS
from payments_common.process.background import in_background
from payments_common.schemas.commands import AnyCommand, routing_key
from payments_common.schemas.envelope import decode, wrap
from payments_common.schemas.replies import Answer
from support.builders import recheck, session
from support.plain_gateway import PlainGateway

REPLIES = "payments.reply.house"


@dataclass
class House:
    """`heard` are the answers with the seconds each took, by command id."""

    clock: Clock
    gateways: Mapping[str, PlainGateway]
    queues: MemoryQueues
    shop: MemoryBroker
    board: MemoryBoard
    orders: MemoryOrders
    processes: list[Toolbox] = field(default_factory=list)
    guardings: list[Guarding] = field(default_factory=list)
    running: list[AsyncExitStack] = field(default_factory=list)
    heard: dict[str, tuple[Answer, float]] = field(default_factory=dict)
    _sent_at: dict[str, float] = field(default_factory=dict)
    _arrived: dict[str, asyncio.Event] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def new_id(self) -> str:
        return f"{next(self._numbers):032x}"

    async def send(self, command: AnyCommand, *, command_id: str | None = None) -> str:
        """Does not wait for the answer; returns the command's id."""
        identity = command_id or self.new_id()
        self._sent_at[identity] = self.clock.monotonic_seconds()
        self._arrived[identity] = asyncio.Event()
        self.heard.pop(identity, None)
        envelope = wrap(
            command, type_=command.TYPE, id_=identity, source="shop", time=self.clock.now()
        )
        await self.shop.publish(
            Outgoing(
                exchange=COMMANDS,
                routing_key=routing_key(envelope.type),
                envelopes=[envelope],
                correlation_id=identity,
                reply_to=REPLIES,
            )
        )
        return identity

    async def ask(self, command: AnyCommand, *, command_id: str | None = None) -> Answer:
        identity = await self.send(command, command_id=command_id)
        await self._arrived[identity].wait()
        return self.heard[identity][0]

    async def authorized(self, reference: str) -> Order:
        """An order whose customer has paid, and whose merchant may capture."""
        answer = await self.ask(session(order_reference=reference))
        assert answer.payment_id is not None, answer
        self.gateways[answer.account or ""].pay(answer.payment_id)
        await self.ask(recheck(order_reference=reference))
        return await self.order(reference)

    async def order(self, reference: str) -> Order:
        order = await self.orders.find_by_reference(reference)
        assert order is not None
        return order

    async def told(self, reference: str, kind: str) -> list[str]:
        """What the order's history says of this kind."""
        order = await self.order(reference)
        return [e.text for e in await self.orders.history(order.order_id) if e.kind == kind]

    async def end_first_process(self) -> None:
        await self.running[0].aclose()

    async def hear(self, delivery: Delivery) -> None:
        for envelope in decode(delivery.body, content_type=delivery.content_type):
            answer = Answer.model_validate(envelope.data)
            waited = self.clock.monotonic_seconds() - self._sent_at[answer.command_id]
            self.heard.setdefault(answer.command_id, (answer, waited))
            self._arrived[answer.command_id].set()


@asynccontextmanager
async def house(
    accounts: Mapping[str, Account], *, clock: Clock, processes: int = 2
) -> AsyncIterator[House]:
    queues = MemoryQueues(clock)
    queues.declare_own(REPLIES)
    here = House(
        clock=clock,
        gateways={name: PlainGateway(clock, name) for name in accounts},
        queues=queues,
        shop=MemoryBroker(clock, queues=queues, user="shop"),
        board=MemoryBoard(clock),
        orders=MemoryOrders(),
    )
    commands = MemoryCommands()
    async with AsyncExitStack() as stack:
        await here.shop.subscribe(REPLIES, here.hear)
        for _ in range(processes):
            here.running.append(await stack.enter_async_context(AsyncExitStack()))
            await _started(here, accounts, commands, stack=here.running[-1])
        yield here
    queues.close()


async def _started(
    here: House,
    accounts: Mapping[str, Account],
    commands: MemoryCommands,
    *,
    stack: AsyncExitStack,
) -> None:
    guarding = guard_gateways(
        accounts, here.gateways, board=here.board, clock=here.clock, new_id=here.new_id
    )
    await guarding.watch.look()
    await stack.enter_async_context(in_background(guarding.watch.run()))
    broker = MemoryBroker(here.clock, queues=here.queues, user="orchestrator")
    relay = OutboxRelay(here.orders, broker, here.clock)
    tools = Toolbox(
        orders=here.orders,
        commands=commands,
        webhook_events=MemoryWebhookEvents(),
        gateways=guarding.gateways,
        publisher=broker,
        relay=relay,
        clock=here.clock,
        new_id=here.new_id,
        turns=Turns(),
        breakers=guarding,
    )
    await stack.enter_async_context(consuming(broker, tools=tools, relay=relay, prefetch=32))
    here.processes.append(tools)
    here.guardings.append(guarding)
