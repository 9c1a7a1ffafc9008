"""Law 6: what cannot be asked for is refused in words that say what is left, or what to do."""

from dataclasses import asdict, replace

import pytest

from payment_orchestrator.domain.order import OperationKind
from payment_orchestrator.domain.requests import MOST_OPERATIONS
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts, RefundFact, RefundStatus
from support.asking import (
    CAPTURE,
    HELD,
    OTHER,
    PART,
    REFUND,
    TAKEN,
    VOID,
    asks,
    change_by,
    refusal,
    sar,
    twice,
)
from support.builders import (
    CAPABILITIES,
    PAYMENT,
    authorized,
    facts,
    observed,
    order,
    requested,
)


def test_an_amount_in_another_currency_is_refused() -> None:
    assert refusal(authorized(), asks(CAPTURE, amount=Money(100, "AED"))) == (
        "currency_mismatch",
        "the amount is in AED, the order and its payment are in SAR",
    )


def test_a_payment_that_named_no_amount_is_in_the_orders_currency() -> None:
    nameless = observed(order(), PaymentFacts(authorized_minor=15000))
    assert refusal(nameless, asks(CAPTURE, payment_id=PAYMENT, amount=Money(1, "AED")))[1] == (
        "the amount is in AED, the order and its payment are in SAR"
    )
    change = change_by(nameless, asks(VOID, payment_id=PAYMENT))
    assert change.order.operations[0].amount == sar(15000)


def test_an_unknown_payment_is_refused() -> None:
    assert refusal(authorized(), asks(CAPTURE, payment_id="another")) == (
        "unknown_payment",
        "order SHOP-1001 has no payment another",
    )


@pytest.mark.parametrize(
    ("told", "status"), [([], "created"), ([facts()], "pending"), ([facts(failed=True)], "failed")]
)
def test_where_nothing_is_authorized_the_order_says_how_it_stands(
    told: list[PaymentFacts], status: str
) -> None:
    assert refusal(observed(order(), *told), asks(REFUND)) == (
        "nothing_authorized",
        f"order SHOP-1001 is {status}: nothing is authorized, so there is nothing to refund",
    )


def test_a_payment_that_does_not_count_is_not_meant_unless_it_is_named() -> None:
    wrong = observed(order(), facts(total=99, authorized=99))
    assert refusal(wrong, asks(VOID))[0] == "nothing_authorized"
    change = change_by(wrong, asks(VOID, payment_id=PAYMENT))
    assert change.order.operations[0].amount == sar(99)


def test_the_least_that_is_left_of_a_payment_is_something() -> None:
    current = twice(
        facts(authorized=15000, closed=True), facts(authorized=15000, voids={"v": 14999})
    )
    (operation,) = change_by(current, asks(CAPTURE)).order.operations
    assert (operation.payment_id, operation.amount) == (OTHER, sar(1))


def test_of_two_payments_the_one_that_has_something_left_is_meant() -> None:
    current = twice(HELD, facts(authorized=15000, closed=True))
    (operation,) = change_by(current, asks(CAPTURE)).order.operations
    assert operation.payment_id == PAYMENT


def test_of_two_that_have_something_left_one_must_be_named() -> None:
    assert refusal(twice(HELD, HELD), asks(CAPTURE)) == (
        "payment_id_needed",
        f"order SHOP-1001 was paid 2 times; say which payment_id to capture: {OTHER}, {PAYMENT}",
    )
    change = change_by(twice(HELD, HELD), asks(CAPTURE, payment_id=OTHER))
    assert change.order.operations[0].payment_id == OTHER


def test_of_three_only_those_that_have_something_left_are_listed() -> None:
    current = observed(twice(HELD, HELD), facts(authorized=15000, closed=True), payment_id="zzz")
    assert refusal(current, asks(CAPTURE))[1] == (
        f"order SHOP-1001 was paid 3 times; say which payment_id to capture: {OTHER}, {PAYMENT}"
    )


def test_of_two_that_have_nothing_left_one_must_be_named_too() -> None:
    gone = facts(authorized=15000, closed=True)
    assert refusal(twice(gone, gone), asks(CAPTURE))[0] == "payment_id_needed"


@pytest.mark.parametrize(
    ("known", "kind", "amount", "says"),
    [
        (
            PART,
            CAPTURE,
            6001,
            "cannot capture 60.01 SAR: 60.00 SAR is left to capture "
            "(authorized 150.00 SAR, captured 90.00 SAR)",
        ),
        (
            TAKEN,
            CAPTURE,
            None,
            "cannot capture 0.00 SAR: 0.00 SAR is left to capture "
            "(authorized 150.00 SAR, captured 150.00 SAR)",
        ),
        (
            facts(authorized=15000, captures={"c": 9000}, refunds={"r": 2000}, closed=True),
            REFUND,
            7001,
            "cannot refund 70.01 SAR: 70.00 SAR is left to refund (authorized 150.00 SAR, "
            "captured 90.00 SAR, voided 60.00 SAR, refunded 20.00 SAR)",
        ),
        (
            facts(authorized=15000, closed=True),
            VOID,
            None,
            "cannot void 0.00 SAR: 0.00 SAR is left to void "
            "(authorized 150.00 SAR, voided 150.00 SAR)",
        ),
    ],
)
def test_more_than_is_left_is_refused_and_the_balance_is_shown(
    known: PaymentFacts, kind: OperationKind, amount: int | None, says: str
) -> None:
    asked = asks(kind, amount=None if amount is None else sar(amount))
    assert refusal(observed(order(), known), asked) == ("amount_exceeds_balance", says)


