"""The order: one document, its payments' facts, its operations, and what is derived from them."""

from datetime import datetime
from enum import StrEnum

from payments_common.money import Money
from payments_common.schemas.commands import CaptureMode, CreateSession
from payments_common.schemas.events import Balance
from payments_common.schemas.observations import Frozen, PaymentFacts
from payments_common.schemas.parties import Shipment
from payments_common.schemas.replies import Answer


class OrderStatus(StrEnum):
    CREATED = "created"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    EXPIRED = "expired"
    VOIDED = "voided"


class Review(StrEnum):
    """Why a person should look at the order; money does not move by itself while one is set."""

    AMOUNT_MISMATCH = "amount_mismatch"
    PAID_LATE = "paid_late"
    PAID_TWICE = "paid_twice"
    OVER_REFUNDED = "over_refunded"
    AUTHORIZE_DECLINED = "authorize_declined"
    CAPTURE_DECLINED = "capture_declined"
    DECLINED_BUT_DONE = "declined_but_done"
    OPERATION_UNRESOLVED = "operation_unresolved"
    UNSETTLED = "unsettled"


POLICY = "policy"
"""Named as `requested_by` of what no command asked for."""


class OperationKind(StrEnum):
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    REFUND = "refund"
    VOID = "void"


class OperationState(StrEnum):
    REQUESTED = "requested"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


OPEN_STATES = frozenset(
    {OperationState.REQUESTED, OperationState.SUBMITTED, OperationState.UNKNOWN}
)


class ReplyAddress(Frozen):
    """Where a command's sender waits for its answer."""

    queue: str
    correlation_id: str


class Attempt(Frozen):
    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None


class Decline(Frozen):
    code: str
    message: str


