"""An entry of the log says all that an auditor asks: what, whose, how much, when, by whom."""

from dataclasses import replace

from payment_orchestrator.domain.audit import entries
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin
from payment_orchestrator.domain.order import Decline, OperationKind, OperationState
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from support.builders import PAYMENT, UNECHOING, facts, later
from support.order_life import OrderLife, operation

CAPTURE, REFUND, VOID = OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID
HELD = facts(authorized=15000)
OURS = {"c1": "command-1"}


def sar(minor: int) -> Money:
    return Money(minor, "SAR")


def log_of(life: OrderLife) -> list[Entry]:
    return entries(life.order, life.history)


def asked() -> OrderLife:
    """A capture of 40.00, with all that its sender can say of it."""
    life = OrderLife().sees(HELD, at=1).asks(CAPTURE, 4000, at=2)
    told = {"sender": "shop", "caller_reference": "SHIP-7"}
    return life.then(
        lambda c: c.with_operation(operation(c, "command-1").model_copy(update=told)), at=2
    )


WAITING = Entry(
    at=later(2),
    kind=CAPTURE,
    origin=Origin.OPERATION,
    outcome=EntryOutcome.WAITING,
    order_id="order-1",
    order_reference="SHOP-1001",
    account="tabby-ksa",
    payment_id=PAYMENT,
    amount=sar(4000),
    moved=sar(0),
    user_id="warehouse",
    sender="shop",
    operation_id="command-1",
    reference="command-1",
    caller_reference="SHIP-7",
    state=OperationState.REQUESTED,
)


def test_an_operation_that_was_not_sent_yet() -> None:
    assert log_of(asked()) == [WAITING]


def test_an_operation_that_was_declined_before_it_was_sent() -> None:
    no = {
        "state": OperationState.DECLINED,
        "decline": Decline(code="balance_changed", message="too late"),
    }
    life = asked().then(
        lambda c: c.with_operation(operation(c, "command-1").model_copy(update=no)), at=3
    )
    assert log_of(life) == [
        replace(
            WAITING,
            outcome=EntryOutcome.DECLINED,
            state=OperationState.DECLINED,
            code="balance_changed",
        )
    ]


def test_a_capture_that_succeeded_at_its_second_attempt() -> None:
    capture = CaptureFact(
        capture_id="c1", amount_minor=4000, reference="command-1", occurred_at=later(5.5)
    )
    told = HELD.model_copy(update={"captures": (capture,)})
    life = asked().sends(at=3).is_declined(at=4)
    back = {"state": OperationState.REQUESTED, "decline": None}
    life.then(lambda c: c.with_operation(operation(c, "command-1").model_copy(update=back)), at=4)
    life.sends(at=5).is_answered(told, at=6)
    done = replace(
        WAITING,
        state=OperationState.SUCCEEDED,
        gateway_reference="c1",
        gateway_at=later(5.5),
    )
    assert log_of(life) == [
        replace(
            done,
            at=later(3),
            attempt=1,
            outcome=EntryOutcome.DECLINED,
            code="bad_data",
            ended_at=later(4),
            moved=None,
            calls_until=later(5),
        ),
        replace(
            done,
            at=later(5),
            attempt=2,
            outcome=EntryOutcome.SUCCEEDED,
            ended_at=later(6),
            moved=sar(4000),
        ),
    ]


def test_why_an_operation_was_declined_stands_at_its_last_attempt_alone() -> None:
    no = {
        "state": OperationState.DECLINED,
        "decline": Decline(code="balance_changed", message="too late"),
    }
    life = asked().sends(at=3).is_not_sent(at=4).sends(at=5).is_not_sent(at=6)
    life.then(lambda c: c.with_operation(operation(c, "command-1").model_copy(update=no)), at=7)
    assert [entry.code for entry in log_of(life)] == [None, "balance_changed"]


def test_a_refused_command() -> None:
    life = OrderLife().sees(HELD, at=1)
    refused = life.is_refused(REFUND, 99, at=2, operation_id="no-1")
    line = refused.history[-1].model_copy(update={"payment_id": PAYMENT})
    assert entries(life.order, [line]) == [
        Entry(
            at=later(2),
            kind=REFUND,
            origin=Origin.OPERATION,
            outcome=EntryOutcome.REFUSED,
            order_id="order-1",
            order_reference="SHOP-1001",
            account="tabby-ksa",
            payment_id=PAYMENT,
            amount=sar(99),
            user_id="warehouse",
            sender="shop",
            operation_id="no-1",
            caller_reference="RMA-1",
            code="amount_exceeds_balance",
        )
    ]


ELSEWHERE = Entry(
    at=later(3),
    kind=CAPTURE,
    origin=Origin.GATEWAY,
    outcome=EntryOutcome.SUCCEEDED,
    order_id="order-1",
    order_reference="SHOP-1001",
    account="tabby-ksa",
    payment_id=PAYMENT,
    amount=sar(5000),
    moved=sar(5000),
    evidence="call-3",
)


