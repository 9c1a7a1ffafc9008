"""Law 6: captured + in flight ≤ authorized, refunded + in flight ≤ captured, always."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_orchestrator.domain.balance import captured_minor, refunded_minor
from payment_orchestrator.domain.order import OperationKind, Order
from payment_orchestrator.domain.requests import request
from payments_common.errors import OperationRefused
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    PAYMENT,
    asked,
    authorized,
    change_of,
    facts,
    observed,
    order,
    requested,
)

CAPTURED = facts(authorized=15000, captures={"c": 15000}, closed=True)


def refusal(order: Order, kind: OperationKind, amount_minor: int | None = None) -> OperationRefused:
    with pytest.raises(OperationRefused) as refused:
        requested(order, kind, amount_minor, operation_id="refused")
    return refused.value


def test_a_capture_above_the_authorization_is_refused_and_says_what_is_left() -> None:
    error = refusal(authorized(), OperationKind.CAPTURE, 15001)
    assert error.code == "amount_exceeds_balance"
    assert "150.01 SAR" in str(error)
    assert "150.00 SAR is left" in str(error)


def test_two_captures_that_together_exceed_are_not_both_accepted() -> None:
    one = requested(authorized(), OperationKind.CAPTURE, 10000)
    error = refusal(one, OperationKind.CAPTURE, 5001)
    assert "captures under way 100.00 SAR" in str(error)


def test_a_refund_above_the_capture_is_refused() -> None:
    error = refusal(observed(order(), CAPTURED), OperationKind.REFUND, 15001)
    assert error.code == "amount_exceeds_balance"


def test_two_refunds_that_together_exceed_are_not_both_accepted() -> None:
    one = requested(observed(order(), CAPTURED), OperationKind.REFUND, 15000)
    assert refusal(one, OperationKind.REFUND, 1).code == "amount_exceeds_balance"


def test_nothing_can_be_captured_while_a_void_is_under_way() -> None:
    voiding = requested(authorized(), OperationKind.VOID)
    assert refusal(voiding, OperationKind.CAPTURE, 1).code == "amount_exceeds_balance"


def test_an_amount_in_another_currency_is_refused() -> None:
    with pytest.raises(OperationRefused) as refused:
        requested(
            authorized(
                total_amount=Money(15000, "AED"),
                items=[{"title": "Lamp", "unit_price": {"amount_minor": 15000, "currency": "AED"}}],
            ),
            OperationKind.CAPTURE,
            1,
        )
    assert refused.value.code == "currency_mismatch"


def test_a_refund_of_a_payment_with_an_uncaptured_rest_says_to_void_first() -> None:
    partly = observed(order(), facts(authorized=15000, captures={"c": 9000}))
    error = refusal(partly, OperationKind.REFUND, 1000)
    assert error.code == "void_first"
    assert "60.00 SAR" in str(error)


def test_nothing_can_be_captured_before_it_is_authorized() -> None:
    assert refusal(order(), OperationKind.CAPTURE).code == "nothing_authorized"


def test_an_order_paid_twice_asks_which_payment_is_meant() -> None:
    twice = observed(authorized(), facts(authorized=15000), payment_id="another")
    error = refusal(twice, OperationKind.CAPTURE)
    assert error.code == "payment_id_needed"
    assert PAYMENT in str(error)


def test_of_two_payments_the_one_that_still_can_is_meant() -> None:
    released = observed(order(), facts(authorized=15000, closed=True))
    paid_again = observed(released, CAPTURED, payment_id="another")
    refunding = requested(paid_again, OperationKind.REFUND, 100)
    assert refunding.operations[0].payment_id == "another"


def test_a_payment_in_another_currency_moves_only_by_hand() -> None:
    foreign = facts(currency="AED", authorized=15000, captures={"c": 15000}, closed=True)
    strange = observed(order(), foreign)
    with pytest.raises(OperationRefused) as refused:
        request(
            change_of(strange),
            replace(asked(OperationKind.REFUND, 100), payment_id=PAYMENT),
            CAPABILITIES,
        )
    assert refused.value.code == "currency_mismatch"


@pytest.mark.parametrize(
    "wrong", [facts(total=99, authorized=99), facts(currency="AED", authorized=15000)]
)
def test_what_is_held_of_a_payment_that_does_not_count_can_be_released(
    wrong: PaymentFacts,
) -> None:
    void = replace(asked(OperationKind.VOID), payment_id=PAYMENT)
    released = request(change_of(observed(order(), wrong)), void, CAPABILITIES).order.operations[0]
    assert released.amount == Money(wrong.authorized_minor, wrong.amounts[0].currency)


def test_without_an_amount_all_that_is_left_is_meant() -> None:
    rest = requested(
        requested(authorized(), OperationKind.CAPTURE, 4000),
        OperationKind.CAPTURE,
        operation_id="command-2",
    )
    assert rest.operations[1].amount == Money(11000, "SAR")


moves = st.tuples(
    st.sampled_from([OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID]),
    st.integers(min_value=1, max_value=20000),
    st.booleans(),
)


@given(st.lists(moves, max_size=15))
def test_no_sequence_of_requests_and_results_makes_a_balance_negative(
    sequence: list[tuple[OperationKind, int, bool]],
) -> None:
    current = authorized()
    for number, (kind, amount, succeeds) in enumerate(sequence):
        what = asked(kind, None if kind is OperationKind.VOID else amount)
        try:
            current = requested(
                current,
                kind,
                what.amount.amount_minor if what.amount else None,
                operation_id=f"op-{number}",
            )
        except OperationRefused:
            continue
        if succeeds and kind is not OperationKind.VOID:
            current = _succeed(current, kind, f"op-{number}", amount)
        payment = current.payment(PAYMENT)
        assert payment is not None
        assert captured_minor(payment.facts) <= payment.facts.authorized_minor
        assert refunded_minor(payment.facts) <= captured_minor(payment.facts)


def _succeed(current: Order, kind: OperationKind, reference: str, amount: int) -> Order:
    payment = current.payment(PAYMENT)
    assert payment is not None
    captures = {c.capture_id: c.amount_minor for c in payment.facts.captures}
    refunds = {r.refund_id: r.amount_minor for r in payment.facts.refunds}
    (captures if kind is OperationKind.CAPTURE else refunds)[reference] = amount
    told = facts(
        authorized=15000,
        captures=captures,
        refunds=refunds,
        references={key: key for key in {**captures, **refunds}},
        closed=sum(captures.values()) == 15000,
    )
    return observed(current, told)
