"""The orchestrator at work in this process: real use cases, real Tabby client, real sandbox.

Its repositories, broker and clock are given: in memory, or on real servers.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from gateway_sandbox.settings import Settings as SandboxSettings
from payment_orchestrator.adapters.memory import MemoryCommands, MemoryOrders, MemoryWebhookEvents
from payment_orchestrator.adapters.outbox_relay import OutboxRelay
from payment_orchestrator.domain.order import Order
from payment_orchestrator.entrypoints.worker import consuming
from payment_orchestrator.handlers.toolbox import Toolbox
from payment_orchestrator.handlers.turns import Turns
from payment_orchestrator.ports import StatusTokens
from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.gateways.port import Gateway
from payments_common.gateways.registry import open_gateway
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.memory_queues import MemoryQueues
from payments_common.messaging.messages import REASON
from payments_common.messaging.port import Outgoing
from payments_common.messaging.topology import COMMANDS, QUEUE_DEAD_LETTERS, WEBHOOKS
from payments_common.references import NewId
from payments_common.schemas.commands import AnyCommand, routing_key
from payments_common.schemas.envelope import Envelope, decode, wrap
from payments_common.schemas.replies import Answer
from payments_common.schemas.webhooks import RECEIVED_KEY, RECEIVED_TYPE, WebhookMessage
from support.api_calls import KeptApiCalls
from support.builders import capture, session
from support.eventually import eventually
from support.running_sandbox import SECRET_KEY, SandboxClient, running_sandbox

REPLIES = "payments.reply.test"


class SteppingClock:
    """Sleeps end at once and move the time; between them it stands still."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def monotonic_seconds(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self._now += timedelta(seconds=seconds)


@dataclass
class World:
    tools: Toolbox
    broker: MemoryBroker
    shop: MemoryBroker
    sandbox: SandboxClient
    api_calls: KeptApiCalls
    gateways: dict[str, Gateway]
    queues: MemoryQueues
    running: AsyncExitStack
    _command_ids: "count[int]" = field(default_factory=lambda: count(1))

    async def consume(self) -> None:
        relay = OutboxRelay(self.tools.orders, self.broker, self.tools.clock)
        consumer = consuming(self.broker, tools=self.tools, relay=relay, prefetch=32)
        await self.running.enter_async_context(consumer)

    async def join_another_process(self) -> None:
        """One more orchestrator over the same orders and queues."""
        broker = MemoryBroker(self.tools.clock, queues=self.queues, user="orchestrator")
        relay = OutboxRelay(self.tools.orders, broker, self.tools.clock)
        tools = replace(self.tools, publisher=broker, relay=relay, turns=Turns())
        consumer = consuming(broker, tools=tools, relay=relay, prefetch=32)
        await self.running.enter_async_context(consumer)

    async def crash_and_restart(self) -> None:
        """The process dies where it is; another begins over the same orders and queues."""
        await self.broker.crash()
        self.broker = MemoryBroker(self.tools.clock, queues=self.queues, user="orchestrator")
        relay = OutboxRelay(self.tools.orders, self.broker, self.tools.clock)
        self.tools = replace(self.tools, publisher=self.broker, relay=relay, turns=Turns())
        await self.consume()

    async def send(self, command: AnyCommand, *, command_id: str | None = None) -> Answer:
        """Sends a command as a calling service does and waits for its answer.

        Fails if something becomes a dead letter meanwhile.
        """
        envelope = self.wrapped(command, command_id=command_id)
        heard, dead = len(self.answers()), len(self.dead_letters())
        await self.publish(envelope)
        await eventually(lambda: len(self.answers()) > heard or len(self.dead_letters()) > dead)
        assert len(self.dead_letters()) == dead, self.dead_letters()[-1][REASON]
        return self.answers()[-1]

    def wrapped(self, command: AnyCommand, *, command_id: str | None = None) -> Envelope:
        identity = command_id or f"command-{next(self._command_ids)}"
        return wrap(
            command, type_=command.TYPE, id_=identity, source="shop", time=self.tools.clock.now()
        )

    async def publish(self, envelope: Envelope) -> None:
        await self.shop.publish(
            Outgoing(
                exchange=COMMANDS,
                routing_key=routing_key(envelope.type) or "unknown",
                envelopes=[envelope],
                correlation_id=envelope.id,
                reply_to=REPLIES,
            )
        )

    def answers(self) -> list[Answer]:
        return [
            Answer.model_validate(envelope.data)
            for stored in self.shop.queued(REPLIES)
            for envelope in decode(stored.message.body, content_type=stored.message.content_type)
        ]

    async def webhook(
        self,
        body: dict[str, Any] | bytes,
        *,
        account: str = "tabby-ksa",
        secret_id: str | None = "first",
    ) -> None:
        """Hands in an authentic webhook, as the ingress would; a probe matches no secret."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        message = WebhookMessage(
            account=account,
            event_key=f"sha256:{hashlib.sha256(raw).hexdigest()}",
            received_at=self.tools.clock.now(),
            body_base64=base64.b64encode(raw).decode(),
            verdict="authentic",
            secret_id=secret_id,
        )
        envelope = wrap(
            message,
            type_=RECEIVED_TYPE,
            id_=self.tools.new_id(),
            source="webhook-ingress",
            time=self.tools.clock.now(),
        )
        await self.shop.publish(
            Outgoing(exchange=WEBHOOKS, routing_key=RECEIVED_KEY, envelopes=[envelope], batch=True)
        )

    async def pending(self, **changes: object) -> Order:
        """An order whose customer is on the hosted page."""
        command = session(**changes)
        answer = await self.send(command)
        assert answer.payment_id is not None, answer
        return await self.order(command.order_reference)

    async def authorized(self, **changes: object) -> Order:
        """An order whose customer has paid, known by webhook."""
        order = await self.pending(**changes)
        payment_id = order.payments[0].payment_id
        await self.sandbox.control(f"payments/{payment_id}/pay")
        await self.webhook({"id": payment_id, "status": "authorized", "amount": "150"})
        return await self.until(order.order_reference, "authorized")

    async def captured(self, **changes: object) -> Order:
        """An order that was authorized and captured in full."""
        order = await self.authorized(**changes)
        answer = await self.send(capture(order_reference=order.order_reference))
        assert answer.outcome == "succeeded", answer
        return await self.until(order.order_reference, "captured")

    async def authorized_automatically(self) -> Order:
        """An order whose policy captured it as soon as it was paid."""
        order = await self.pending(capture_mode="automatic")
        payment_id = order.payments[0].payment_id
        await self.sandbox.control(f"payments/{payment_id}/pay")
        await self.webhook({"id": payment_id, "status": "authorized"})
        return await self.until(order.order_reference, "captured")

    async def fault(self, operation: str, kind: str, **settings: Any) -> None:
        """The sandbox misbehaves at its next request of this operation."""
        await self.sandbox.control("faults", operation=operation, kind=kind, **settings)

    async def ledger(self, order: Order) -> dict[str, int]:
        """What the gateway believes, in minor units."""
        account = await self.sandbox.account(order.payments[0].payment_id)
        names = ("authorized", "captured", "refunded", "voided")
        return {name: account[f"{name}_minor"] for name in names}

    async def agrees(self, reference: str = "SHOP-1001") -> None:
        """Fails unless our balance is the gateway's, to the minor unit."""
        order = await self.order(reference)
        ours = {name: money.amount_minor for name, money in order.balance}
        assert ours == await self.ledger(order)

    async def order(self, reference: str = "SHOP-1001") -> Order:
        order = await self.tools.orders.find_by_reference(reference)
        assert order is not None
        return order

    async def until(self, reference: str, status: str) -> Order:
        async def reached() -> bool:
            return (await self.order(reference)).status == status

        await eventually(reached)
        return await self.order(reference)

    async def story(self, reference: str = "SHOP-1001") -> list[str]:
        """The kinds of the order's history."""
        order = await self.order(reference)
        return [entry.kind for entry in await self.tools.orders.history(order.order_id)]

    def dead_letters(self) -> list[dict[str, object]]:
        queued = self.broker.queued(QUEUE_DEAD_LETTERS)
        return [dict(stored.message.headers) for stored in queued]


