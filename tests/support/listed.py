"""What a gateway lists and what we know, as small as a comparison needs."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from payments_common.clock import Clock
from payments_common.errors import GatewayRefusal
from payments_common.gateways.port import Capabilities
from payments_common.messaging.port import Outgoing
from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts
from reconciler.adapters.memory_discrepancies import MemoryDiscrepancies
from reconciler.adapters.memory_known_orders import MemoryKnownOrders
from reconciler.domain.known import KnownOrder, KnownPayment
from reconciler.handlers.reconciling import ListedAccount, ListTools
from support.builders import CAPABILITIES, PAYMENT, facts
from support.clocks import START, FastClock

ACCOUNT = "tabby-ksa"
HELD = facts(authorized=15000)
TAKEN = facts(authorized=15000, captures={"c1": 15000}, closed=True)
BACK = facts(authorized=15000, captures={"c1": 15000}, refunds={"r1": 4000}, closed=True)


def seen(
    told: PaymentFacts = TAKEN,
    *,
    payment_id: str = PAYMENT,
    reference: str | None = "SHOP-1001",
    account: str = ACCOUNT,
) -> Observation:
    return Observation(
        account=account,
        payment_id=payment_id,
        order_reference=reference,
        gateway_status="CLOSED",
        facts=told,
        source=ObservationSource.POLL,
        observed_at=START,
    )


def known(
    facts: PaymentFacts | None = HELD,
    *,
    payment_id: str = PAYMENT,
    reference: str = "SHOP-1001",
    account: str = ACCOUNT,
    created_at: datetime = START,
    updated_at: datetime = START,
) -> KnownOrder:
    """An order of ours; None: it has no payment."""
    payments = () if facts is None else (KnownPayment(payment_id, facts),)
    return KnownOrder(f"order-{reference}", reference, account, created_at, updated_at, payments)


@dataclass
class Told:
    """A publisher that keeps what it is given; `fails` is raised instead, once."""

    outgoing: list[Outgoing] = field(default_factory=list)
    fails: BaseException | None = None

    async def publish(self, outgoing: Outgoing) -> None:
        if self.fails is not None:
            error, self.fails = self.fails, None
            raise error
        self.outgoing.append(outgoing)

    @property
    def observations(self) -> list[Observation]:
        return [Observation.model_validate(e.data) for o in self.outgoing for e in o.envelopes]


@dataclass
class ScriptedGateway:
    """Knows these payments and lists them; `fails` are raised by the next calls, `refuses` by the
    question whether our key is right.
    """

    payments: dict[str, Observation] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    listed_days: list[date] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    refuses: Exception | None = None
    capabilities: Capabilities = CAPABILITIES

    async def check_access(self, **_: object) -> None:
        if self.refuses:
            raise self.refuses

    async def get_payment(self, payment_id: str, **_: object) -> Observation:
        self.reads.append(payment_id)
        self._fail()
        if payment_id not in self.payments:
            raise GatewayRefusal("not found", status=404, code="not_found")
        return self.payments[payment_id]

    def _fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)


@dataclass
class ListingGateway(ScriptedGateway):
    """The same with a list: all of it is of the first day that is asked for."""

    async def list_payments(
        self, *, created_from: date, created_before: date, **_: object
    ) -> list[Observation]:
        self.listed_days.append(created_from)
        self._fail()
        if created_from != START.date():
            return []
        return [o for id_, o in self.payments.items() if id_ not in self.unlisted]


class Unpaced:
    async def acquire(self) -> None: ...


class Counted:
    def __init__(self) -> None:
        self.count = 0

    def listed(self, account: str, count: int) -> None:
        self.count += count


@dataclass
class Comparing:
    """Everything that a comparison needs, in memory, on a clock of its own."""

    gateway: Any
    told: Told = field(default_factory=Told)
    orders: MemoryKnownOrders = field(default_factory=MemoryKnownOrders)
    discrepancies: MemoryDiscrepancies = field(default_factory=MemoryDiscrepancies)
    clock: Clock = field(default_factory=FastClock)
    counted: Counted = field(default_factory=Counted)

    @property
    def of(self) -> ListedAccount:
        return ListedAccount(ACCOUNT, self.gateway, Unpaced())

    @property
    def tools(self) -> ListTools:
        return ListTools(
            orders=self.orders,
            discrepancies=self.discrepancies,
            publisher=self.told,
            counts=self.counted,
            clock=self.clock,
            new_id=lambda: "id",
        )

    @property
    def kept(self) -> list[tuple[str, str, int]]:
        """Kind, state and count of each discrepancy."""
        found = self.discrepancies.kept()
        return sorted((e.found.kind.value, e.state.value, e.count) for e in found)


def days_ago(days: float) -> datetime:
    return START - timedelta(days=days)
