"""What a gateway says of a payment and we do not know, in words with amounts.

There is news exactly where the orchestrator's join would change the order's facts: what is told
here once and joined is never news again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)
from reconciler.domain.discrepancy import Kind

_RANK = {RefundStatus.PENDING: 0, RefundStatus.FAILED: 1, RefundStatus.PROCESSED: 2}

Fact = TypeVar("Fact", CaptureFact, RefundFact, VoidFact)
Move = TypeVar("Move", CaptureFact, VoidFact)


@dataclass(frozen=True, slots=True)
class News:
    """`is_notable` where somebody would have been told of it: a first amount is only told on."""

    kind: Kind
    words: str
    is_notable: bool = True


def news_in(known: PaymentFacts, told: PaymentFacts) -> tuple[News, ...]:
    """Nothing where all that is told is known, whatever more is known."""
    amounts = told.amounts or known.amounts
    currency = amounts[0].currency if amounts else ""
    return (*_of_payment(known, told, currency), *_of_money(known, told, currency))


def _of_payment(known: PaymentFacts, told: PaymentFacts, currency: str) -> Iterator[News]:
    if new := set(told.amounts) - set(known.amounts):
        texts = sorted(map(str, new))
        kind = Kind.AMOUNT if known.amounts else Kind.PAYMENT
        yield News(kind, f"payment of {_list(texts)}", is_notable=bool(known.amounts))
    if told.authorized_minor > known.authorized_minor:
        yield News(Kind.PAYMENT, f"authorized {_money(told.authorized_minor, currency)}")
    flags = (
        ("approved, waits to be authorized", known.approved, told.approved),
        ("closed, no more can be captured", known.closed, told.closed),
        ("failed", known.failed, told.failed),
        ("expired", known.expired, told.expired),
    )
    for words, was, is_now in flags:
        if is_now and not was:
            yield News(Kind.PAYMENT, words)
    if reasons := sorted(set(told.failure_reasons) - set(known.failure_reasons)):
        yield News(Kind.PAYMENT, f"an attempt failed ({_list(reasons)})")


def _of_money(known: PaymentFacts, told: PaymentFacts, currency: str) -> Iterator[News]:
    for each, was in _pairs(known.captures, told.captures, lambda fact: fact.capture_id):
        yield from _move(
            Kind.CAPTURE, each, was, name=f"capture {each.capture_id}", currency=currency
        )
    for refund, had in _pairs(known.refunds, told.refunds, lambda fact: fact.refund_id):
        yield from _refund(refund, had, currency)
    for void, gone in _pairs(known.voids, told.voids, lambda fact: fact.void_id):
        yield from _move(Kind.VOID, void, gone, name=f"void {void.void_id}", currency=currency)
    totals = (
        (Kind.CAPTURE, "captured", known.captured_total_minor, told.captured_total_minor),
        (Kind.REFUND, "refunded", known.refunded_total_minor, told.refunded_total_minor),
        (Kind.VOID, "voided", known.voided_minor, told.voided_minor),
    )
    for kind, words, was_minor, is_minor in totals:
        if is_minor > was_minor:
            yield News(kind, f"{words} {_money(is_minor, currency)} in all")


def _move(kind: Kind, fact: Move, was: Move | None, *, name: str, currency: str) -> Iterator[News]:
    if was is None:
        yield News(kind, f"{name} of {_money(fact.amount_minor, currency)}")
    elif fact.amount_minor > was.amount_minor:
        was_of, is_of = (_money(each.amount_minor, currency) for each in (was, fact))
        yield News(kind, f"{name} of {is_of}, not {was_of}")
    elif _is_fuller(fact, was):
        yield News(kind, f"{name}: its reference or time")


def _refund(fact: RefundFact, was: RefundFact | None, currency: str) -> Iterator[News]:
    name = f"refund {fact.refund_id} of {_money(fact.amount_minor, currency)}"
    if was is None:
        yield News(Kind.REFUND, f"{name}, {fact.status}")
    elif _RANK[fact.status] > _RANK[was.status]:
        yield News(Kind.REFUND, f"{name}, {fact.status} and no longer {was.status}")
    elif fact.amount_minor > was.amount_minor:
        yield News(Kind.REFUND, f"{name}, not {_money(was.amount_minor, currency)}")
    elif _is_fuller(fact, was) or fact.reason > was.reason:
        yield News(Kind.REFUND, f"{name}: its reference, reason or time")


def _is_fuller(fact: Fact, was: Fact) -> bool:
    """By the join: the greater text and the earlier time stay."""
    if fact.reference > was.reference:
        return True
    if fact.occurred_at is None:
        return False
    return was.occurred_at is None or fact.occurred_at < was.occurred_at


def _pairs(
    known: Iterable[Fact], told: Iterable[Fact], key: Callable[[Fact], str]
) -> Iterator[tuple[Fact, Fact | None]]:
    by_id = {key(each): each for each in known}
    return ((each, by_id.get(key(each))) for each in told)


def _money(minor: int, currency: str) -> str:
    return str(Money(minor, currency)) if currency else f"{minor} minor units"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(texts)