class Operation(Frozen):
    """What moves money at a gateway: recorded before it is called, closed by its facts.

    `reference` is what the gateway is given and echoes; `caller_reference` is the sender's own.
    `sender` is who the broker vouches for, `requested_by` whom the command names.
    `is_echoed` says that the gateway names our reference, so nothing else can be its effect;
    `known_effects` are the captures, refunds or voids that were there before the first attempt,
    `known_unnamed_minor` what the gateway's total then said beyond them.
    `failed_asks` are those in a row that got no answer.
    `decided_by` is the person who said what became of it when asking had not told.
    `waits_since` is when the gateway's breaker first refused the next step, None once it is taken.
    """

    operation_id: str
    kind: OperationKind
    payment_id: str
    amount: Money
    reference: str
    digest: str
    requested_by: str
    sender: str | None = None
    caller_reference: str | None = None
    is_echoed: bool = True
    reason: str | None = None
    shipment: Shipment | None = None
    requested_at: datetime
    state: OperationState = OperationState.REQUESTED
    attempts: tuple[Attempt, ...] = ()
    attempt_count: int = 0
    unsent_count: int = 0
    asked_count: int = 0
    failed_asks: int = 0
    not_before: datetime | None = None
    waits_since: datetime | None = None
    lease_until: datetime | None = None
    known_effects: tuple[str, ...] = ()
    known_unnamed_minor: int = 0
    effect_id: str | None = None
    decline: Decline | None = None
    decided_by: str | None = None
    closed_at: datetime | None = None
    answer: Answer | None = None
    reply_to: tuple[ReplyAddress, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ReadBack(Frozen):
    """A due question to the gateway about one payment; gone as soon as it is answered.

    It stands beside the payments, because a hint may name a payment that is not this order's.
    `expects_news`: a webhook said that something happened, so an answer without it is too early.
    `number` grows with every wish, over all of the order's reads, and is never used again.
    `waits_since` is when the gateway's breaker first refused it, None once it was asked.
    """

    payment_id: str
    number: int
    expects_news: bool = False
    failures: int = 0
    not_before: datetime | None = None
    waits_since: datetime | None = None


class Payment(Frozen):
    payment_id: str
    facts: PaymentFacts = PaymentFacts()
    redirect_url: str | None = None
    session_id: str | None = None
    session_expires_at: datetime | None = None
    first_seen_at: datetime


class Accepted(Frozen):
    """A review that was looked at and needs nothing more; `subjects` are what it was about."""

    review: Review
    subjects: tuple[str, ...]
    accepted_by: str
    reason: str | None = None
    at: datetime


class Check(Frozen):
    """What the reconciler is to ask the gateway about; without a payment, for the order's payment.

    `since` is when the latest of it began, `expires_at` the end of the session that is open,
    `marked_at` when this was last changed.
    """

    since: datetime
    expires_at: datetime | None = None
    payment_ids: tuple[str, ...] = ()
    why: tuple[str, ...]
    marked_at: datetime


class Order(Frozen):
    """`timer_at` is when the armed wake-up message comes; `sequence` numbers the order's events.

    `polled_out` are the subjects on which polling gave up; `refreshes` are a page's questions, the
    last of them at `refreshed_at`. `session_asked` is False only while it is sure that no session
    was made at `account`: then the order may be had at another.
    """

    order_id: str
    order_reference: str
    account: str
    total_amount: Money
    capture_mode: CaptureMode
    session: CreateSession
    session_asked: bool = True
    payments: tuple[Payment, ...] = ()
    reads: tuple[ReadBack, ...] = ()
    reads_wanted: int = 0
    operations: tuple[Operation, ...] = ()
    answers: tuple[Answer, ...] = ()
    status: OrderStatus = OrderStatus.CREATED
    balance: Balance
    review: tuple[Review, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    check: Check | None = None
    polled_out: tuple[str, ...] = ()
    refreshes: int = 0
    refreshed_at: datetime | None = None
    sequence: int = 0
    history_length: int = 0
    timer_at: datetime | None = None
    version: int = 0
    created_at: datetime
    updated_at: datetime

    def payment(self, payment_id: str) -> Payment | None:
        return next((p for p in self.payments if p.payment_id == payment_id), None)

    def read(self, payment_id: str) -> ReadBack | None:
        return next((r for r in self.reads if r.payment_id == payment_id), None)

    def operation(self, operation_id: str) -> Operation | None:
        return next((o for o in self.operations if o.operation_id == operation_id), None)

    def operations_of(self, payment_id: str, *kinds: OperationKind) -> tuple[Operation, ...]:
        return tuple(
            o
            for o in self.operations
            if o.payment_id == payment_id and (not kinds or o.kind in kinds)
        )

    def answer_to(self, command_id: str) -> Answer | None:
        return next((a for a in self.answers if a.command_id == command_id), None)

    def with_payment(self, payment: Payment) -> "Order":
        others = [p for p in self.payments if p.payment_id != payment.payment_id]
        ordered = sorted([*others, payment], key=lambda p: p.payment_id)
        return self.model_copy(update={"payments": tuple(ordered)})

    def with_read(self, read: ReadBack) -> "Order":
        others = self.without_read(read.payment_id).reads
        ordered = sorted([*others, read], key=lambda r: r.payment_id)
        return self.model_copy(update={"reads": tuple(ordered)})

    def without_read(self, payment_id: str) -> "Order":
        left = tuple(r for r in self.reads if r.payment_id != payment_id)
        return self.model_copy(update={"reads": left})

    def with_operation(self, operation: Operation) -> "Order":
        if self.operation(operation.operation_id) is None:
            return self.model_copy(update={"operations": (*self.operations, operation)})
        changed = tuple(
            operation if o.operation_id == operation.operation_id else o for o in self.operations
        )
        return self.model_copy(update={"operations": changed})


def new_order(
    session: CreateSession, *, order_id: str, now: datetime, session_asked: bool = True
) -> Order:
    zero = Money.zero(session.total_amount.currency)
    return Order(
        order_id=order_id,
        order_reference=session.order_reference,
        account=session.account,
        total_amount=session.total_amount,
        capture_mode=session.capture_mode,
        session=session,
        session_asked=session_asked,
        balance=Balance(authorized=zero, captured=zero, refunded=zero, voided=zero),
        created_at=now,
        updated_at=now,
    )
