"""The log of operations says what the order says, once for every attempt, to the minor unit."""

from collections import defaultdict

import pytest

from payment_orchestrator.domain.audit import entries
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin, Wanted
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.decisions import decide
from payment_orchestrator.domain.operations import KEPT_ATTEMPTS, close, outcome_unknown
from payment_orchestrator.domain.order import Decline, Operation, OperationKind, OperationState
from payments_common.schemas.observations import PaymentFacts, RefundFact, RefundStatus
from support.builders import PAYMENT, UNECHOING, facts, later
from support.order_life import OrderLife, operation

CAPTURE, REFUND, VOID = OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID
OURS = {"c1": "command-1"}


def authorized(**changes: object) -> OrderLife:
    return OrderLife(**changes).sees(facts(authorized=15000), at=1)  # type: ignore[arg-type]


def captured() -> OrderLife:
    """In full, by a command."""
    told = facts(authorized=15000, captures={"c1": 15000}, references=OURS, closed=True)
    return authorized().asks(CAPTURE, at=2).sends(at=3).is_answered(told, at=4)


def log_of(life: OrderLife) -> list[Entry]:
    return entries(life.order, life.history)


def moved(life: OrderLife) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for entry in log_of(life):
        sums[entry.kind] += entry.moved.amount_minor if entry.moved else 0
    return sums


def adds_up(life: OrderLife) -> bool:
    balance, sums = life.order.balance, moved(life)
    return (sums[CAPTURE], sums[REFUND], sums[VOID]) == (
        balance.captured.amount_minor,
        balance.refunded.amount_minor,
        balance.voided.amount_minor,
    )


def test_an_order_of_which_nobody_wanted_anything_has_no_entry() -> None:
    assert log_of(authorized()) == []


def test_an_operation_that_was_not_sent_yet_is_one_entry_of_when_it_was_asked_for() -> None:
    (entry,) = log_of(authorized().asks(CAPTURE, 4000, at=2))
    assert (entry.at, entry.attempt, entry.outcome) == (later(2), None, EntryOutcome.WAITING)
    assert (str(entry.amount), entry.user_id) == ("40.00 SAR", "warehouse")


def test_an_operation_under_way_is_told_as_that() -> None:
    (entry,) = log_of(authorized().asks(CAPTURE, 4000, at=2).sends(at=3))
    assert (entry.at, entry.attempt, entry.outcome) == (later(3), 1, EntryOutcome.UNDER_WAY)


def test_a_capture_that_succeeded_is_told_with_what_the_gateway_calls_it() -> None:
    (entry,) = log_of(captured())
    assert (entry.outcome, entry.state) == (EntryOutcome.SUCCEEDED, OperationState.SUCCEEDED)
    assert (entry.gateway_reference, entry.reference) == ("c1", "command-1")
    assert (entry.origin, entry.ended_at) == (Origin.OPERATION, later(4))


def test_each_attempt_is_an_entry_and_the_money_stands_at_the_last() -> None:
    told = facts(authorized=15000, captures={"c1": 4000}, references=OURS)
    waiting = authorized().asks(CAPTURE, 4000, at=2).sends(at=3).is_not_sent(at=4)
    first, second = log_of(waiting.sends(at=9).is_answered(told, at=10))
    assert (first.attempt, first.outcome, first.moved) == (1, EntryOutcome.NOT_SENT, None)
    assert (second.attempt, second.outcome) == (2, EntryOutcome.SUCCEEDED)
    assert (first.calls_until, second.calls_until) == (later(9), None)
    assert str(second.moved) == "40.00 SAR"
    assert adds_up(waiting)


def test_an_attempt_without_an_answer_stays_unknown_though_the_operation_succeeded() -> None:
    life = authorized().asks(CAPTURE, 4000, at=2).sends(at=3)
    life.then(lambda c: outcome_unknown(c, operation(c, "command-1"), why="timeout"), at=4)
    life.sees(facts(authorized=15000, captures={"c1": 4000}, references=OURS), at=5)
    (entry,) = log_of(life)
    assert (entry.outcome, entry.state) == (EntryOutcome.UNKNOWN, OperationState.SUCCEEDED)
    assert adds_up(life)


def test_a_decline_is_told_with_its_code_and_moved_nothing() -> None:
    (entry,) = log_of(authorized().asks(CAPTURE, 4000, at=2).sends(at=3).is_declined(at=4))
    assert (entry.outcome, entry.code) == (EntryOutcome.DECLINED, "bad_data")
    assert entry.moved is not None
    assert entry.moved.amount_minor == 0


