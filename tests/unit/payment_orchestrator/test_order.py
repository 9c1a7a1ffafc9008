"""The order's document: its parts are found by their ids and stand in a fixed sequence."""

import pytest

from payment_orchestrator.domain.order import (
    OperationKind,
    OperationState,
    Order,
    Payment,
    ReadBack,
    new_order,
)
from payments_common.money import Money
from payments_common.schemas.commands import CaptureMode
from payments_common.schemas.events import Balance
from payments_common.schemas.replies import Answer, Outcome
from support.builders import NOW, PAYMENT, authorized, later, order, requested, session

ZERO = Money(0, "SAR")


def payment(payment_id: str, **changes: object) -> Payment:
    return Payment(payment_id=payment_id, first_seen_at=NOW).model_copy(update=changes)


def with_payments(*payments: Payment) -> Order:
    current = order()
    for each in payments:
        current = current.with_payment(each)
    return current


def test_a_new_order_has_what_was_asked_for_and_no_money() -> None:
    asked = session(capture_mode="automatic")
    assert new_order(asked, order_id="order-1", now=NOW) == Order(
        order_id="order-1",
        order_reference="SHOP-1001",
        account="tabby-ksa",
        total_amount=Money(15000, "SAR"),
        capture_mode=CaptureMode.AUTOMATIC,
        session=asked,
        balance=Balance(authorized=ZERO, captured=ZERO, refunded=ZERO, voided=ZERO),
        created_at=NOW,
        updated_at=NOW,
    )


def test_payments_stand_in_the_sequence_of_their_ids_whichever_came_first() -> None:
    assert with_payments(payment("b"), payment("a")) == with_payments(payment("a"), payment("b"))
    assert [p.payment_id for p in with_payments(payment("b"), payment("a")).payments] == ["a", "b"]


def test_a_payment_takes_the_place_of_what_was_known_of_it() -> None:
    current = with_payments(payment("a"), payment("b"), payment("a", session_id="s"))
    assert current.payments == (payment("a", session_id="s"), payment("b"))
    assert current.payment("a") == payment("a", session_id="s")
    assert current.payment("c") is None


def test_reads_stand_in_the_sequence_of_their_payments_and_go_when_they_are_done() -> None:
    one, two = ReadBack(payment_id="a", number=2), ReadBack(payment_id="b", number=1)
    current = order().with_read(two).with_read(one)
    assert current.reads == (one, two)
    again = ReadBack(payment_id="b", number=3)
    assert current.with_read(again).reads == (one, again)
    assert (current.read("b"), current.read("c")) == (two, None)
    assert current.without_read("a").reads == (two,)
    assert current.without_read("c").reads == (one, two)


def test_operations_stay_in_the_sequence_in_which_they_were_asked_for() -> None:
    one = requested(authorized(), OperationKind.CAPTURE, 1, operation_id="z")
    both = requested(one, OperationKind.CAPTURE, 2, operation_id="a")
    done = both.operations[0].model_copy(update={"state": OperationState.SUCCEEDED})
    changed = both.with_operation(done)
    assert changed.operations == (done, both.operations[1])
    assert (changed.operation("z"), changed.operation("b")) == (done, None)


def test_operations_are_found_by_payment_and_kind() -> None:
    capturing = requested(authorized(), OperationKind.CAPTURE, 1)
    both = requested(capturing, OperationKind.VOID, operation_id="void")
    capture, void = both.operations
    assert both.operations_of(PAYMENT) == (capture, void)
    assert both.operations_of(PAYMENT, OperationKind.VOID) == (void,)
    assert both.operations_of(PAYMENT, OperationKind.VOID, OperationKind.CAPTURE) == (capture, void)
    assert both.operations_of(PAYMENT, OperationKind.REFUND) == ()
    assert both.operations_of("another") == ()


def test_an_answer_is_found_by_its_command() -> None:
    answers = tuple(Answer(command_id=c, outcome=Outcome.SUCCEEDED) for c in ("a", "b"))
    current = order().model_copy(update={"answers": answers})
    assert (current.answer_to("b"), current.answer_to("c")) == (answers[1], None)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (OperationState.REQUESTED, True),
        (OperationState.SUBMITTED, True),
        (OperationState.UNKNOWN, True),
        (OperationState.SUCCEEDED, False),
        (OperationState.DECLINED, False),
    ],
)
def test_an_operation_is_open_until_its_outcome_is_certain(
    state: OperationState, is_open: bool
) -> None:
    operation = requested(authorized(), OperationKind.CAPTURE, 1).operations[0]
    assert operation.model_copy(update={"state": state}).is_open is is_open
    assert operation.requested_at == NOW != later(1)