def test_a_capture_that_was_made_at_the_gateway() -> None:
    capture = CaptureFact(
        capture_id="c9", amount_minor=5000, reference="desk-1", occurred_at=later(2.5)
    )
    told = HELD.model_copy(update={"captures": (capture,)})
    life = OrderLife().sees(HELD, at=1).sees(told, at=3, evidence="call-3")
    assert log_of(life) == [
        replace(ELSEWHERE, reference="desk-1", gateway_reference="c9", gateway_at=later(2.5))
    ]


def test_a_refund_that_was_made_at_the_gateway_without_a_reference() -> None:
    refund = RefundFact(refund_id="r9", amount_minor=5000, status=RefundStatus.PENDING)
    told = HELD.model_copy(update={"refunds": (refund,)})
    life = OrderLife().sees(HELD, at=1).sees(told, at=3, evidence="call-3")
    assert log_of(life) == [
        replace(
            ELSEWHERE,
            kind=REFUND,
            outcome=EntryOutcome.PENDING,
            moved=sar(0),
            gateway_reference="r9",
            refund_status=RefundStatus.PENDING,
        )
    ]


def test_a_total_that_the_gateway_told_without_a_name() -> None:
    told = HELD.model_copy(update={"captured_total_minor": 5000})
    life = OrderLife().sees(HELD, at=1).sees(told, at=3, evidence="call-3")
    assert log_of(life) == [ELSEWHERE]


def test_a_move_is_told_in_its_payments_currency_and_else_in_the_orders() -> None:
    dirhams = facts(currency="AED", authorized=15000, captures={"c9": 5000})
    (entry,) = log_of(OrderLife().sees(dirhams, at=3))
    assert entry.amount == Money(5000, "AED")
    nameless = PaymentFacts(captured_total_minor=5000)
    (entry,) = log_of(OrderLife().sees(nameless, at=3))
    assert entry.amount == sar(5000)


def test_a_void_without_an_id_has_all_that_was_released_beside_what_is_named() -> None:
    part = facts(authorized=15000, voids={"v0": 1000})
    life = OrderLife(capabilities=UNECHOING).sees(part, at=1)
    life.asks(VOID, at=2).sends(at=3).sees(part.model_copy(update={"closed": True}), at=4)
    closed = part.model_copy(update={"closed": True, "voided_minor": 15000})
    named, ours = log_of(life.sees(closed, at=5))
    assert (named.origin, named.moved) == (Origin.GATEWAY, sar(1000))
    assert (ours.origin, ours.moved) == (Origin.OPERATION, sar(14000))


def test_a_capture_that_was_vouched_for_has_no_more_than_it_was_to_take() -> None:
    life = asked().sends(at=3)
    done = {"state": OperationState.SUCCEEDED, "decided_by": "noor"}
    life.then(lambda c: c.with_operation(operation(c, "command-1").model_copy(update=done)), at=4)
    ours, rest = log_of(life.sees(HELD.model_copy(update={"captured_total_minor": 9000}), at=5))
    assert (ours.origin, ours.moved) == (Origin.OPERATION, sar(4000))
    assert (rest.origin, rest.moved) == (Origin.GATEWAY, sar(5000))


def test_the_moves_of_one_kind_are_not_those_of_another() -> None:
    taken = facts(authorized=15000, captures={"c1": 4000}, references=OURS, closed=True)
    life = asked().sends(at=3).is_answered(taken, at=4)
    life.asks(REFUND, 700, at=5, operation_id="command-2").sends("command-2", at=6)
    moved = {entry.operation_id: entry.moved for entry in log_of(life) if entry.operation_id}
    assert moved == {"command-1": sar(4000), "command-2": sar(0)}


def test_a_void_that_closed_the_payment_has_all_that_was_released_however_much_was_asked() -> None:
    life = OrderLife().sees(HELD, at=1).asks(VOID, at=2).sends(at=3)
    less = {"amount": sar(11000)}
    life.then(lambda c: c.with_operation(operation(c, "command-1").model_copy(update=less)), at=3)
    (entry,) = log_of(life.sees(facts(authorized=15000, closed=True), at=4))
    assert (entry.origin, entry.amount, entry.moved) == (Origin.OPERATION, sar(11000), sar(15000))


def test_a_void_without_an_id_takes_nothing_of_a_total_that_was_captured() -> None:
    life = OrderLife().sees(HELD, at=1).asks(VOID, at=2).sends(at=3)
    told = facts(authorized=15000, closed=True).model_copy(update={"captured_total_minor": 5000})
    moved = {(entry.kind, entry.origin): entry.moved for entry in log_of(life.sees(told, at=4))}
    assert moved == {(VOID, Origin.OPERATION): sar(10000), (CAPTURE, Origin.GATEWAY): sar(5000)}


def test_what_was_declined_and_is_done_all_the_same_has_what_it_did() -> None:
    no = {
        "state": OperationState.DECLINED,
        "decline": Decline(code="bad_data", message="no"),
    }
    life = asked().sends(at=3).is_declined(at=4)
    life.then(lambda c: c.with_operation(operation(c, "command-1").model_copy(update=no)), at=5)
    told = facts(authorized=15000, captures={"c1": 4000}, references=OURS)
    (entry,) = log_of(life.sees(told, at=6))
    assert (entry.state, entry.gateway_reference) == (OperationState.DECLINED, "c1")
    assert entry.moved == sar(4000)