def test_an_answer_that_showed_no_effect_is_unknown_though_a_later_attempt_succeeded() -> None:
    life = answered_without_effect()
    life.then(lambda c: c.with_operation(waiting(operation(c, "command-1"))), at=5)
    told = facts(authorized=15000, captures={"c1": 4000}, references=OURS)
    first, second = log_of(life.sends(at=6).is_answered(told, at=7))
    assert (first.outcome, second.outcome) == (EntryOutcome.UNKNOWN, EntryOutcome.SUCCEEDED)


def test_the_last_attempt_says_why_its_operation_was_declined_without_an_answer() -> None:
    life = authorized().asks(CAPTURE, 4000, at=2).sends(at=3).is_not_sent(at=4)
    no = Decline(code="balance_changed", message="too late")

    def decline(change: Change) -> Change:
        late = operation(change, "command-1").model_copy(update={"decline": no})
        return close(change, late, OperationState.DECLINED)

    (entry,) = log_of(life.then(decline, at=5))
    assert (entry.outcome, entry.state) == (EntryOutcome.NOT_SENT, OperationState.DECLINED)
    assert entry.code == "balance_changed"


def test_what_a_person_decided_does_not_make_an_attempt_succeed() -> None:
    life = answered_without_effect()
    many = {"asked_count": 99}
    life.then(
        lambda c: c.with_operation(operation(c, "command-1").model_copy(update=many)), at=5
    ).then(lambda c: decide(c, "command-1", was_done=True, by="sre", reason="seen"), at=6)
    (entry,) = log_of(life)
    assert (entry.outcome, entry.state) == (EntryOutcome.UNKNOWN, OperationState.SUCCEEDED)
    assert (entry.decided_by, str(entry.moved)) == ("sre", "0.00 SAR")


def test_attempts_that_the_order_keeps_no_more_are_still_entries() -> None:
    life = authorized().asks(CAPTURE, 4000, at=2)
    for number in range(KEPT_ATTEMPTS + 3):
        life.sends(at=10 + 400 * number).is_not_sent(at=11 + 400 * number)
    found = log_of(life)
    assert [entry.attempt for entry in found] == list(range(1, KEPT_ATTEMPTS + 4))
    assert [entry.at for entry in found[:2]] == [later(10), later(410)]
    outcomes = [EntryOutcome.NOT_KEPT] * 3 + [EntryOutcome.NOT_SENT] * KEPT_ATTEMPTS
    assert [entry.outcome for entry in found] == outcomes


def test_a_refused_command_is_an_entry_although_it_left_no_operation() -> None:
    life = authorized().is_refused(REFUND, 99, at=2, operation_id="no-1")
    (entry,) = log_of(life)
    assert (entry.kind, entry.outcome, entry.at) == (REFUND, EntryOutcome.REFUSED, later(2))
    assert (entry.user_id, entry.sender, entry.operation_id) == ("warehouse", "shop", "no-1")
    assert (str(entry.amount), entry.code) == ("0.99 SAR", "amount_exceeds_balance")
    assert (entry.caller_reference, entry.moved) == ("RMA-1", None)


def test_law_11_a_capture_in_the_dashboard_is_an_entry_of_nobody_when_it_was_first_told() -> None:
    told = facts(authorized=15000, captures={"c9": 5000})
    life = authorized().sees(told, at=7, evidence="call-7").sees(told, at=8, evidence="call-8")
    (entry,) = log_of(life)
    assert (entry.origin, entry.user_id, entry.operation_id) == (Origin.GATEWAY, None, None)
    assert (entry.at, entry.evidence, entry.gateway_reference) == (later(7), "call-7", "c9")
    assert (str(entry.amount), entry.outcome) == ("50.00 SAR", EntryOutcome.SUCCEEDED)
    assert adds_up(life)


def test_a_dashboard_capture_beside_ours_is_told_apart_by_its_reference() -> None:
    ours = facts(authorized=15000, captures={"c1": 5000}, references=OURS)
    both = facts(authorized=15000, captures={"c1": 5000, "c2": 5000}, references=OURS)
    life = authorized().asks(CAPTURE, 5000, at=2).sends(at=3).is_answered(ours, at=4)
    one, other = log_of(life.sees(both, at=5))
    assert (one.origin, one.gateway_reference) == (Origin.OPERATION, "c1")
    assert (other.origin, other.gateway_reference) == (Origin.GATEWAY, "c2")
    assert adds_up(life)


@pytest.mark.parametrize(
    ("status", "outcome", "moved_minor"),
    [
        (RefundStatus.PENDING, EntryOutcome.PENDING, 0),
        (RefundStatus.PROCESSED, EntryOutcome.SUCCEEDED, 700),
        (RefundStatus.FAILED, EntryOutcome.FAILED, 0),
    ],
)
def test_a_refund_in_the_dashboard_has_moved_money_only_when_it_was_carried_out(
    status: RefundStatus, outcome: EntryOutcome, moved_minor: int
) -> None:
    life = captured().sees(refunded(status), at=6)
    entry = log_of(life)[-1]
    assert (entry.kind, entry.origin, entry.outcome) == (REFUND, Origin.GATEWAY, outcome)
    assert entry.moved is not None
    assert (entry.moved.amount_minor, entry.refund_status) == (moved_minor, status)
    assert adds_up(life)


