"""What the reconciler needs of the world, by role."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reconciler.domain.discrepancy import Discrepancy, Found, Kind, State
from reconciler.domain.entry import Backlog, Entry
from reconciler.domain.known import KnownOrder
from reconciler.domain.mark import Mark


class CheckedOrders(Protocol):
    """The orders' marks, which are only read. All raise StoreUnavailable."""

    def marked(self, *, since: datetime | None, at_once: int) -> AsyncIterator[Sequence[Mark]]:
        """In the order of `marked_at`, not more than so many at once; all of them without `since`.

        A mark that changes meanwhile may come twice; none that stays is left out.
        """
        ...

    async def mark_of(self, order_id: str) -> Mark | None:
        """As it is now; None where nothing is to be asked any more."""
        ...


class Turn(StrEnum):
    """Whose turn it is when more is due than can be asked about: neither starves the other."""

    LONGEST_DUE = "longest_due"
    LATEST_DUE = "latest_due"

    @property
    def other(self) -> "Turn":
        return Turn.LATEST_DUE if self is Turn.LONGEST_DUE else Turn.LONGEST_DUE


class Schedule(Protocol):
    """Which order is asked about when. Every write is atomic; all raise StoreUnavailable."""

    async def mark(self, found: Sequence[tuple[Mark, datetime]]) -> int:
        """Makes new and changed marks due at their times; returns how many those were.

        An entry that knows the mark already stays as it is; whoever holds another loses it.
        """
        ...

    async def claim(
        self, account: str, *, now: datetime, lease_seconds: float, turn: Turn
    ) -> Entry | None:
        """An entry that is due and that nobody holds, for this caller alone until its lease ends.

        None where there is none.
        """
        ...

    async def reschedule(self, held: Entry, then: Entry) -> bool:
        """Gives `held` back as `then`; False where it is another's by now, and nothing is done."""
        ...

    async def remove(self, held: Entry) -> bool:
        """The same, for good."""
        ...

    async def backlog(self, account: str, *, now: datetime) -> Backlog: ...


class ScoutNotes(Protocol):
    """How far the deployment's scouts have come, whichever process looks. All raise
    StoreUnavailable.
    """

    async def take_turn(self, work: str, *, holder: str, now: datetime, seconds: float) -> bool:
        """Whether `holder` alone does this work for so long; it may prolong its own turn."""
        ...

    async def reached(self, work: str) -> datetime | None: ...

    async def note(self, work: str, reached: datetime) -> None: ...


class PollResult(StrEnum):
    """What came of asking about one order."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNKNOWN_PAYMENT = "unknown_payment"


class PollCounts(Protocol):
    def polled(self, account: str, result: PollResult) -> None: ...

    def gave_up(self, account: str) -> None: ...


class KnownOrders(Protocol):
    """What the orders say of payments, only read. All raise StoreUnavailable."""

    async def about(
        self, *, payment_ids: Collection[str], references: Collection[str]
    ) -> Sequence[KnownOrder]:
        """Those with any of these payments or references, in every account."""
        ...

    def changed(
        self, account: str, *, since: datetime, until: datetime, at_once: int
    ) -> AsyncIterator[Sequence[KnownOrder]]:
        """Made or changed from then to then, the one that rested longest first.

        One that changes meanwhile may be left out: it is for the next to find.
        """
        ...

    async def count_changed(self, account: str, *, since: datetime, until: datetime) -> int: ...


class Discrepancies(Protocol):
    """One for each account, payment and kind. All raise StoreUnavailable."""

    async def record(
        self, found: Found, *, run: str, now: datetime, may_add: bool = True
    ) -> Discrepancy | None:
        """Makes it open, counted once for each run; returns what it was before this.

        A new one is only kept where it may be added.
        """
        ...

    async def settle(
        self, found: Found, state: State, *, run: str, now: datetime, is_told: bool = False
    ) -> None:
        """Gives an open one its other state; `is_told` says that this run told its order."""
        ...

    def open_ones(self, account: str) -> AsyncIterator[Discrepancy]:
        """The one that was seen longest ago first."""
        ...

    def seen_in(self, account: str, run: str) -> AsyncIterator[Discrepancy]:
        """Also those that were open before and settled by it."""
        ...

    async def open_counts(self, account: str) -> Mapping[Kind, int]: ...


class ListCounts(Protocol):
    def listed(self, account: str, count: int) -> None:
        """So many payments were told by the gateway and compared."""
        ...
