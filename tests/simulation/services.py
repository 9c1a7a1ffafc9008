"""The services as they are, over ports that die, stall and fail."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from payment_orchestrator.adapters.memory import MemoryCommands
from payment_orchestrator.adapters.outbox_relay import OutboxRelay
from payment_orchestrator.domain.policy import Remedies
from payment_orchestrator.entrypoints.worker import consuming
from payment_orchestrator.handlers.toolbox import Toolbox
from payment_orchestrator.handlers.turns import Turns
from payments_common.breakers.memory_board import MemoryBoard
from payments_common.config import Account
from payments_common.gateways.guarding import Guarding, guard_gateways
from payments_common.gateways.myfatoorah.gateway import open_gateway as open_myfatoorah
from payments_common.gateways.port import Gateway
from payments_common.gateways.tabby.gateway import open_gateway as open_tabby
from payments_common.gateways.tamara.gateway import open_gateway as open_tamara
from payments_common.messaging.memory import MemoryBroker, MemorySubscription
from payments_common.messaging.memory_queues import MemoryQueue, MemoryQueues, StoredMessage
from payments_common.messaging.messages import Message
from payments_common.messaging.port import Delivery, Handler
from payments_common.messaging.topology import Route
from payments_common.process.background import in_background
from payments_common.references import NewId, time_ordered_ids
from reconciler.adapters.memory import MemorySchedule, MemoryScoutNotes
from reconciler.adapters.memory_discrepancies import MemoryDiscrepancies
from simulation.chance import Chance
from simulation.in_process import InProcess
from simulation.processes import Process, outside
from simulation.sabotage import UNHARMED, Sabotage
from simulation.virtual_loop import START, VirtualClock
from simulation.watched_stores import WatchedOrders, WatchedWebhookEvents
from simulation.wires import FromGateway, ToGateway
from support.api_calls import KeptApiCalls
from support.boundaries import at_boundaries
from webhook_ingress.app import create_ingress
from webhook_ingress.config import IngressConfig

OPENERS: Mapping[str, Callable[..., Gateway]] = {
    "tabby": open_tabby,
    "tamara": open_tamara,
    "myfatoorah": open_myfatoorah,
}
MOST_SKEW_SECONDS = 1.0
LONGEST_DOWN_SECONDS = 20.0
PREFETCH = 8
LEASE_MARGIN_SECONDS = 5.0
BOARD_SECONDS = 10.0
"""How often a process looks at the board of breakers."""


class SimulatedQueues(MemoryQueues):
    """Nobody's process: messages outlive who brought them, and who takes them is another."""

    def store(self, route: Route, message: Message, *, user: str) -> None:
        outside().run(super().store, route, message, user=user)

    def give_back(self, queue: MemoryQueue, stored: StoredMessage) -> None:
        outside().run(super().give_back, queue, stored)


class SimulatedBroker(MemoryBroker):
    """One process' connection: every publish and every end of a handler is a boundary."""

    def __init__(
        self, process: Process, queues: MemoryQueues, *, user: str, sabotage: Sabotage
    ) -> None:
        super().__init__(VirtualClock(), queues=queues, user=user, drain_seconds=0.0)
        self.process = process
        self._sabotage = sabotage

    @property
    def unsettled_count(self) -> int:
        """What its consumers hold and have not acknowledged."""
        return sum(each.unsettled_count for each in self._subscriptions)

    async def subscribe(
        self, queue: str, handler: Handler, *, prefetch: int = PREFETCH
    ) -> MemorySubscription:
        sabotaged = self._sabotage.handler(queue, handler, self.process)

        async def handle(delivery: Delivery) -> None:
            self.process.adopt()
            await sabotaged(delivery)
            await self.process.reached(f"ack.{queue}:before")

        return await super().subscribe(queue, handle, prefetch=prefetch)

    async def _send(self, route: Route, message: Message) -> None:
        where = route.exchange or "a queue"
        await self.process.reached(f"broker.{where}:before")
        await super()._send(route, message)
        await self.process.reached(f"broker.{where}:after")