def test_a_refund_of_ours_that_is_pending_says_so_beside_its_success() -> None:
    life = captured().asks(REFUND, 700, at=5, operation_id="command-2").sends("command-2", at=6)
    life.is_answered(refunded(RefundStatus.PENDING, "command-2"), "command-2", at=7)
    entry = log_of(life)[-1]
    assert (entry.state, entry.refund_status) == (OperationState.SUCCEEDED, RefundStatus.PENDING)
    assert adds_up(life)


def test_a_void_that_left_no_id_belongs_to_who_asked_for_it() -> None:
    life = authorized().asks(VOID, at=2).sends(at=3)
    life.is_answered(facts(authorized=15000, closed=True), at=4)
    (entry,) = log_of(life)
    assert (entry.origin, str(entry.moved)) == (Origin.OPERATION, "150.00 SAR")
    assert adds_up(life)


def test_a_void_in_the_dashboard_that_left_no_id_is_one_entry_all_the_same() -> None:
    life = authorized().sees(facts(authorized=15000, closed=True), at=3, evidence="call-3")
    (entry,) = log_of(life)
    assert (entry.kind, entry.origin, entry.user_id) == (VOID, Origin.GATEWAY, None)
    assert (entry.at, entry.evidence, str(entry.moved)) == (later(3), "call-3", "150.00 SAR")
    assert adds_up(life)


def test_at_a_gateway_that_repeats_no_reference_the_effect_goes_to_its_operation() -> None:
    life = OrderLife(capabilities=UNECHOING).sees(facts(authorized=15000), at=1)
    life.asks(CAPTURE, 5000, at=2).sends(at=3)
    life.is_answered(facts(authorized=15000, captures={"c1": 5000}), at=4)
    life.sees(facts(authorized=15000, captures={"c1": 5000, "c2": 300}), at=5)
    assert [entry.origin for entry in log_of(life)] == [Origin.OPERATION, Origin.GATEWAY]
    assert adds_up(life)


def test_what_moved_is_told_even_where_no_line_of_history_says_when() -> None:
    life = authorized().sees(facts(authorized=15000, captures={"c9": 5000}), at=7)
    (entry,) = entries(life.order, [])
    assert (entry.gateway_reference, entry.at) == ("c9", later(1))


def answered_without_effect() -> OrderLife:
    life = authorized().asks(CAPTURE, 4000, at=2).sends(at=3)
    life.is_answered(facts(authorized=15000), at=4)
    return life.then(lambda c: outcome_unknown(c, operation(c, "command-1"), why="no effect"), at=4)


def waiting(sent: Operation) -> Operation:
    return sent.model_copy(update={"state": OperationState.REQUESTED})


def refunded(status: RefundStatus, reference: str = "") -> PaymentFacts:
    captured_facts = facts(authorized=15000, captures={"c1": 15000}, references=OURS, closed=True)
    refund = RefundFact(refund_id="r1", amount_minor=700, status=status, reference=reference)
    return captured_facts.model_copy(update={"refunds": (refund,)})


def test_entries_come_in_order_of_time() -> None:
    life = captured().sees(refunded(RefundStatus.PROCESSED), at=6)
    life.is_refused(REFUND, 99999, at=5.5, operation_id="no-1")
    assert [entry.kind for entry in log_of(life)] == [CAPTURE, REFUND, REFUND]
    assert [entry.payment_id for entry in log_of(life)] == [PAYMENT, None, PAYMENT]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 3),
        (Wanted(user_id="warehouse"), 2),
        (Wanted(user_id="support"), 1),
        (Wanted(order_reference="SHOP-1001"), 3),
        (Wanted(order_reference="SHOP-1002"), 0),
        (Wanted(payment_id=PAYMENT), 2),
        (Wanted(account="tabby-kwt"), 0),
        (Wanted(kinds=frozenset({REFUND})), 2),
        (Wanted(outcomes=frozenset({EntryOutcome.REFUSED, EntryOutcome.WAITING})), 2),
        (Wanted(since=later(5)), 2),
        (Wanted(since=later(5), until=later(6)), 1),
    ],
)
def test_only_what_is_wanted_is_included(wanted: Wanted, count: int) -> None:
    life = captured().is_refused(REFUND, 1, at=6, operation_id="no-1")
    life.asks(REFUND, 700, at=5, operation_id="command-2", user_id="support")
    assert len([entry for entry in log_of(life) if wanted.includes(entry)]) == count
