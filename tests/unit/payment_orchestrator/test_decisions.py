"""A person's decision is the last resort: possible only when asking has told nothing, and safe."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.balance import capturable_minor
from payment_orchestrator.domain.decisions import accept, decide
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.operations import outcome_unknown, submit
from payment_orchestrator.domain.order import (
    Operation,
    OperationKind,
    OperationState,
    Order,
    Review,
)
from payment_orchestrator.domain.review import ASKS_BEFORE_REVIEW
from payments_common.errors import OperationRefused
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    UNECHOING,
    asked,
    authorized,
    change_of,
    facts,
    observed,
    order,
    requested,
)

HELD = facts(authorized=15000)


def unresolved(*, asked_count: int = ASKS_BEFORE_REVIEW) -> Order:
    """A capture of 50.00 whose outcome nobody knows, with another that waits behind it."""
    made = requested(authorized(), OperationKind.CAPTURE, 5000)
    change = submit(change_of(made), made.operations[0], lease=timedelta(seconds=30))
    change = outcome_unknown(change, change.order.operations[0], why="no answer")
    stuck = change.order.operations[0].model_copy(update={"asked_count": asked_count})
    return finish(change.with_operation(stuck), CAPABILITIES).order


def decided(order: Order, *, was_done: bool) -> Order:
    change = decide(
        change_of(order), "command-1", was_done=was_done, by="noor", reason="their ticket 4711"
    )
    return finish(change, CAPABILITIES).order


def the(order: Order) -> Operation:
    return order.operations[0]


def shown(*, reference: str = "command-1") -> PaymentFacts:
    return facts(authorized=15000, captures={"c1": 5000}, references={"c1": reference})


@pytest.mark.parametrize("asked_count", [0, ASKS_BEFORE_REVIEW - 1])
def test_nobody_decides_while_the_gateway_is_still_being_asked(asked_count: int) -> None:
    with pytest.raises(OperationRefused) as refused:
        decided(unresolved(asked_count=asked_count), was_done=True)
    assert refused.value.code == "decision_not_needed"


def test_nobody_decides_what_is_closed() -> None:
    done = observed(unresolved(), shown())
    with pytest.raises(OperationRefused) as refused:
        decided(done, was_done=False)
    assert refused.value.code == "operation_closed"


def test_nobody_decides_what_was_never_asked_for() -> None:
    with pytest.raises(OperationRefused) as refused:
        decided(authorized(), was_done=False)
    assert refused.value.code == "unknown_operation"


@pytest.mark.parametrize(
    ("was_done", "state"),
    [(True, OperationState.SUCCEEDED), (False, OperationState.DECLINED)],
)
def test_a_decision_closes_the_operation_under_the_persons_name(
    was_done: bool, state: OperationState
) -> None:
    order = decided(unresolved(), was_done=was_done)
    assert (the(order).state, the(order).decided_by) == (state, "noor")
    assert order.review == ()


def test_a_decision_answers_who_asked_for_the_operation() -> None:
    answer = the(decided(unresolved(), was_done=False)).answer
    assert answer is not None
    assert (answer.outcome, answer.code, answer.message) == (
        "declined",
        "decided_not_done",
        "their ticket 4711",
    )


def test_what_was_vouched_for_stays_reserved_until_the_gateway_shows_it() -> None:
    order = decided(unresolved(), was_done=True)
    assert capturable_minor(order, order.payments[0]) == 10000
    seen = observed(order, shown())
    assert capturable_minor(seen, seen.payments[0]) == 10000
    assert the(seen).effect_id == "c1"


def test_what_was_vouched_for_and_shows_only_in_the_total_is_not_reserved_twice() -> None:
    order = decided(unresolved(), was_done=True)
    total = facts(authorized=15000).model_copy(update={"captured_total_minor": 5000})
    seen = observed(order, total)
    assert capturable_minor(seen, seen.payments[0]) == 10000


def test_what_was_decided_not_done_is_free_again_and_raises_a_review_if_it_was_done() -> None:
    order = decided(unresolved(), was_done=False)
    assert capturable_minor(order, order.payments[0]) == 15000
    assert observed(order, shown()).review == (Review.DECLINED_BUT_DONE,)


def test_after_a_decision_the_next_operation_of_the_payment_may_move() -> None:
    waiting = requested(unresolved(), OperationKind.CAPTURE, 100, operation_id="command-2")
    order = decided(waiting, was_done=False)
    assert [o.state for o in order.operations] == [
        OperationState.DECLINED,
        OperationState.REQUESTED,
    ]


def test_an_accepted_review_is_lifted_and_lets_policy_go_on() -> None:
    late = observed(order(capture_mode="automatic"), facts(expired=True), HELD)
    change = accept(change_of(late), Review.PAID_LATE, by="noor", reason="still in stock")
    after = finish(change, CAPABILITIES).order
    assert (after.review, [o.kind for o in after.operations]) == ((), [OperationKind.CAPTURE])


def test_a_review_that_is_not_open_cannot_be_accepted() -> None:
    with pytest.raises(OperationRefused) as refused:
        accept(change_of(authorized()), Review.PAID_LATE, by="noor", reason="why not")
    assert refused.value.code == "review_not_open"


def test_an_unresolved_operation_is_decided_not_accepted() -> None:
    with pytest.raises(OperationRefused) as refused:
        accept(change_of(unresolved()), Review.OPERATION_UNRESOLVED, by="noor", reason="tired")
    assert refused.value.code == "decision_needed"


def test_an_unechoed_vouched_for_capture_is_found_by_its_amount() -> None:
    made = requested(authorized(), OperationKind.CAPTURE, 5000, capabilities=UNECHOING)
    change = submit(change_of(made), made.operations[0], lease=timedelta(seconds=30))
    change = outcome_unknown(change, change.order.operations[0], why="no answer")
    stuck = change.order.operations[0].model_copy(update={"asked_count": ASKS_BEFORE_REVIEW})
    order = decided(finish(change.with_operation(stuck), UNECHOING).order, was_done=True)
    seen = observed(order, shown(reference=""), capabilities=UNECHOING)
    assert the(seen).effect_id == "c1"
    assert asked(OperationKind.CAPTURE).operation_id == the(seen).operation_id


def test_history_says_who_accepted_what_and_why() -> None:
    late = observed(order(), facts(expired=True), HELD)
    change = accept(change_of(late), Review.PAID_LATE, by="noor", reason="still in stock")
    entry = change.history[-1]
    assert (entry.kind, entry.actor) == ("review_accepted", "noor")
    assert entry.text == "noor accepts paid_late, because: still in stock"


@pytest.mark.parametrize(("was_done", "verdict"), [(True, "was done"), (False, "was not done")])
def test_history_says_who_decided_what_and_why(was_done: bool, verdict: str) -> None:
    change = decide(
        change_of(unresolved()), "command-1", was_done=was_done, by="noor", reason="ticket 4711"
    )
    entry = change.history[0]
    assert (entry.kind, entry.actor) == ("operation_decided", "noor")
    assert (entry.payment_id, entry.operation_id) == (
        change.order.payments[0].payment_id,
        "command-1",
    )
    assert entry.text == f"noor decided that the capture of 50.00 SAR {verdict}: ticket 4711"


def says(refused: pytest.ExceptionInfo[OperationRefused]) -> str:
    return str(refused.value)


def test_who_accepts_what_is_not_open_is_told_what_is() -> None:
    wrong = observed(order(), facts(total=99, authorized=99), facts(expired=True))
    with pytest.raises(OperationRefused) as refused:
        accept(change_of(wrong), Review.PAID_TWICE, by="noor", reason="why not")
    assert says(refused) == (
        "order SHOP-1001 has no open review paid_twice; open: amount_mismatch, paid_late"
    )
    with pytest.raises(OperationRefused) as refused:
        accept(change_of(authorized()), Review.PAID_LATE, by="noor", reason="why not")
    assert says(refused) == "order SHOP-1001 has no open review paid_late; open: none"


def test_who_accepts_what_wants_a_decision_is_told_how_to_decide() -> None:
    one, other = unresolved(), the(unresolved()).model_copy(update={"operation_id": "command-2"})
    with pytest.raises(OperationRefused) as refused:
        accept(
            change_of(one.with_operation(other)),
            Review.OPERATION_UNRESOLVED,
            by="noor",
            reason="tired",
        )
    assert says(refused) == (
        "operation_unresolved ends by a decision: send decide_operation for command-1, command-2"
    )


def test_who_decides_what_cannot_be_decided_is_told_why() -> None:
    with pytest.raises(OperationRefused) as refused:
        decided(authorized(), was_done=True)
    assert says(refused) == "order SHOP-1001 has no operation command-1"
    with pytest.raises(OperationRefused) as refused:
        decided(observed(unresolved(), shown()), was_done=True)
    assert says(refused) == ("operation command-1 is succeeded already; nothing is left to decide")
    with pytest.raises(OperationRefused) as refused:
        decided(unresolved(asked_count=0), was_done=True)
    assert says(refused) == (
        "operation command-1 is unknown and the gateway is still being asked; a person decides "
        "only after the review operation_unresolved"
    )


def test_what_a_total_told_before_does_not_show_what_was_vouched_for() -> None:
    told = facts(authorized=15000).model_copy(update={"captured_total_minor": 6000})
    made = requested(observed(authorized(), told), OperationKind.CAPTURE, 5000)
    change = submit(change_of(made), made.operations[0], lease=timedelta(seconds=30))
    change = outcome_unknown(change, change.order.operations[0], why="no answer")
    stuck = change.order.operations[0].model_copy(update={"asked_count": ASKS_BEFORE_REVIEW})
    order = decided(finish(change.with_operation(stuck), CAPABILITIES).order, was_done=True)
    assert capturable_minor(order, order.payments[0]) == 4000


def test_one_effect_is_never_taken_for_that_of_two_operations() -> None:
    """One was vouched for, the other is unknown, and one capture of that amount appears."""
    made = requested(authorized(), OperationKind.CAPTURE, 5000, capabilities=UNECHOING)
    change = submit(change_of(made), made.operations[0], lease=timedelta(seconds=30))
    change = outcome_unknown(change, change.order.operations[0], why="no answer")
    stuck = change.order.operations[0].model_copy(update={"asked_count": ASKS_BEFORE_REVIEW})
    first = decided(finish(change.with_operation(stuck), UNECHOING).order, was_done=True)
    both = requested(
        first, OperationKind.CAPTURE, 5000, operation_id="command-2", capabilities=UNECHOING
    )
    change = submit(change_of(both), both.operations[1], lease=timedelta(seconds=30))
    change = outcome_unknown(change, change.order.operations[1], why="no answer")
    waiting = finish(change, UNECHOING).order
    seen = observed(waiting, shown(reference=""), capabilities=UNECHOING)
    assert [o.effect_id for o in seen.operations] == ["c1", None]
    assert seen.operations[1].state is OperationState.UNKNOWN
