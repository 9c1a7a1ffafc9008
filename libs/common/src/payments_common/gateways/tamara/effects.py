"""What Tamara answers to a money move, pure: it tells of the move alone, never of the order.

The amount that we asked for is the fact. An answer with another one is not believed, and neither
is our request: the order is read instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from payments_common.gateways.port import MoneyMove
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

AnyAnswer = TypeVar("AnyAnswer", TamaraAuthorised, TamaraCaptured, TamaraRefunded, TamaraCanceled)


@dataclass(frozen=True, slots=True)
class Effect:
    """A move as its answer tells it; without `facts` the order has to be read."""

    effect_id: str
    facts: PaymentFacts | None


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


def with_reference(seen: Observation, effect_id: str, reference: str) -> Observation:
    """The same, with our reference on what our call was told to have made."""
    if not effect_id:
        return seen
    facts = seen.facts
    ours = {"reference": reference}
    marked = {
        "captures": tuple(
            each.model_copy(update=ours) if each.capture_id == effect_id else each
            for each in facts.captures
        ),
        "refunds": tuple(
            each.model_copy(update=ours) if each.refund_id == effect_id else each
            for each in facts.refunds
        ),
        "voids": tuple(
            each.model_copy(update=ours) if each.void_id == effect_id else each
            for each in facts.voids
        ),
    }
    return seen.model_copy(update={"facts": facts.model_copy(update=marked)})


def _authorized(answer: TamaraAuthorised, move: MoneyMove) -> Effect:
    """Section 3.4: a merchant's setting makes Tamara capture with the same call."""
    is_captured = answer.auto_captured or answer.status == TamaraStatus.FULLY_CAPTURED
    if (
        answer.status not in {TamaraStatus.AUTHORISED, TamaraStatus.FULLY_CAPTURED}
        or answer.authorized_amount is None
        or _is_another(answer.authorized_amount, move.amount)
        or (is_captured and not answer.capture_id)
    ):
        return Effect("", None)
    amount_minor = move.amount.amount_minor
    capture = CaptureFact(capture_id=answer.capture_id, amount_minor=amount_minor)
    facts = PaymentFacts(
        approved=True, authorized_minor=amount_minor, captures=(capture,) * is_captured
    )
    return Effect("", facts)


def _captured(answer: TamaraCaptured, move: MoneyMove) -> Effect:
    if _is_another(answer.captured_amount, move.amount):
        return Effect(answer.capture_id, None)
    capture = CaptureFact(
        capture_id=answer.capture_id,
        amount_minor=move.amount.amount_minor,
        reference=move.reference,
    )
    return Effect(answer.capture_id, PaymentFacts(captures=(capture,)))


def _refunded(answer: TamaraRefunded, move: MoneyMove) -> Effect:
    if _is_another(answer.refunded_amount, move.amount):
        return Effect(answer.refund_id, None)
    refund = RefundFact(
        refund_id=answer.refund_id,
        amount_minor=move.amount.amount_minor,
        status=RefundStatus.PROCESSED,
        reference=move.reference,
        reason=move.reason,
    )
    return Effect(answer.refund_id, PaymentFacts(refunds=(refund,)))


def _canceled(answer: TamaraCanceled, move: MoneyMove) -> Effect:
    if _is_another(answer.canceled_amount, move.amount):
        return Effect(answer.cancel_id, None)
    void = VoidFact(
        void_id=answer.cancel_id,
        amount_minor=move.amount.amount_minor,
        reference=move.reference,
    )
    closed = answer.status == TamaraStatus.CANCELED
    return Effect(answer.cancel_id, PaymentFacts(voids=(void,), closed=closed))


def _is_another(told: TamaraMoney | None, asked: Money) -> bool:
    """Whether an amount is told, and it is not what was asked for."""
    if told is None:
        return False
    return (told.currency, told.amount) != (asked.currency, Decimal(asked.to_major()))


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
