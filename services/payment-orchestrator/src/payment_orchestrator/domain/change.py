"""One atomic change of one order: its next state, what is to be published, what history says.

A use case begins a change, passes it through domain functions that each return a further one,
and finishes it; the repository writes the result in one compare-and-set (law 8).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from payment_orchestrator.domain.news import Learned
from payment_orchestrator.domain.order import (
    Operation,
    OperationKind,
    Order,
    Payment,
    ReplyAddress,
)
from payments_common.clock import whole_milliseconds
from payments_common.messaging import topology
from payments_common.money import Money
from payments_common.references import NewId
from payments_common.schemas import replies
from payments_common.schemas.envelope import Envelope, wrap
from payments_common.schemas.observations import Frozen
from payments_common.schemas.replies import Answer
from payments_common.schemas.work import OrderWorkDue

SOURCE = "payment-orchestrator"


class OutboxMessage(Frozen):
    """A message that belongs to a committed change and is published after it, at least once."""

    exchange: str
    routing_key: str
    envelope: Envelope
    correlation_id: str | None = None
    delay_seconds: float = 0.0


class Asked(Frozen):
    """What a refused command wanted; `amount` None asked for all that was left."""

    kind: OperationKind
    amount: Money | None
    sender: str | None
    caller_reference: str | None
    code: str


class Moved(Frozen):
    """What a gateway told of for the first time; None where it names no single one."""

    kind: OperationKind
    effect_id: str | None


class HistoryEntry(Frozen):
    """One sentence of why the order is as it is; `evidence` names a stored payload (law 7)."""

    number: int
    at: datetime
    kind: str
    text: str
    actor: str | None = None
    payment_id: str | None = None
    operation_id: str | None = None
    evidence: str | None = None
    asked: Asked | None = None
    moved: tuple[Moved, ...] = ()
    learned: Learned | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for a new order."""

    before: Order | None
    order: Order
    now: datetime
    new_id: NewId
    messages: tuple[OutboxMessage, ...] = ()
    history: tuple[HistoryEntry, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.before == self.order and not self.messages

    def with_order(self, order: Order) -> "Change":
        return replace(self, order=order)

    def with_payment(self, payment: Payment) -> "Change":
        return self.with_order(self.order.with_payment(payment))

    def with_operation(self, operation: Operation) -> "Change":
        return self.with_order(self.order.with_operation(operation))

    def told(
        self,
        kind: str,
        text: str,
        *,
        actor: str | None = None,
        payment_id: str | None = None,
        operation_id: str | None = None,
        evidence: str | None = None,
        asked: Asked | None = None,
        moved: tuple[Moved, ...] = (),
        learned: Learned | None = None,
    ) -> "Change":
        entry = HistoryEntry(
            number=self.order.history_length + 1,
            at=self.now,
            kind=kind,
            text=text,
            actor=actor,
            payment_id=payment_id,
            operation_id=operation_id,
            evidence=evidence,
            asked=asked,
            moved=moved,
            learned=learned,
        )
        order = self.order.model_copy(update={"history_length": entry.number})
        return replace(self, order=order, history=(*self.history, entry))

    def published(self, message: OutboxMessage) -> "Change":
        return replace(self, messages=(*self.messages, message))

    def answered(self, answer: Answer, addresses: tuple[ReplyAddress, ...]) -> "Change":
        """Replies to everyone who waits for this command's answer."""
        change = self
        for address in addresses:
            change = change.published(reply(answer, address, now=self.now, id_=self.new_id()))
        return change


def begin(order: Order, *, now: datetime, new_id: NewId) -> Change:
    return Change(before=order, order=order, now=now, new_id=new_id)


def begin_new(order: Order, *, now: datetime, new_id: NewId) -> Change:
    return Change(before=None, order=order, now=now, new_id=new_id)


def reply(answer: Answer, address: ReplyAddress, *, now: datetime, id_: str) -> OutboxMessage:
    envelope = wrap(
        answer, type_=replies.TYPE, id_=id_, source=SOURCE, time=now, subject=answer.order_reference
    )
    return OutboxMessage(
        exchange="",
        routing_key=address.queue,
        envelope=envelope,
        correlation_id=address.correlation_id,
    )


class Wake(Enum):
    """Which due work a finished change announces: what the finishing process does not do itself."""

    NOTHING = "nothing"
    LATER = "later"
    NOW = "now"


LONGEST_TIMER = timedelta(seconds=300)


def arm(change: Change, due_at: datetime | None, wake: Wake) -> Change:
    """Makes sure that a message comes when the order's next work is due, and only one."""
    order = change.order
    if due_at is None or wake is Wake.NOTHING:
        return change
    if due_at <= change.now:
        return change if wake is Wake.LATER else change.published(_work_due(change, None))
    timer_at = whole_milliseconds(min(due_at, change.now + LONGEST_TIMER))
    # A timer in the past may have lost its message: it is armed again rather than waited for.
    if order.timer_at is not None and change.now < order.timer_at <= timer_at:
        return change
    armed = change.with_order(order.model_copy(update={"timer_at": timer_at}))
    return armed.published(_work_due(armed, timer_at))


def fired(change: Change, timer_at: datetime | None) -> Change:
    """Takes note that the armed timer's message came; a stale message disarms nothing."""
    if timer_at is None or change.order.timer_at != timer_at:
        return change
    return change.with_order(change.order.model_copy(update={"timer_at": None}))


def _work_due(change: Change, timer_at: datetime | None) -> OutboxMessage:
    delay = (timer_at - change.now).total_seconds() if timer_at else 0.0
    envelope = wrap(
        OrderWorkDue(order_id=change.order.order_id, timer_at=timer_at),
        type_=OrderWorkDue.TYPE,
        id_=change.new_id(),
        source=SOURCE,
        time=change.now,
        subject=change.order.order_id,
    )
    return OutboxMessage(
        exchange=topology.OPERATIONS,
        routing_key="order_work_due",
        envelope=envelope,
        delay_seconds=delay,
    )
