"""One entry of the log of operations, and which entries somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from payment_orchestrator.domain.order import OperationKind, OperationState
from payments_common.money import Money
from payments_common.schemas.observations import RefundStatus


class Origin(StrEnum):
    """Who moved the money, or wanted to: a command or our policy, or somebody at the gateway."""

    OPERATION = "operation"
    GATEWAY = "gateway"


class EntryOutcome(StrEnum):
    """Of one attempt, refusal or move; what became of the operation in the end is its state."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
    NOT_KEPT = "not_kept"
    REFUSED = "refused"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`at` is by our clock, `gateway_at` by the gateway's; calls before `calls_until` belong to it.

    `amount` is what was asked for; `moved` is what has moved by it, told once per operation however
    often it was sent. `evidence` is the call that told of what was made at the gateway.
    """

    at: datetime
    kind: OperationKind
    origin: Origin
    outcome: EntryOutcome
    order_id: str
    order_reference: str
    account: str
    payment_id: str | None
    amount: Money | None
    moved: Money | None = None
    user_id: str | None = None
    sender: str | None = None
    operation_id: str | None = None
    reference: str | None = None
    caller_reference: str | None = None
    attempt: int | None = None
    ended_at: datetime | None = None
    code: str | None = None
    state: OperationState | None = None
    decided_by: str | None = None
    gateway_reference: str | None = None
    refund_status: RefundStatus | None = None
    gateway_at: datetime | None = None
    calls_until: datetime | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is left None or empty excludes nothing; `since` is included, `until` is not."""

    kinds: frozenset[OperationKind] = frozenset()
    outcomes: frozenset[EntryOutcome] = frozenset()
    order_reference: str | None = None
    payment_id: str | None = None
    user_id: str | None = None
    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def includes(self, entry: Entry) -> bool:
        named = (
            (self.order_reference, entry.order_reference),
            (self.payment_id, entry.payment_id),
            (self.user_id, entry.user_id),
            (self.account, entry.account),
        )
        return (
            all(wanted is None or wanted == value for wanted, value in named)
            and (not self.kinds or entry.kind in self.kinds)
            and (not self.outcomes or entry.outcome in self.outcomes)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )
