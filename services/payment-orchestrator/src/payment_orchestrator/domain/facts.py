"""The join of law 1: facts only grow, in any order and however often they are told.

For every field the join is a maximum, a union or an "or", hence commutative, associative and
idempotent. The property tests hold it to that.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)

_REFUND_RANK = {RefundStatus.PENDING: 0, RefundStatus.FAILED: 1, RefundStatus.PROCESSED: 2}

Fact = TypeVar("Fact")


def join(known: PaymentFacts, told: PaymentFacts) -> PaymentFacts:
    """All that either of them says."""
    return PaymentFacts(
        amounts=tuple(
            sorted({*known.amounts, *told.amounts}, key=lambda m: (m.currency, m.amount_minor))
        ),
        approved=known.approved or told.approved,
        authorized_minor=max(known.authorized_minor, told.authorized_minor),
        captures=_union(known.captures, told.captures, key=_capture_id, join_two=_join_captures),
        captured_total_minor=max(known.captured_total_minor, told.captured_total_minor),
        refunds=_union(known.refunds, told.refunds, key=_refund_id, join_two=_join_refunds),
        refunded_total_minor=max(known.refunded_total_minor, told.refunded_total_minor),
        voids=_union(known.voids, told.voids, key=_void_id, join_two=_join_voids),
        voided_minor=max(known.voided_minor, told.voided_minor),
        closed=known.closed or told.closed,
        failed=known.failed or told.failed,
        expired=known.expired or told.expired,
        failure_reasons=tuple(sorted({*known.failure_reasons, *told.failure_reasons})),
    )


def _capture_id(fact: CaptureFact) -> str:
    return fact.capture_id


def _refund_id(fact: RefundFact) -> str:
    return fact.refund_id


def _void_id(fact: VoidFact) -> str:
    return fact.void_id


def _union(
    known: Iterable[Fact],
    told: Iterable[Fact],
    *,
    key: Callable[[Fact], str],
    join_two: Callable[[Fact, Fact], Fact],
) -> tuple[Fact, ...]:
    by_id: dict[str, Fact] = {}
    for fact in (*known, *told):
        there = by_id.get(key(fact))
        by_id[key(fact)] = fact if there is None else join_two(there, fact)
    return tuple(by_id[each] for each in sorted(by_id))


def _join_captures(one: CaptureFact, other: CaptureFact) -> CaptureFact:
    return CaptureFact(
        capture_id=one.capture_id,
        amount_minor=max(one.amount_minor, other.amount_minor),
        reference=max(one.reference, other.reference),
        occurred_at=_earlier(one.occurred_at, other.occurred_at),
    )


def _join_refunds(one: RefundFact, other: RefundFact) -> RefundFact:
    return RefundFact(
        refund_id=one.refund_id,
        amount_minor=max(one.amount_minor, other.amount_minor),
        status=max(one.status, other.status, key=_REFUND_RANK.__getitem__),
        reference=max(one.reference, other.reference),
        reason=max(one.reason, other.reason),
        occurred_at=_earlier(one.occurred_at, other.occurred_at),
    )


def _join_voids(one: VoidFact, other: VoidFact) -> VoidFact:
    return VoidFact(
        void_id=one.void_id,
        amount_minor=max(one.amount_minor, other.amount_minor),
        reference=max(one.reference, other.reference),
        occurred_at=_earlier(one.occurred_at, other.occurred_at),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [each for each in (one, other) if each is not None]
    return min(known) if known else None
