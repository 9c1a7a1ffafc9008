"""The simplest gateway there can be: it keeps its own book, and is away when it is told to be."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from payments_common.clock import Clock
from payments_common.errors import OutcomeUnknown
from payments_common.gateways.port import (
    CallContext,
    Capabilities,
    Declined,
    MoneyMove,
    SessionCreated,
    WebhookScheme,
)
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    ObservationSource,
    PaymentFacts,
)
from support.builders import CAPABILITIES


@dataclass
class PlainGateway:
    """`trouble` is what calls meet while it is away, `seconds` how long each takes.

    `calls` are all that reached it, with their times; `captured` what it took, by payment.
    """

    clock: Clock
    account: str = "tabby-ksa"
    capabilities: Capabilities = CAPABILITIES
    trouble: Exception | None = None
    seconds: float = 0.0
    calls: list[tuple[float, str]] = field(default_factory=list)
    captures: list[tuple[float, str]] = field(default_factory=list)
    facts: dict[str, PaymentFacts] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)

    @property
    def webhooks(self) -> WebhookScheme:
        raise NotImplementedError

    def away(self) -> None:
        self.trouble = OutcomeUnknown("answered 503")

    def well(self) -> None:
        self.trouble = None

    def unable(self) -> Capabilities:
        """Its capabilities, were it a gateway of another country."""
        return replace(self.capabilities, currencies=frozenset({"KWD"}))

    def called(self, operation: str) -> int:
        return Counter(name for _, name in self.calls)[operation]

    async def create_session(
        self, session: CreateSession, *, context: CallContext
    ) -> SessionCreated | Declined:
        await self._reached("create_session", context)
        payment_id = f"payment-{len(self.facts) + 1}-{self.account}"
        self.facts[payment_id] = PaymentFacts()
        self.references[payment_id] = session.order_reference
        return SessionCreated(
            redirect_url=f"https://gateway.example.com/{payment_id}",
            session_id=f"session-{payment_id}",
            observation=self._saw(payment_id),
            expires_at=self.clock.now() + timedelta(minutes=20),
        )

    def pay(self, payment_id: str, *, authorized_minor: int = 15000) -> None:
        facts = PaymentFacts(authorized_minor=authorized_minor, amounts=(Money(15000, "SAR"),))
        self.facts[payment_id] = facts

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        await self._reached("get_payment", context)
        return self._saw(payment_id)

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        await self._reached("capture", context)
        self.captures.append((self.clock.monotonic_seconds(), move.payment_id))
        fact = CaptureFact(
            capture_id=f"capture-{len(self.captures)}",
            amount_minor=move.amount.amount_minor,
            reference=move.reference,
            occurred_at=self.clock.now(),
        )
        known = self.facts[move.payment_id]
        captures = (*known.captures, fact)
        self.facts[move.payment_id] = known.model_copy(update={"captures": captures})
        return self._saw(move.payment_id)

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        await self._reached("refund", context)
        return self._saw(move.payment_id)

    async def void(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        await self._reached("void", context)
        return self._saw(move.payment_id)

    async def check_access(self, *, context: CallContext) -> None:
        await self._reached("check_access", context)

    async def close(self) -> None: ...

    async def _reached(self, operation: str, context: CallContext) -> None:
        if context.pace is not None:
            await context.pace.acquire()
        self.calls.append((self.clock.monotonic_seconds(), operation))
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.trouble is not None:
            raise self.trouble

    def _saw(self, payment_id: str) -> Observation:
        witness = Witness(self.account, ObservationSource.POLL, self.clock.now())
        return witness.saw(
            payment_id,
            self.facts[payment_id],
            order_reference=self.references.get(payment_id),
            gateway_status="known",
        )
