"""A reconciler at work on orders in memory and a gateway that says what a test wants."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from payments_common.errors import PaymentsError
from payments_common.gateways.port import CallContext, Gateway
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.memory_queues import MemoryQueues
from payments_common.messaging.port import Publisher
from payments_common.messaging.topology import QUEUE_OBSERVATIONS
from payments_common.schemas.envelope import Envelope, decode
from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts
from reconciler.adapters.memory import MemoryCheckedOrders, MemorySchedule, MemoryScoutNotes
from reconciler.domain.entry import Entry
from reconciler.domain.mark import Mark
from reconciler.domain.schedule import Rhythm
from reconciler.handlers.poll_order import PollTools, poll_order
from reconciler.handlers.scout import Scout
from reconciler.ports import CheckedOrders, PollResult, Schedule, Turn
from support.clocks import ManualClock
from support.plain_gateway import PlainGateway

ACCOUNT = "tabby-ksa"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RHYTHM = Rhythm(open=timedelta(minutes=5), steps=(timedelta(seconds=10), timedelta(minutes=1)))
LEASE_SECONDS = 120.0


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def mark(order_id: str = "order-1", **changes: object) -> Mark:
    """A payment under way since now whose session is open for half an hour."""
    fields: dict[str, object] = {
        "order_id": order_id,
        "order_reference": f"SHOP-{order_id}",
        "account": ACCOUNT,
        "since": NOW,
        "expires_at": later(1800),
        "payment_ids": (f"payment-of-{order_id}",),
        "why": ("payment",),
        "marked_at": NOW,
    }
    return Mark(**{**fields, **changes})  # type: ignore[arg-type]


def refund_mark(order_id: str = "order-1", **changes: object) -> Mark:
    """A refund that is pending since now."""
    return mark(order_id, **{"why": ("refund",), "expires_at": None, **changes})


@dataclass
class PolledGateway(PlainGateway):
    """Knows every payment that it is asked for, unless it is told to raise something for it."""

    raises: dict[str, PaymentsError] = field(default_factory=dict)

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        self.facts.setdefault(payment_id, PaymentFacts())
        if (error := self.raises.get(payment_id)) is not None:
            raise error
        seen = await super().get_payment(payment_id, context=context)
        return seen.model_copy(update={"source": ObservationSource.READ_BACK})


@dataclass
class FindingGateway(PolledGateway):
    """Knows one payment for each order reference in `payments`."""

    payments: dict[str, str] = field(default_factory=dict)

    async def find_payment(
        self, order_reference: str, *, context: CallContext
    ) -> Observation | None:
        payment_id = self.payments.get(order_reference)
        return (payment_id and await self.get_payment(payment_id, context=context)) or None


@dataclass
class Counted:
    polls: list[PollResult] = field(default_factory=list)
    given_up: int = 0

    def polled(self, _: str, result: PollResult) -> None:
        self.polls.append(result)

    def gave_up(self, _: str) -> None:
        self.given_up += 1


@dataclass
class Desk:
    """`orders` are what the orchestrator marks, `told` what it would hear."""

    clock: ManualClock = field(default_factory=ManualClock)
    orders: MemoryCheckedOrders = field(default_factory=MemoryCheckedOrders)
    schedule: MemorySchedule = field(default_factory=MemorySchedule)
    notes: MemoryScoutNotes = field(default_factory=MemoryScoutNotes)
    counted: Counted = field(default_factory=Counted)

    def __post_init__(self) -> None:
        self.gateway = PolledGateway(self.clock)
        self.queues = MemoryQueues(self.clock)
        self.broker = MemoryBroker(self.clock, queues=self.queues, user="reconciler")

    def tools(self, gateway: Gateway | None = None, **changes: object) -> PollTools:
        numbers = count(1)
        made = PollTools(
            orders=self.orders,
            schedule=self.schedule,
            gateways={ACCOUNT: gateway or self.gateway},
            rhythms={ACCOUNT: RHYTHM},
            publisher=self.broker,
            counts=self.counted,
            clock=self.clock,
            new_id=lambda: f"message-{next(numbers)}",
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def scout(self, name: str = "scout-1", **ports: object) -> Scout:
        made = Scout(
            orders=self.orders,
            schedule=self.schedule,
            notes=self.notes,
            clock=self.clock,
            rhythms={ACCOUNT: RHYTHM},
            name=name,
        )
        return replace(made, **ports)  # type: ignore[arg-type]

    async def marked(self, *marks: Mark, due_at: datetime = NOW) -> None:
        """These orders have marks and are in the schedule."""
        for each in marks:
            self.orders.put(each)
        await self.schedule.mark([(each, due_at) for each in marks])

    async def claim(self, turn: Turn = Turn.LONGEST_DUE) -> Entry:
        entry = await self.schedule.claim(
            ACCOUNT, now=self.clock.now(), lease_seconds=LEASE_SECONDS, turn=turn
        )
        assert entry is not None
        return entry

    async def poll(self, tools: PollTools | None = None) -> Entry:
        """One poll of what is due first; returns the entry as the schedule then has it."""
        held = await self.claim()
        await poll_order(held, tools=tools or self.tools(), within_seconds=LEASE_SECONDS)
        return self.entry(held.order_id)

    def entry(self, order_id: str = "order-1") -> Entry:
        (found,) = (each for each in self.schedule.entries() if each.order_id == order_id)
        return found

    def told(self) -> list[list[Envelope]]:
        """The messages to the orchestrator, each with what is in it."""
        queued = self.broker.queued(QUEUE_OBSERVATIONS)
        return [decode(m.message.body, content_type=m.message.content_type) for m in queued]


@dataclass
class BrokenPublisher:
    """Raises instead of publishing."""

    error: Exception

    async def publish(self, _: object) -> None:
        raise self.error


_: tuple[type[CheckedOrders], type[Schedule], type[Publisher]] = (
    MemoryCheckedOrders,
    MemorySchedule,
    BrokenPublisher,
)
