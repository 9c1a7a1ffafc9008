"""What Tamara answers to a money move, pure: it tells of the move alone, never of the order.

The amount that we asked for is the fact. An answer with another one is not believed, and neither
is our request: the order is read instead. What it does not show yet is at least the lesser of both:
facts only grow, and what was made and is forgotten would be made again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from payments_common.errors import InvalidMoney
from payments_common.gateways.port import MoneyMove
from payments_common.gateways.tamara.translate import minor_of
from payments_common.gateways.tamara.wire import (
    TamaraAuthorised,
    TamaraCanceled,
    TamaraCaptured,
    TamaraMoney,
    TamaraRefunded,
    TamaraStatus,
)
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)

Fact = TypeVar("Fact", CaptureFact, RefundFact, VoidFact)
AnyAnswer = TypeVar("AnyAnswer", TamaraAuthorised, TamaraCaptured, TamaraRefunded, TamaraCanceled)


@dataclass(frozen=True, slots=True)
class Effect:
    """A move as its answer tells it; unless it is told as expected, the order has to be read.

    `facts` are the least that is certain, None where nothing is.
    """

    effect_id: str
    facts: PaymentFacts | None
    is_as_expected: bool


@dataclass(frozen=True, slots=True)
class MoveKind(Generic[AnyAnswer]):
    """How one kind of money move is read; `is_done`: after a no, the order shows it all the same.

    Tamara echoes no reference of ours, so only an order on which the move left nothing to do, and
    on which there is no other of its kind, is taken for done.
    """

    operation: str
    answer: type[AnyAnswer]
    effect: Callable[[AnyAnswer, MoneyMove], Effect]
    is_done: Callable[[PaymentFacts, MoneyMove], bool]


def with_effect(seen: Observation, effect: Effect, reference: str) -> Observation:
    """The same, with what our call was told to have made, under our reference."""
    if not effect.effect_id:
        return seen
    facts, told = seen.facts, effect.facts or PaymentFacts()
    ours = (effect.effect_id, reference)
    joined = {
        "captures": _joined(facts.captures, told.captures, id_of=lambda c: c.capture_id, ours=ours),
        "refunds": _joined(facts.refunds, told.refunds, id_of=lambda r: r.refund_id, ours=ours),
        "voids": _joined(facts.voids, told.voids, id_of=lambda v: v.void_id, ours=ours),
    }
    return seen.model_copy(update={"facts": facts.model_copy(update=joined)})


def _joined(
    listed: tuple[Fact, ...],
    told: tuple[Fact, ...],
    *,
    id_of: Callable[[Fact], str],
    ours: tuple[str, str],
) -> tuple[Fact, ...]:
    """What is listed says more of itself than an answer, but for our reference."""
    made: dict[str, Fact] = {id_of(each): each for each in told}
    made.update((id_of(each), each) for each in listed)
    effect_id, reference = ours
    if effect_id in made:
        made[effect_id] = made[effect_id].model_copy(update={"reference": reference})
    return tuple(made[id_] for id_ in sorted(made))


def _authorized(answer: TamaraAuthorised, move: MoneyMove) -> Effect:
    """Section 3.4: a merchant's setting makes Tamara capture with the same call."""
    is_captured = answer.auto_captured or answer.status == TamaraStatus.FULLY_CAPTURED
    if (
        answer.status not in {TamaraStatus.AUTHORISED, TamaraStatus.FULLY_CAPTURED}
        or answer.authorized_amount is None
        or not _is_asked_for(answer.authorized_amount, move.amount)
        or (is_captured and not answer.capture_id)
    ):
        return Effect("", None, is_as_expected=False)
    amount_minor = move.amount.amount_minor
    capture = CaptureFact(capture_id=answer.capture_id, amount_minor=amount_minor)
    facts = PaymentFacts(
        approved=True, authorized_minor=amount_minor, captures=(capture,) * is_captured
    )
    return Effect("", facts, is_as_expected=True)


def _captured(answer: TamaraCaptured, move: MoneyMove) -> Effect:
    capture = CaptureFact(
        capture_id=answer.capture_id,
        amount_minor=_least_minor(answer.captured_amount, move.amount),
        reference=move.reference,
    )
    return Effect(
        answer.capture_id,
        PaymentFacts(captures=(capture,)) if capture.amount_minor else None,
        is_as_expected=_is_asked_for(answer.captured_amount, move.amount),
    )


def _refunded(answer: TamaraRefunded, move: MoneyMove) -> Effect:
    refund = RefundFact(
        refund_id=answer.refund_id,
        amount_minor=_least_minor(answer.refunded_amount, move.amount),
        status=RefundStatus.PROCESSED,
        reference=move.reference,
        reason=move.reason,
    )
    return Effect(
        answer.refund_id,
        PaymentFacts(refunds=(refund,)) if refund.amount_minor else None,
        is_as_expected=_is_asked_for(answer.refunded_amount, move.amount),
    )


def _canceled(answer: TamaraCanceled, move: MoneyMove) -> Effect:
    void = VoidFact(
        void_id=answer.cancel_id,
        amount_minor=_least_minor(answer.canceled_amount, move.amount),
        reference=move.reference,
    )
    closed = answer.status == TamaraStatus.CANCELED
    return Effect(
        answer.cancel_id,
        PaymentFacts(voids=(void,), closed=closed) if void.amount_minor else None,
        is_as_expected=_is_asked_for(answer.canceled_amount, move.amount),
    )


def _is_asked_for(told: TamaraMoney | None, asked: Money) -> bool:
    """Whether no amount is told, or the one that was asked for."""
    if told is None:
        return True
    return (told.currency, told.amount) == (asked.currency, Decimal(asked.to_major()))


def _least_minor(told: TamaraMoney | None, asked: Money) -> int:
    """The lesser of what is told and what was asked for; 0 where it can't be compared."""
    if told is None:
        return asked.amount_minor
    try:
        return min(minor_of(told, asked.currency), asked.amount_minor)
    except InvalidMoney:
        return 0


def _is_authorized(facts: PaymentFacts, _: MoneyMove) -> bool:
    return facts.authorized_minor > 0


def _is_captured(facts: PaymentFacts, move: MoneyMove) -> bool:
    return facts.closed and _is_the_only(facts.captures, move)


def _is_refunded(facts: PaymentFacts, move: MoneyMove) -> bool:
    if any(each.reference == move.reference for each in facts.refunds):
        return True
    listed_minor = sum(each.amount_minor for each in facts.captures)
    captured_minor = max(listed_minor, facts.captured_total_minor)
    return _is_the_only(facts.refunds, move) and captured_minor == move.amount.amount_minor


def _is_voided(facts: PaymentFacts, _: MoneyMove) -> bool:
    return facts.closed and not facts.captures and not facts.captured_total_minor


def _is_the_only(made: Sequence[CaptureFact] | Sequence[RefundFact], move: MoneyMove) -> bool:
    return [(each.amount_minor, each.reference) for each in made] == [
        (move.amount.amount_minor, "")
    ]


AUTHORIZE = MoveKind("authorize", TamaraAuthorised, _authorized, _is_authorized)
CAPTURE = MoveKind("capture", TamaraCaptured, _captured, _is_captured)
REFUND = MoveKind("refund", TamaraRefunded, _refunded, _is_refunded)
VOID = MoveKind("void", TamaraCanceled, _canceled, _is_voided)