@dataclass
class Estate:
    """What outlives every process: the broker's queues, the database, the gateways."""

    chance: Chance
    accounts: Mapping[str, Account]
    remedies: Mapping[str, Remedies]
    sandbox: InProcess
    webhooks: FromGateway
    queues: MemoryQueues
    orders: WatchedOrders
    commands: MemoryCommands = field(default_factory=MemoryCommands)
    schedule: MemorySchedule = field(default_factory=MemorySchedule)
    scout_notes: MemoryScoutNotes = field(default_factory=MemoryScoutNotes)
    discrepancies: MemoryDiscrepancies = field(default_factory=MemoryDiscrepancies)
    board: MemoryBoard = field(default_factory=lambda: MemoryBoard(VirtualClock()))
    webhook_events: WatchedWebhookEvents = field(default_factory=WatchedWebhookEvents)
    api_calls: KeptApiCalls = field(default_factory=KeptApiCalls)
    sabotage: Sabotage = UNHARMED
    brokers: list[SimulatedBroker] = field(default_factory=list)
    supervisors: list["asyncio.Task[None]"] = field(default_factory=list)
    calm_since: datetime = START
    processes: dict[str, Process] = field(default_factory=dict)

    def clock(self, name: str) -> VirtualClock:
        draw = self.chance.draw(f"{name}|skew")
        return VirtualClock(ahead_seconds=(2 * draw - 1) * MOST_SKEW_SECONDS)

    def connect(self, process: Process, *, user: str) -> SimulatedBroker:
        broker = SimulatedBroker(process, self.queues, user=user, sabotage=self.sabotage)
        self.brokers.append(broker)
        return broker

    def supervise(
        self, name: str, run: Callable[["Estate", Process], "asyncio.Task[None]"]
    ) -> None:
        self.supervisors.append(asyncio.create_task(self._keep(name, run)))

    def end(self) -> None:
        """Nothing is started again, and nobody lives on."""
        for supervisor in self.supervisors:
            supervisor.cancel()
        for process in self.processes.values():
            process.kill()

    async def _keep(
        self, name: str, run: Callable[["Estate", Process], "asyncio.Task[None]"]
    ) -> None:
        """Starts it again each time it has died."""
        while True:
            process = self.processes[name] = Process(name, self.chance)
            living = run(self, process)
            await process.died.wait()
            await asyncio.wait([living])
            down = self.chance.draw(self.chance.name(f"{name}|down"))
            await asyncio.sleep(down**2 * LONGEST_DOWN_SECONDS)
            self.chance.tell(f"{name} starts again")


def gateways(estate: Estate, process: Process, clock: VirtualClock) -> dict[str, Gateway]:
    api_calls = at_boundaries("api_calls", estate.api_calls, process.reached)
    return {
        name: OPENERS[account.gateway](
            account,
            clock=clock,
            api_calls=api_calls,
            http_transport=ToGateway(
                estate.sandbox, chance=estate.chance, name=f"{process.name}|{name}"
            ),
        )
        for name, account in estate.accounts.items()
    }


def run_orchestrator(estate: Estate, process: Process) -> "asyncio.Task[None]":
    """Real use cases, policy, breakers and relay."""
    return process.start(_orchestrate(estate, process))


async def _orchestrate(estate: Estate, process: Process) -> None:
    clock = estate.clock(process.name)
    new_id = time_ordered_ids(clock, random_bits=bits(estate, process))
    guarding = guarding_of(estate, process, clock=clock, new_id=new_id)
    broker = estate.connect(process, user="orchestrator")
    orders = at_boundaries("orders", estate.orders, process.reached)
    relay = OutboxRelay(orders, broker, clock)
    longest = max(account.timeout_seconds for account in estate.accounts.values())
    tools = Toolbox(
        orders=orders,
        commands=at_boundaries("commands", estate.commands, process.reached),
        webhook_events=at_boundaries("webhook_events", estate.webhook_events, process.reached),
        gateways=guarding.gateways,
        publisher=broker,
        relay=relay,
        clock=clock,
        new_id=new_id,
        turns=Turns(),
        lease=timedelta(seconds=longest + LEASE_MARGIN_SECONDS),
        remedies=estate.remedies,
        breakers=guarding,
    )
    tools = estate.sabotage.tools(tools)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(broker.crash)
        await guarding.watch.join()
        await stack.enter_async_context(in_background(guarding.watch.run()))
        await stack.enter_async_context(
            consuming(broker, tools=tools, relay=relay, prefetch=PREFETCH)
        )
        await asyncio.Event().wait()


def guarding_of(
    estate: Estate, process: Process, *, clock: VirtualClock, new_id: NewId
) -> Guarding:
    """A process' gateways behind breakers, which it shares with the others."""
    return guard_gateways(
        estate.accounts,
        gateways(estate, process, clock),
        board=at_boundaries("breakers", estate.board, process.reached),
        clock=clock,
        new_id=new_id,
        poll_seconds=BOARD_SECONDS,
    )


def run_ingress(estate: Estate, process: Process) -> "asyncio.Task[None]":
    """The real application, without its socket."""
    clock = estate.clock(process.name)
    broker = estate.connect(process, user="ingress")
    config = IngressConfig.model_construct(
        **{
            name: each.default
            for name, each in IngressConfig.model_fields.items()
            if name not in {"rabbitmq_url", "accounts_file"}
        },
        rabbitmq_url=SecretStr(""),
        accounts_file=Path(),
    )
    schemes = {n: each.webhooks for n, each in gateways(estate, process, clock).items()}
    ingress = create_ingress(
        config,
        accounts=estate.accounts.values(),
        publisher=broker,
        is_connected=lambda: True,
        clock=clock,
        new_id=time_ordered_ids(clock, random_bits=bits(estate, process)),
        registry=CollectorRegistry(),
        scheme_of=lambda account: schemes[account.name],
    )
    return process.start(_receive(estate, process, InProcess(ingress.app), broker))


async def _receive(
    estate: Estate, process: Process, app: InProcess, broker: SimulatedBroker
) -> None:
    estate.webhooks.receiver = (process, app)
    try:
        await asyncio.Event().wait()
    finally:
        estate.webhooks.receiver = None
        await broker.crash()


def bits(estate: Estate, process: Process) -> Callable[[int], int]:
    name = estate.chance.name(f"{process.name}|ids")
    return estate.chance.random(name).getrandbits
