"""What reconciliation found: where the gateway and our orders do not say the same."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_WORDS = 1000


class Kind(StrEnum):
    """The first five are news that belong to an order of ours, the others cannot be joined."""

    PAYMENT = "payment"
    AMOUNT = "amount"
    CAPTURE = "capture"
    REFUND = "refund"
    VOID = "void"
    NOT_OURS = "not_ours"
    OTHER_ACCOUNT = "other_account"
    OTHER_REFERENCE = "other_reference"
    MISSING_AT_GATEWAY = "missing_at_gateway"

    @property
    def is_news(self) -> bool:
        return self in _NEWS


_NEWS = frozenset({Kind.PAYMENT, Kind.AMOUNT, Kind.CAPTURE, Kind.REFUND, Kind.VOID})


class State(StrEnum):
    """`joined`: the order was told. `gone`: seen again, both sides said the same."""

    OPEN = "open"
    JOINED = "joined"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Found:
    """One discrepancy as it was seen; `says` is what the gateway says, in words with amounts."""

    account: str
    payment_id: str
    kind: Kind
    says: str
    order_id: str | None = None
    order_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """The same with what was seen of it before.

    `run` is the last comparison that saw it, `told_run` the last that told the order; `count` is
    of comparisons.
    """

    found: Found
    state: State
    first_seen_at: datetime
    last_seen_at: datetime
    run: str
    told_run: str | None = None
    count: int = 1

    def is_stuck(self, found: Found, *, run: str) -> bool:
        """Whether the order was told exactly this by an earlier run and still does not know it."""
        return self.told_run not in {None, run} and self.found.says == found.says


def key_of(found: Found) -> str:
    return f"{found.account} {found.payment_id} {found.kind}"
