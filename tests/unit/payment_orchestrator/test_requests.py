"""Law 6: what is asked for is recorded with its reservation, in one write."""

from dataclasses import replace

import pytest

from payment_orchestrator.domain.order import Operation, OperationKind, ReplyAddress
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.parties import Shipment
from support.asking import (
    CAPTURE,
    HELD,
    PART,
    REFUND,
    TAKEN,
    VOID,
    asks,
    change_by,
    refusal,
    sar,
)
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    UNECHOING,
    authorized,
    facts,
    observed,
    order,
)


def test_an_operation_keeps_all_that_was_asked_and_by_whom() -> None:
    shipment = Shipment(carrier="Aramex")
    address = ReplyAddress(queue="payments.reply.shop", correlation_id="c1")
    asked = asks(
        CAPTURE,
        amount=sar(4000),
        payment_id=PAYMENT,
        sender="shop",
        caller_reference="SHIP-7",
        reason="shipped",
        shipment=shipment,
        reply_to=(address,),
    )
    change = change_by(authorized(), asked)
    assert change.order.operations == (
        Operation(
            operation_id="command-1",
            kind=CAPTURE,
            payment_id=PAYMENT,
            amount=sar(4000),
            reference="command-1",
            digest="digest",
            requested_by="warehouse",
            sender="shop",
            caller_reference="SHIP-7",
            is_echoed=True,
            reason="shipped",
            shipment=shipment,
            requested_at=NOW,
            reply_to=(address,),
        ),
    )


@pytest.mark.parametrize(("reason", "because"), [(None, ""), ("shipped", " because: shipped")])
def test_history_says_who_asked_for_what_and_why(reason: str | None, because: str) -> None:
    change = change_by(authorized(), asks(CAPTURE, amount=sar(4000), reason=reason))
    entry = change.history[-1]
    assert (entry.kind, entry.actor) == ("operation_requested", "warehouse")
    assert (entry.payment_id, entry.operation_id) == (PAYMENT, "command-1")
    assert entry.text == (f"warehouse asked to capture 40.00 SAR{because}; the amount is reserved")


@pytest.mark.parametrize(
    ("kind", "capabilities", "echoed"),
    [
        (CAPTURE, replace(UNECHOING, echoes_capture_reference=True), True),
        (CAPTURE, replace(CAPABILITIES, echoes_capture_reference=False), False),
        (REFUND, replace(UNECHOING, echoes_refund_reference=True), True),
        (REFUND, replace(CAPABILITIES, echoes_refund_reference=False), False),
        (VOID, CAPABILITIES, False),
    ],
)
def test_it_is_told_apart_by_its_reference_where_the_gateway_repeats_it(
    kind: OperationKind, capabilities: Capabilities, echoed: bool
) -> None:
    current = observed(order(), TAKEN if kind is REFUND else HELD)
    (operation,) = change_by(current, asks(kind), capabilities).order.operations
    assert operation.is_echoed is echoed


@pytest.mark.parametrize(
    ("kind", "known", "left"),
    [
        (CAPTURE, HELD, 15000),
        (CAPTURE, PART, 6000),
        (VOID, HELD, 15000),
        (VOID, PART, 6000),
        (REFUND, TAKEN, 15000),
        (
            REFUND,
            facts(authorized=15000, captures={"c": 9000}, refunds={"r": 2000}, closed=True),
            7000,
        ),
    ],
)
def test_without_an_amount_all_that_is_left_is_meant(
    kind: OperationKind, known: PaymentFacts, left: int
) -> None:
    (operation,) = change_by(observed(order(), known), asks(kind)).order.operations
    assert operation.amount == sar(left)


def test_all_that_is_held_of_a_payment_in_another_currency_can_be_voided() -> None:
    strange = observed(order(), facts(currency="AED", authorized=15000))
    asked = asks(VOID, payment_id=PAYMENT)
    (operation,) = change_by(strange, asked).order.operations
    assert operation.amount == Money(15000, "AED")
    assert refusal(strange, replace(asked, amount=sar(15000))) == (
        "currency_mismatch",
        "the amount is in SAR, the order and its payment are in AED",
    )


@pytest.mark.parametrize("kind", [CAPTURE, REFUND])
def test_of_a_payment_in_another_currency_nothing_else_can_be_asked(kind: OperationKind) -> None:
    strange = observed(order(), facts(currency="AED", authorized=15000, captures={"c": 15000}))
    asked = asks(kind, payment_id=PAYMENT, amount=sar(100))
    assert refusal(strange, asked) == (
        "currency_mismatch",
        "the amount is in SAR, the order and its payment are in AED and SAR",
    )
