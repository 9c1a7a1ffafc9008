"""One gateway in the whole house, in one process: sandbox, ingress, orchestrator, calling service.

HTTP is real; the broker, the repositories and the clock are those of the memory, which pass the
contract suite. Between the gateway and the ingress stands a gate that keeps what is delivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from conformance.gate import Gate, KeepingBroker, ShiftedClock
from conformance.results import REFUSED, Outcome
from conformance.subject import Step, Subject
from payment_orchestrator.adapters.memory import MemoryWebhookEvents
from payment_orchestrator.domain.order import Order
from payments_common.config import Account
from payments_common.gateways.port import Capabilities, Gateway
from payments_common.gateways.registry import open_gateway
from payments_common.messaging.topology import QUEUE_RECENT_EVENTS
from payments_common.money import Money
from payments_common.schemas.commands import AnyCommand, CreateSession
from payments_common.schemas.envelope import decode
from payments_common.schemas.events import PaymentEvent
from payments_common.schemas.replies import Answer
from support.builders import capture, recheck, refund, session, void
from support.eventually import eventually
from support.running_sandbox import SandboxClient
from support.world import SteppingClock, World

TOTAL_MINOR = 15000
REFERENCE = "SHOP-1001"


@dataclass
class House:
    subject: Subject
    account: Account
    gateway: Gateway
    world: World
    gate: Gate
    published: KeepingBroker
    clock: SteppingClock
    ingress_clock: ShiftedClock
    outcome: Outcome
    payment_id: str = ""
    last_command: AnyCommand | None = None

    @property
    def sandbox(self) -> SandboxClient:
        return self.world.sandbox

    @property
    def able(self) -> Capabilities:
        return self.gateway.capabilities

    @property
    def currency(self) -> str:
        return self.subject.currencies[0]

    def command(self, **changes: Any) -> CreateSession:
        """A session of 150.00, whatever the currency's decimals, captured by hand."""
        total = Money(changes.pop("amount_minor", TOTAL_MINOR), self.currency)
        fields = {
            "account": self.account.name,
            "total_amount": total,
            "items": [{"title": "Lamp", "unit_price": total}],
            **changes,
        }
        return session(**fields)

    async def open(self, **changes: Any) -> Answer:
        """A checkout session, made by the first attempt."""
        answer = await self.send(self.command(**changes))
        assert answer.outcome == "succeeded", answer
        self.payment_id = str(answer.payment_id)
        return answer

    async def held(self, **changes: Any) -> Order:
        """An order whose customer has paid, known by webhook, with nothing captured."""
        await self.open(**changes)
        await self.customer("pay")
        order = await self.rest()
        assert order.status == "authorized", (order.status, await self.history())
        return order

    async def taken(self, **changes: Any) -> Order:
        """An order that was paid and captured in full."""
        await self.held(**changes)
        return await self.captures()

    async def captures(self, amount_minor: int | None = None) -> Order:
        answer = await self.capture(amount_minor)
        assert answer.outcome == "succeeded", answer
        return await self.rest()

    async def send(self, command: AnyCommand, *, command_id: str | None = None) -> Answer:
        self.last_command = command
        return await self.world.send(command, command_id=command_id)

    async def again(self, answer: Answer) -> Answer:
        """Sends the last command once more, under the same id."""
        assert self.last_command is not None
        return await self.world.send(self.last_command, command_id=answer.command_id)

    async def capture(self, amount_minor: int | None = None, **more: Any) -> Answer:
        return await self.send(capture(**self._amount(amount_minor), **more))

    async def refund(self, amount_minor: int | None = None) -> Answer:
        return await self.send(refund(**self._amount(amount_minor)))

    async def void(self, amount_minor: int | None = None) -> Answer:
        return await self.send(void(**self._amount(amount_minor)))

    async def customer(self, action: str) -> None:
        """On the hosted page: pay, decline, cancel; expire is what time does."""
        await self.sandbox.control(f"payments/{self.payment_id}/{action}")

    async def staff(self, action: str, amount_minor: int | None = None) -> None:
        """In the gateway's dashboard."""
        body = {}
        if amount_minor is not None:
            body["amount"] = Money(amount_minor, self.currency).to_major()
        await self.sandbox.control(f"payments/{self.payment_id}/{action}", **body)

    async def play(self, steps: tuple[Step, ...]) -> Order:
        for step in steps:
            await self._play(step)
            await self.rest()
        return await self.order()

    async def begin_capture(self, amount_minor: int | None = None) -> None:
        """Asks for a capture, and waits only until the gateway has been asked."""
        before = await self.requests("capture")
        command = capture(**self._amount(amount_minor))
        await self.world.publish(self.world.wrapped(command))

        async def asked() -> bool:
            return await self.requests("capture") > before

        await eventually(asked)

    async def settle(self) -> None:
        """Lets time pass until all that is due has been done."""

        async def done() -> bool:
            await self.clock.sleep(1)
            return await self._is_quiet()

        await eventually(done)

    def use(self, credentials: Mapping[str, str]) -> None:
        """From now on the gateway is asked with these, which it may not know."""
        wrong = {name: SecretStr(value) for name, value in credentials.items()}
        account = self.account.model_copy(update={"credentials": wrong})
        self.gateway = open_gateway(account, clock=self.clock, api_calls=self.world.api_calls)

    async def merchant(self, **changes: Any) -> None:
        path = f"/sandbox/{self.subject.name}/merchants"
        (await self.sandbox.http.post(path, json=changes)).raise_for_status()

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        """The gateway misbehaves at its next request of this operation, by our own name of it."""
        named = self.subject.operations.get(operation, operation)
        await self.sandbox.control("faults", operation=named, kind=kind, **more)

    async def settings(self, **changes: Any) -> None:
        answer = await self.sandbox.http.patch(
            f"/sandbox/{self.subject.name}/settings", json=changes
        )
        answer.raise_for_status()

    async def advance(self, seconds: float) -> None:
        """Time passes, there and here."""
        await self.sandbox.control("advance", seconds=seconds)
        await self.clock.sleep(seconds)
        self.ingress_clock.ahead_seconds += seconds

    async def order(self) -> Order:
        return await self.world.order(REFERENCE)

    async def rest(self) -> Order:
        """Waits until every webhook is delivered and processed, and nothing is due.

        Twice: what was done last may have been told by a webhook of its own.
        """
        for _ in range(2):
            await self.sandbox.idle()
            await eventually(self._is_quiet)
        return await self.order()

    async def ledger(self) -> dict[str, int]:
        """What the gateway believes of all payments of the order, in minor units."""
        accounts = [await self.sandbox.account(p.payment_id) for p in (await self.order()).payments]
        names = ("authorized", "captured", "refunded", "voided")
        return {name: sum(each[f"{name}_minor"] for each in accounts) for name in names}

    async def agrees(self) -> dict[str, int]:
        """Fails unless our balance is the gateway's ledger, to the minor unit; returns it."""
        order = await self.rest()
        ours = {name: money.amount_minor for name, money in order.balance}
        assert ours == await self.ledger(), await self.history()
        assert not any(operation.is_open for operation in order.operations)
        return ours

    async def effects(self, kind: str) -> list[int]:
        """The amounts of the ledger's lines of one kind: captured, refunded, voided."""
        account = await self.sandbox.account(self.payment_id)
        return [each["amount_minor"] for each in account["entries"] if each["kind"] == kind]

    async def requests(self, operation: str) -> int:
        """How often the gateway was asked for it."""
        named = self.subject.operations[operation]
        answer = await self.sandbox.http.get("/sandbox/ledger")
        asked = answer.raise_for_status().json()["requests"]
        return sum(each["count"] for each in asked if each["operation"] == named)

    async def history(self) -> list[str]:
        order = await self.order()
        entries = await self.world.tools.orders.history(order.order_id)
        return [f"{entry.kind}: {entry.text}" for entry in entries]

    def events(self) -> list[PaymentEvent]:
        """All that was told to whoever listens, each once."""
        by_id = {
            envelope.id: PaymentEvent.model_validate(envelope.data)
            for stored in self.world.shop.queued(QUEUE_RECENT_EVENTS)
            for envelope in decode(stored.message.body, content_type=stored.message.content_type)
        }
        return list(by_id.values())

    def told(self) -> list[str]:
        return [event.event.value for event in self.events()]

    def refused(self, answer: Answer, code: str = "not_supported_by_gateway") -> None:
        """Notes that this gateway cannot do it, and that the caller was told so, clearly."""
        assert (answer.outcome, answer.code) == ("refused", code), answer
        assert answer.message
        self.outcome.verdict = REFUSED

    async def _play(self, step: Step) -> None:
        amount_minor = next((part for part in step if isinstance(part, int)), None)
        match step:
            case ("customer", str(action)):
                await self.customer(action)
            case ("staff", str(action), *_):
                await self.staff(action, amount_minor)
            case ("days", int(days)):
                await self.advance(days * 24 * 3600)
                await self.send(recheck())
            case ("recheck",):
                await self.send(recheck())
            case (str(verb), *_):
                ask = {"capture": self.capture, "refund": self.refund, "void": self.void}[verb]
                answer = await ask(amount_minor)
                assert answer.outcome == "succeeded", answer

    def _amount(self, amount_minor: int | None) -> Mapping[str, Any]:
        return {} if amount_minor is None else {"amount": Money(amount_minor, self.currency)}

    async def _is_quiet(self) -> bool:
        events = self.world.tools.webhook_events
        assert isinstance(events, MemoryWebhookEvents)
        accepted = [key for key in events.counts if key[2] == "authentic"]
        if sum(events.counts.values()) < len(self.published.messages):
            return False
        if any(key not in events.outcomes for key in accepted):
            return False
        order = await self.world.tools.orders.find_by_reference(REFERENCE)
        if order is None:
            return True
        return not order.reads and not any(operation.is_open for operation in order.operations)