def tabby_account(base_url: str, *, name: str = "tabby-ksa", merchant_code: str = "SA") -> Account:
    return Account.model_validate(
        {
            "name": name,
            "gateway": "tabby",
            "base_url": base_url,
            "options": {"merchant_code": merchant_code},
            "credentials": {"secret_key": SECRET_KEY},
            "webhook_secrets": {"first": "example-webhook-secret"},
            "timeout_seconds": 2.0,
            "max_concurrent_calls": 20,
            "calls_per_second": 1000.0,
        }
    )


def new_ids() -> NewId:
    numbers = count(1)
    return lambda: f"{next(numbers):032x}"


def gateways(base_url: str, *, clock: Clock, api_calls: KeptApiCalls) -> dict[str, Gateway]:
    accounts = [
        tabby_account(base_url),
        tabby_account(base_url, name="tabby-kwt", merchant_code="KW"),
    ]
    return {a.name: open_gateway(a, clock=clock, api_calls=api_calls) for a in accounts}


def in_memory(
    gateways: dict[str, Gateway],
    *,
    queues: MemoryQueues,
    clock: Clock,
    sandbox: SandboxClient,
    api_calls: KeptApiCalls,
    running: AsyncExitStack,
) -> World:
    """A world whose repositories and broker are those of the memory."""
    broker = MemoryBroker(clock, queues=queues, user="orchestrator")
    orders = MemoryOrders()
    tools = Toolbox(
        orders=orders,
        commands=MemoryCommands(),
        webhook_events=MemoryWebhookEvents(),
        gateways=gateways,
        publisher=broker,
        relay=OutboxRelay(orders, broker, clock),
        clock=clock,
        new_id=new_ids(),
        turns=Turns(),
    )
    shop = MemoryBroker(clock, queues=queues, user="shop")
    return World(tools, broker, shop, sandbox, api_calls, gateways, queues, running)


@asynccontextmanager
async def world(
    sandbox_settings: SandboxSettings | None = None,
    *,
    clock: Clock | None = None,
    status_tokens: StatusTokens | None = None,
) -> AsyncIterator[World]:
    """All in memory but the HTTP between the Tabby client and the sandbox."""
    clock = clock or SteppingClock()
    queues = MemoryQueues(clock)
    queues.declare_own(REPLIES)
    api_calls = KeptApiCalls()
    async with running_sandbox(sandbox_settings) as sandbox, AsyncExitStack() as running:
        opened = gateways(str(sandbox.http.base_url), clock=clock, api_calls=api_calls)
        here = in_memory(
            opened,
            queues=queues,
            clock=clock,
            sandbox=sandbox,
            api_calls=api_calls,
            running=running,
        )
        here.tools = replace(here.tools, status_tokens=status_tokens)
        await here.consume()
        yield here
        for gateway in opened.values():
            await gateway.close()
        queues.close()