def test_what_is_under_way_is_shown_as_that() -> None:
    pending = RefundFact(refund_id="r", amount_minor=500, status=RefundStatus.PENDING)
    known = TAKEN.model_copy(update={"refunds": (pending,)})
    refunding = requested(observed(order(), known), REFUND, 1000)
    assert refusal(refunding, asks(REFUND, operation_id="more", amount=sar(14000)))[1] == (
        "cannot refund 140.00 SAR: 135.00 SAR is left to refund (authorized 150.00 SAR, "
        "captured 150.00 SAR, refunded 5.00 SAR, refunds under way 10.00 SAR)"
    )
    voiding = requested(authorized(), VOID)
    assert refusal(voiding, asks(CAPTURE, operation_id="more"))[1] == (
        "cannot capture 0.00 SAR: 0.00 SAR is left to capture "
        "(authorized 150.00 SAR, voids under way 150.00 SAR)"
    )
    capturing = requested(authorized(), CAPTURE, 4000)
    assert refusal(capturing, asks(CAPTURE, operation_id="more", amount=sar(12000)))[1] == (
        "cannot capture 120.00 SAR: 110.00 SAR is left to capture "
        "(authorized 150.00 SAR, captures under way 40.00 SAR)"
    )


def test_a_payment_that_does_not_count_is_said_not_to() -> None:
    wrong = observed(order(), facts(total=99, authorized=99))
    assert refusal(wrong, asks(CAPTURE, payment_id=PAYMENT, amount=sar(1)))[1] == (
        "cannot capture 0.01 SAR: 0.00 SAR is left to capture "
        "(authorized 0.99 SAR, its amount is not the order's, so it does not count)"
    )


def test_a_payment_of_which_nothing_is_known_is_said_to_be_unauthorized() -> None:
    fresh = observed(order(), facts())
    assert refusal(fresh, asks(CAPTURE, payment_id=PAYMENT, amount=sar(1)))[1] == (
        "cannot capture 0.01 SAR: 0.00 SAR is left to capture (nothing is authorized)"
    )


@pytest.mark.parametrize(
    ("known", "kind", "amount"), [(PART, CAPTURE, 6000), (PART, VOID, 6000), (TAKEN, REFUND, 15000)]
)
def test_just_what_is_left_can_be_asked_for(
    known: PaymentFacts, kind: OperationKind, amount: int
) -> None:
    change = change_by(observed(order(), known), asks(kind, amount=sar(amount)))
    assert change.order.operations[0].amount == sar(amount)


def test_what_is_held_must_be_voided_first_only_where_the_gateway_wants_it() -> None:
    current = observed(order(), PART)
    assert refusal(current, asks(REFUND, amount=sar(1))) == (
        "void_first",
        "this gateway refunds only what is fully captured or voided: void or capture the "
        "60.00 SAR that is still held, then refund",
    )
    easy = replace(CAPABILITIES, refund_needs_closed=False)
    assert len(change_by(current, asks(REFUND, amount=sar(1)), easy).order.operations) == 1


@pytest.mark.parametrize(
    ("unable", "known", "kind", "whole"),
    [
        ("partial_capture", HELD, CAPTURE, 15000),
        ("partial_refund", TAKEN, REFUND, 15000),
        ("partial_void", PART, VOID, 6000),
    ],
)
def test_where_only_the_whole_can_be_moved_a_part_is_refused_and_the_whole_is_not(
    unable: str, known: PaymentFacts, kind: OperationKind, whole: int
) -> None:
    lacking = Capabilities(**{**asdict(CAPABILITIES), unable: False})
    current = observed(order(), known)
    code, _ = refusal(current, asks(kind, amount=sar(whole - 1)), lacking)
    assert code == "not_supported_by_gateway"
    assert len(change_by(current, asks(kind, amount=sar(whole)), lacking).order.operations) == 1


def test_a_capture_under_way_is_one_where_only_one_is_possible() -> None:
    once = replace(CAPABILITIES, several_captures=False)
    capturing = requested(authorized(), CAPTURE, 1)
    code, _ = refusal(capturing, asks(CAPTURE, operation_id="more", amount=sar(100)), once)
    assert code == "not_supported_by_gateway"


def test_an_order_has_a_limit_of_operations_and_says_so() -> None:
    one = requested(authorized(), CAPTURE, 1).operations[0]
    many = tuple(
        one.model_copy(update={"operation_id": f"o-{n}", "state": "declined"})
        for n in range(MOST_OPERATIONS)
    )
    full = authorized().model_copy(update={"operations": many})
    assert refusal(full, asks(CAPTURE)) == (
        "too_many_operations",
        "order SHOP-1001 has 500 operations, the most it can have",
    )
    almost = full.model_copy(update={"operations": many[1:]})
    assert len(change_by(almost, asks(CAPTURE)).order.operations) == MOST_OPERATIONS
