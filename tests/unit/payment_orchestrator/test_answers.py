"""Each closed operation gives one answer, which says what the gateway did."""

import pytest

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import OperationKind, ReplyAddress
from payment_orchestrator.domain.resolution import resolve
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts, VoidFact
from payments_common.schemas.replies import Answer, Outcome
from support.builders import CAPABILITIES, PAYMENT, UNECHOING, facts
from support.order_life import OrderLife, operation

HELD = facts(authorized=15000)


def sent(kind: OperationKind, amount_minor: int | None = None) -> OrderLife:
    """Authorized, for a refund captured, and then sent."""
    taken = facts(authorized=15000, captures={"c0": 15000}, closed=True)
    life = OrderLife().sees(taken if kind is OperationKind.REFUND else HELD, at=1)
    return life.asks(kind, amount_minor, at=2).sends(at=3)


def answer_of(life: OrderLife) -> Answer:
    answer = life.order.operations[-1].answer
    assert answer is not None
    return answer


def resolved(life: OrderLife, *, at: float) -> OrderLife:
    def apply(change: Change) -> Change:
        asked = operation(change, "command-1")
        return resolve(change, asked, CAPABILITIES, asked_at=change.now)

    return life.then(apply, at=at)


def test_a_success_says_what_moved_and_what_the_gateway_calls_it() -> None:
    captured = facts(authorized=15000, captures={"c1": 4000}, references={"c1": "command-1"})
    assert answer_of(sent(OperationKind.CAPTURE, 5000).is_answered(captured, at=4)) == Answer(
        command_id="command-1",
        outcome=Outcome.SUCCEEDED,
        order_id="order-1",
        order_reference="SHOP-1001",
        status="partially_captured",
        payment_id=PAYMENT,
        amount=Money(4000, "SAR"),
        gateway_reference="c1",
    )


def test_a_decline_says_the_gateways_code_and_words_and_what_was_asked() -> None:
    declined = sent(OperationKind.CAPTURE, 5000).is_declined(at=4)
    assert answer_of(resolved(declined, at=60)) == Answer(
        command_id="command-1",
        outcome=Outcome.DECLINED,
        order_id="order-1",
        order_reference="SHOP-1001",
        status="authorized",
        payment_id=PAYMENT,
        amount=Money(5000, "SAR"),
        code="bad_data",
        message="no",
    )


@pytest.mark.parametrize(("capturable", "released"), [({}, 15000), ({"dashboard": 5000}, 10000)])
def test_a_void_without_an_id_says_what_was_released_of_what_it_was_to(
    capturable: dict[str, int], released: int
) -> None:
    closed = facts(authorized=15000, captures=capturable, closed=True)
    answer = answer_of(sent(OperationKind.VOID).sees(closed, at=4))
    assert (answer.amount, answer.gateway_reference) == (Money(released, "SAR"), None)


def test_a_void_does_not_count_what_was_voided_before_it_as_its_own() -> None:
    part = facts(authorized=15000, voids={"v0": 1000})
    life = OrderLife(capabilities=UNECHOING).sees(part, at=1)
    life = life.asks(OperationKind.VOID, at=2).sends(at=3)
    closed = facts(authorized=15000, voids={"v0": 1000, "v1": 14000}, closed=True)
    assert answer_of(life.sees(closed, at=4)).amount == Money(14000, "SAR")


def test_a_void_that_released_more_than_was_left_when_it_was_asked_for_says_so() -> None:
    """A capture that it had left room for was declined, and closing the payment releases all."""
    life = OrderLife().sees(HELD, at=1).asks(OperationKind.CAPTURE, 4000, at=2).sends(at=3)
    life.asks(OperationKind.VOID, at=4, operation_id="command-2").is_declined(at=5)
    life = resolved(life, at=6).sends("command-2", at=7)
    assert life.order.operations[-1].amount == Money(11000, "SAR")
    closed = life.sees(facts(authorized=15000, closed=True), at=8)
    assert answer_of(closed).amount == Money(15000, "SAR")


def test_a_void_says_what_it_was_to_release_where_somebody_else_released_all() -> None:
    life = OrderLife(capabilities=UNECHOING).sees(HELD, at=1)
    life.asks(OperationKind.VOID, 5000, at=2).sends(at=3)
    theirs = facts(authorized=15000, voids={"v9": 15000}, closed=True)
    assert answer_of(life.sees(theirs, at=4)).amount == Money(5000, "SAR")


def test_a_void_with_an_id_says_what_that_released() -> None:
    life = OrderLife(capabilities=UNECHOING).sees(facts(authorized=15000, voids={"v0": 9000}), at=1)
    life = life.asks(OperationKind.VOID, 5000, at=2).sends(at=3)
    less = PaymentFacts(voids=(VoidFact(void_id="v1", amount_minor=4000, reference="command-1"),))
    answer = answer_of(life.is_answered(less, at=4))
    assert (answer.amount, answer.gateway_reference) == (Money(4000, "SAR"), "v1")


def test_a_void_for_which_nothing_was_left_is_declined_with_what_was_asked() -> None:
    taken = facts(authorized=15000, captures={"c": 15000}, closed=True)
    answer = answer_of(sent(OperationKind.VOID).sees(taken, at=4))
    assert (answer.outcome, answer.code) == (Outcome.DECLINED, "nothing_to_void")
    assert (answer.message, answer.amount) == ("all of it was captured", Money(15000, "SAR"))


def test_a_refund_says_what_was_refunded() -> None:
    told = facts(
        authorized=15000,
        captures={"c0": 15000},
        refunds={"r1": 700},
        references={"r1": "command-1"},
        closed=True,
    )
    answer = answer_of(sent(OperationKind.REFUND, 700).is_answered(told, at=4))
    assert (answer.amount, answer.gateway_reference) == (Money(700, "SAR"), "r1")


def test_everybody_who_waits_is_answered_once_and_nobody_while_it_is_open() -> None:
    addresses = tuple(ReplyAddress(queue=f"q{n}", correlation_id=f"c{n}") for n in (1, 2))
    life = sent(OperationKind.CAPTURE, 5000)
    waiting = life.order.operations[0].model_copy(update={"reply_to": addresses})
    life = life.then(lambda change: change.with_operation(waiting), at=4)
    assert life.order.operations[0].answer is None
    told = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    closed = life.is_answered(told, at=5)
    replies = [m for m in closed.changes[-1].messages if m.correlation_id]
    assert [(m.routing_key, m.correlation_id) for m in replies] == [("q1", "c1"), ("q2", "c2")]
    assert closed.order.operations[0].reply_to == ()
    again = closed.sees(told, at=6)
    assert [m for m in again.changes[-1].messages if m.correlation_id] == []


def test_the_answer_stays_as_it_was_given_whatever_happens_later() -> None:
    told = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    closed = sent(OperationKind.CAPTURE, 5000).is_answered(told, at=5)
    more = facts(authorized=15000, captures={"c1": 15000}, closed=True)
    assert answer_of(closed.sees(more, at=6)) == answer_of(closed)
