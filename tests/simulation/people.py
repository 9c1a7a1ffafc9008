"""Those who act in a run: commands through the broker, clicks on pages, dashboards."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from payment_orchestrator.ports import OrderRepository
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.messaging.topology import COMMANDS
from payments_common.money import Money
from payments_common.schemas.commands import AcceptReview, AnyCommand, routing_key
from payments_common.schemas.envelope import decode, wrap
from payments_common.schemas.parties import Actor
from payments_common.schemas.replies import Answer, Outcome
from simulation.chance import Chance
from simulation.in_process import InProcess
from simulation.script import TOTAL_MINOR, Act, Plan
from simulation.virtual_loop import VirtualClock
from support.builders import capture, recheck, refund, session, void

REPLIES = "payments.reply.simulation"
ANSWER_SECONDS = 60.0
RESENDS = 3
_COMMANDS: Mapping[str, Callable[..., AnyCommand]] = {
    "capture": capture,
    "refund": refund,
    "void": void,
    "recheck": recheck,
}


def reference(order: int) -> str:
    return f"SIM-{order}"


@dataclass
class CallingService:
    """Keeps its command ids and all the answers to each."""

    broker: MemoryBroker
    chance: Chance
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    sent: dict[str, AnyCommand] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        await self.broker.subscribe(REPLIES, self._take)

    async def ask(self, command: AnyCommand, *, command_id: str, times: int = RESENDS) -> None:
        """Again only after `unavailable`, when it says: what was confirmed is answered unasked."""
        self.sent[command_id] = command
        for _ in range(times):
            heard = len(self.answers[command_id])
            await self._publish(command, command_id)
            await self._answered(command_id, beyond=heard)
            if self.final(command_id) or not self.answers[command_id]:
                return
            await asyncio.sleep(self.answers[command_id][-1].retry_after_seconds or 0)

    def final(self, command_id: str) -> list[Answer]:
        return [a for a in self.answers[command_id] if a.outcome is not Outcome.UNAVAILABLE]

    async def _publish(self, command: AnyCommand, command_id: str) -> None:
        envelope = wrap(
            command, type_=command.TYPE, id_=command_id, source="shop", time=VirtualClock().now()
        )
        await self.broker.publish(
            Outgoing(
                exchange=COMMANDS,
                routing_key=routing_key(command.TYPE),
                envelopes=[envelope],
                correlation_id=command_id,
                reply_to=REPLIES,
            )
        )

    async def _answered(self, command_id: str, *, beyond: int) -> None:
        """Waits for the next answer, or until the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while len(self.answers[command_id]) <= beyond:
                    await self._arrived.wait()

    async def _take(self, delivery: Delivery) -> None:
        for envelope in decode(delivery.body, content_type=delivery.content_type):
            answer = Answer.model_validate(envelope.data)
            self.answers[delivery.correlation_id or answer.command_id].append(answer)
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()


@dataclass
class People:
    plans: dict[int, Plan]
    currencies: dict[str, str]
    shop: CallingService
    sandbox: InProcess
    orders: OrderRepository
    chance: Chance

    async def act(self, act: Act) -> None:
        await asyncio.sleep(act.at_seconds)
        self.chance.tell(f"act {act.number}: {act}")
        match act.verb:
            case "session":
                await self.shop.ask(self._session(self.plans[act.order]), command_id=act.command_id)
            case "capture" | "refund" | "void" | "recheck":
                await self.shop.ask(self._command(act), command_id=act.command_id)
            case "accept":
                await self._accept(act)
            case "pay" | "decline" | "cancel" | "expire":
                await self._at_gateway(act, act.verb)
            case _:
                await self._at_gateway(act, act.verb.removeprefix("staff "))

    async def _accept(self, act: Act) -> None:
        """The operator looks at what is flagged now, and lets it go on."""
        order = await self.orders.find_by_reference(reference(act.order))
        for review in order.review if order else ():
            command = AcceptReview(
                order_reference=reference(act.order),
                requested_by=Actor(user_id="operator"),
                review=review,
                reason="looked at it",
            )
            await self.shop.ask(command, command_id=f"{act.command_id}-{review}")

    def payments(self, order: int) -> list[str]:
        """Those the calling service was told of, in the order in which it was."""
        told = [
            answer.payment_id
            for command_id, answers in self.shop.answers.items()
            for answer in answers
            if command_id.startswith(f"session-{order}") and answer.redirect_url
        ]
        return [each for each in dict.fromkeys(told) if each]

    async def _at_gateway(self, act: Act, verb: str) -> None:
        """What the gateway refuses there has no effect, and that is fine."""
        payments = self.payments(act.order)
        if not payments:
            return
        payment_id = payments[min(act.session, len(payments) - 1)]
        body: dict[str, Any] = {}
        if act.amount_minor is not None:
            body["amount"] = self._money(act.order, act.amount_minor).to_major()
        await self.control(f"payments/{payment_id}/{verb}", **body)

    async def webhooks_under_way(self) -> bool:
        answered = await self.sandbox.request(
            "GET",
            "http://sandbox/sandbox/webhooks/idle?timeout_seconds=0",
            headers={},
            body=b"",
        )
        return not json.loads(answered.body)["idle"]

    async def control(self, path: str, **body: Any) -> Any:
        answered = await self.sandbox.request(
            "POST",
            f"http://sandbox/sandbox/{path}",
            headers={"Content-Type": "application/json"},
            body=json.dumps(body, default=str).encode(),
        )
        return json.loads(answered.body) if answered.body.startswith(b"{") else None

    def _money(self, order: int, amount_minor: int) -> Money:
        return Money(amount_minor, self.currencies[self.plans[order].gateway])

    def _session(self, plan: Plan) -> AnyCommand:
        total = self._money(plan.order, TOTAL_MINOR)
        return session(
            order_reference=reference(plan.order),
            account=plan.gateway,
            total_amount=total,
            items=[{"title": "Lamp", "unit_price": total}],
            capture_mode=plan.capture_mode,
        )

    def _command(self, act: Act) -> AnyCommand:
        fields: dict[str, object] = {"order_reference": reference(act.order)}
        if act.amount_minor is not None:
            fields["amount"] = self._money(act.order, act.amount_minor)
        return _COMMANDS[act.verb](**fields)
