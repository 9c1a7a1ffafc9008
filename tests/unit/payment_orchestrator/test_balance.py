"""What the facts of a payment add up to, however the gateway told them."""

from typing import TypeVar

import pytest

from payment_orchestrator.domain.balance import (
    awaits_authorization,
    captured_minor,
    counts,
    effect_ids,
    effect_minor,
    excess_minor,
    holds_money,
    refunded_minor,
    refunding_minor,
    unnamed_minor,
    voided_minor,
)
from payment_orchestrator.domain.order import OperationKind, Payment
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)
from support.builders import NOW, PAYMENT, facts, order

CAPTURE, REFUND = OperationKind.CAPTURE, OperationKind.REFUND
VOID, AUTHORIZE = OperationKind.VOID, OperationKind.AUTHORIZE
HELD = facts(authorized=15000)
APPROVED = facts(approved=True)
Value = TypeVar("Value")


def refund(minor: int, status: RefundStatus, refund_id: str = "r") -> RefundFact:
    return RefundFact(refund_id=refund_id, amount_minor=minor, status=status)


def told(**changes: object) -> PaymentFacts:
    return HELD.model_copy(update=changes)


def payment(of: PaymentFacts) -> Payment:
    return Payment(payment_id=PAYMENT, facts=of, first_seen_at=NOW)


EACH = tuple(
    refund(10**n, status, status) for n, status in enumerate(RefundStatus)
)  # pending 1, failed 10, processed 100


@pytest.mark.parametrize(
    ("known", "captured", "refunded", "refunding"),
    [
        (PaymentFacts(), 0, 0, 0),
        (facts(captures={"c1": 40, "c2": 60}), 100, 0, 0),
        (told(captured_total_minor=120), 120, 0, 0),
        (facts(captures={"c1": 40}).model_copy(update={"captured_total_minor": 39}), 40, 0, 0),
        (facts(captures={"c1": 40}).model_copy(update={"captured_total_minor": 41}), 41, 0, 0),
        (told(refunds=EACH), 0, 100, 101),
        (told(refunds=EACH, refunded_total_minor=100), 0, 100, 101),
        (told(refunds=EACH, refunded_total_minor=150), 0, 150, 150),
    ],
)
def test_sums_are_the_larger_of_what_is_named_and_what_is_told_in_total(
    known: PaymentFacts, captured: int, refunded: int, refunding: int
) -> None:
    sums = (captured_minor(known), refunded_minor(known), refunding_minor(known))
    assert sums == (captured, refunded, refunding)


@pytest.mark.parametrize(
    ("known", "voided"),
    [
        (told(), 0),
        (told(voided_minor=15000), 15000),
        (facts(authorized=15000, voids={"v1": 400, "v2": 600}), 1000),
        (told(voids=(VoidFact(void_id="v", amount_minor=400),), voided_minor=300), 400),
        (told(voids=(VoidFact(void_id="v", amount_minor=400),), voided_minor=500), 500),
        (told(voided_minor=15000, captured_total_minor=5000), 10000),
        (told(voided_minor=15000, captured_total_minor=16000), 0),
        (PaymentFacts(voided_minor=100), 0),
    ],
)
def test_what_was_captured_was_not_released(known: PaymentFacts, voided: int) -> None:
    assert voided_minor(known) == voided


@pytest.mark.parametrize(
    ("known", "waits"),
    [
        (APPROVED, True),
        (facts(), False),
        (facts(approved=True, authorized=15000), False),
        (facts(approved=True, failed=True), False),
        (facts(approved=True, expired=True), False),
        (APPROVED.model_copy(update={"closed": True}), False),
    ],
)
def test_an_approved_payment_waits_to_be_authorized_until_it_is_or_is_over(
    known: PaymentFacts, waits: bool
) -> None:
    assert awaits_authorization(known) is waits
    assert holds_money(payment(known)) is (waits or known.authorized_minor > 0)


@pytest.mark.parametrize(
    ("known", "holds"),
    [
        (PaymentFacts(), False),
        (HELD, True),
        (facts(authorized=15000, closed=True), False),
        (facts(authorized=15000, captures={"c": 1}, closed=True), True),
        (facts(authorized=15000, captures={"c": 9}, refunds={"r": 8}, closed=True), True),
        (facts(authorized=15000, captures={"c": 9}, refunds={"r": 9}, closed=True), False),
        (told(captured_total_minor=9, authorized_minor=0), True),
    ],
)
def test_money_is_held_until_it_was_released_or_has_gone_back(
    known: PaymentFacts, holds: bool
) -> None:
    assert holds_money(payment(known)) is holds


@pytest.mark.parametrize(
    ("captured", "refunded", "excess"),
    [(15000, 0, 0), (15001, 0, 1), (30000, 0, 15000), (30000, 14999, 1), (30000, 20000, 0)],
)
def test_what_was_taken_beyond_the_authorization_is_in_excess_until_it_goes_back(
    captured: int, refunded: int, excess: int
) -> None:
    taken = told(captured_total_minor=captured, refunds=(refund(refunded, RefundStatus.PENDING),))
    assert excess_minor(taken) == excess


def test_without_an_authorization_nothing_is_in_excess() -> None:
    assert excess_minor(PaymentFacts(captured_total_minor=100)) == 0
    assert excess_minor(told(authorized_minor=1, captured_total_minor=3)) == 2


@pytest.mark.parametrize(
    ("amounts", "does"),
    [
        ((), False),
        ((Money(15000, "SAR"),), True),
        ((Money(14999, "SAR"),), False),
        ((Money(15000, "AED"),), False),
        ((Money(99, "SAR"), Money(15000, "SAR")), False),
    ],
)
def test_law_5_a_payment_counts_if_it_named_the_orders_amount_and_no_other(
    amounts: tuple[Money, ...], does: bool
) -> None:
    assert counts(order(), payment(told(amounts=amounts))) is does


MIXED = told(
    captures=(CaptureFact(capture_id="c1", amount_minor=5),),
    captured_total_minor=7,
    refunds=(refund(3, RefundStatus.PENDING, "r1"),),
    refunded_total_minor=11,
    voids=(VoidFact(void_id="v1", amount_minor=2),),
    voided_minor=15,
)


@pytest.mark.parametrize(
    ("kind", "ids", "unnamed"),
    [(CAPTURE, ("c1",), 2), (REFUND, ("r1",), 8), (VOID, ("v1",), 13), (AUTHORIZE, (), 0)],
)
def test_what_is_named_and_what_only_a_total_tells_are_kept_apart(
    kind: OperationKind, ids: tuple[str, ...], unnamed: int
) -> None:
    assert (effect_ids(MIXED, kind), unnamed_minor(MIXED, kind)) == (ids, unnamed)
    less = MIXED.model_copy(
        update={"captured_total_minor": 4, "refunded_total_minor": 2, "voided_minor": 1}
    )
    assert unnamed_minor(less, kind) == 0


@pytest.mark.parametrize(
    ("kind", "effect_id", "minor"),
    [
        (CAPTURE, "c1", 5),
        (REFUND, "r1", 3),
        (VOID, "v1", 2),
        (CAPTURE, "r1", None),
        (CAPTURE, None, None),
        (AUTHORIZE, "c1", None),
    ],
)
def test_an_effect_is_found_by_its_kind_and_id(
    kind: OperationKind, effect_id: str | None, minor: int | None
) -> None:
    assert effect_minor(MIXED, kind, effect_id) == minor
