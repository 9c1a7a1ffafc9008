"""Plans of what happens to an order's payments: the customer, the dashboard, and a call of ours.

A gateway's life makes of a plan what that gateway would say. The plan is what a failing test
shows, because it is short.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from payment_orchestrator.domain.order import Operation, OperationKind, Order
from payments_common.gateways.port import Capabilities
from payments_common.schemas.commands import CaptureMode
from payments_common.schemas.observations import Observation

Element = TypeVar("Element")


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at the gateway without us; `payment` says to which of two."""

    name: str
    amount_minor: int = 0
    which: int = 0
    payment: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A capture, refund or void of ours; `amount_minor` None asks for all that is left."""

    kind: OperationKind
    amount_minor: int | None
    payment: int = 0


class Call(StrEnum):
    """How far our call has come when the sequences begin to differ."""

    NOT_SENT = "not sent"
    UNDER_WAY = "under way"
    UNKNOWN = "outcome unknown"
    DECLINED = "declined and not yet believed"


@dataclass(frozen=True, slots=True)
class Plan:
    """`move` is open from then on, and `after` happens; `picks` is the other sequence.

    `is_done`, `is_late`: whether our call has its effect, and only after all else. `odd` is what
    contradicts the rest.
    """

    opening: tuple[Step, ...] = ()
    before: tuple[Step | Move, ...] = ()
    move: Move | None = None
    call: Call = Call.UNDER_WAY
    is_done: bool = True
    is_late: bool = False
    after: tuple[Step, ...] = ()
    odd: tuple[Observation, ...] = ()
    capture_mode: CaptureMode = CaptureMode.MANUAL
    picks: tuple[int, ...] = ()


class Life(Protocol):
    """One payment at its gateway."""

    @property
    def payment_id(self) -> str: ...

    def live(self, step: Step) -> bool:
        """Whether the gateway allowed it."""
        ...

    def carry_out(self, operation: Operation) -> Observation | None:
        """The answer to our call; None where the gateway says no."""
        ...

    def shown(self) -> Observation:
        """The payment as it is read now."""
        ...

    def moved_minor(self) -> tuple[int, int]:
        """What was captured and refunded by the gateway's own book."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """A gateway as these tests need it."""

    capabilities: Capabilities
    order: Callable[[CaptureMode], Order]
    life: Callable[[int], Life]
    openings: tuple[tuple[Step, ...], ...]
    steps: tuple[str, ...]
    amounts: tuple[int, ...]
    odd: st.SearchStrategy[Observation]


def lives(subject: Subject) -> st.SearchStrategy[Plan]:
    """What customers and the dashboard may do."""
    return _plans(subject)


def contradictions(subject: Subject) -> st.SearchStrategy[Plan]:
    """The same, and things that cannot be true beside it."""
    return _plans(subject, odd=_tuples(subject.odd, 5))


def calls(subject: Subject) -> st.SearchStrategy[Plan]:
    """Lives in which we move money too, and one of our calls is not over."""
    return _calls(subject, odd=st.just(()))


def calls_and_contradictions(subject: Subject) -> st.SearchStrategy[Plan]:
    return _calls(subject, odd=_tuples(subject.odd, 4))


def _plans(
    subject: Subject, odd: st.SearchStrategy[tuple[Observation, ...]] | None = None
) -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan,
        opening=st.sampled_from(subject.openings),
        before=_tuples(_steps(subject), 8),
        odd=st.just(()) if odd is None else odd,
        capture_mode=st.sampled_from(CaptureMode),
        picks=_PICKS,
    )


def _calls(
    subject: Subject, odd: st.SearchStrategy[tuple[Observation, ...]]
) -> st.SearchStrategy[Plan]:
    steps, moves = _steps(subject), _moves(subject)
    paid = [opening for opening in subject.openings if opening]
    return st.builds(
        Plan,
        opening=st.sampled_from(paid),
        before=_tuples(steps | moves, 4),
        move=moves,
        call=st.sampled_from(Call),
        is_done=st.sampled_from([True, True, True, False]),
        is_late=st.booleans(),
        after=_tuples(steps, 4),
        odd=odd,
        picks=_PICKS,
    )


def _steps(subject: Subject) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        name=st.sampled_from(subject.steps),
        amount_minor=st.sampled_from(subject.amounts),
        which=st.integers(0, 2),
        payment=_EITHER,
    )


def _moves(subject: Subject) -> st.SearchStrategy[Move]:
    return st.builds(
        Move,
        kind=st.sampled_from([OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID]),
        amount_minor=st.none() | st.sampled_from(subject.amounts),
        payment=_EITHER,
    )


def _tuples(
    elements: st.SearchStrategy[Element], most: int
) -> st.SearchStrategy[tuple[Element, ...]]:
    return st.lists(elements, max_size=most).map(tuple)


# The other payment is there to be paid twice, and now and then is enough.
_EITHER = st.sampled_from([0, 0, 0, 1])
_PICKS = _tuples(st.integers(0, 30), 25)
