"""Law 3: asking resolves an operation: done, declined, asked again, or sent again."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.operations import (
    MOST_ATTEMPTS,
    ask_failed,
    ask_now,
    said_no,
    settle,
    submit,
)
from payment_orchestrator.domain.order import (
    Attempt,
    OperationKind,
    OperationState,
)
from payment_orchestrator.domain.resolution import not_asked, resolve, unanswered
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    change_of,
    facts,
    later,
    observed,
)
from support.operation_steps import LEASE, asked, asked_for, changed, lost, sent, stepped, told


def test_asking_that_failed_is_counted_and_tried_again_after_the_pause() -> None:
    before = lost()
    change = stepped(
        before, lambda c, o: ask_failed(c, o, why="down", wait=timedelta(seconds=7)), at=2
    )
    assert changed(before, change.order) == {
        "asked_count": 1,
        "failed_asks": 1,
        "not_before": later(9),
    }
    assert told(change) == (
        "operation_unknown",
        "Capture of 50.00 SAR: the gateway could not be asked (down)",
    )


def test_no_answer_about_an_earlier_attempt_leaves_the_next_one_alone() -> None:
    """Else what is being sent just now would count as over, and could be sent once more."""
    before = lost()
    asked_about = before.operations[-1]
    resent = asked(before, at=6).order
    again = submit(change_of(resent, now=later(7)), resent.operations[-1], lease=LEASE).order
    change = change_of(again, now=later(8))
    assert unanswered(change, asked_about, why="503", retry_after_seconds=None) == change
    assert not_asked(change, asked_about, why="open", seconds=9) == change


def test_pauses_grow_with_the_asks_in_a_row_that_got_no_answer() -> None:
    order = lost()
    for expected in (1, 5, 5, 30):
        change = change_of(order, now=later(0))
        failed = unanswered(change, order.operations[-1], why="503", retry_after_seconds=None)
        order = failed.order
        assert order.operations[-1].not_before == later(expected)
    assert asked(order, at=3).order.operations[-1].failed_asks == 0


def test_asking_now_hurries_only_what_is_unknown_on_that_payment() -> None:
    order = lost()
    assert ask_now(change_of(order, now=later(9)), "another").order == order
    assert ask_now(change_of(sent(), now=later(9)), PAYMENT).order == sent()
    hurried = ask_now(change_of(order, now=later(9)), PAYMENT).order
    assert changed(order, hurried) == {"not_before": later(9)}


def test_after_no_effect_was_seen_it_is_asked_again_when_it_must_show() -> None:
    before = lost()
    change = asked(before, at=3)
    assert changed(before, change.order) == {"asked_count": 1, "not_before": later(6)}
    assert told(change) == (
        "operation_unknown",
        "Capture of 50.00 SAR: no effect seen yet; asking once more",
    )


def test_it_counts_when_it_was_asked_not_when_the_answer_is_kept() -> None:
    assert asked(lost(), at=99, asked_at=5).order.operations[-1].state is OperationState.UNKNOWN
    assert asked(lost(), at=99, asked_at=6).order.operations[-1].state is OperationState.REQUESTED


def test_when_it_must_have_shown_and_has_not_it_is_sent_again_under_its_reference() -> None:
    before = lost()
    change = asked(before, at=6)
    assert changed(before, change.order) == {
        "state": OperationState.REQUESTED,
        "asked_count": 1,
        "not_before": None,
    }
    assert told(change) == (
        "operation_waits",
        "Capture of 50.00 SAR: asked, and it had no effect; sent again under the same reference",
    )


def test_an_attempt_that_nobody_ended_is_ended_by_asking() -> None:
    before = sent()
    change = asked(before, at=35)
    over = Attempt(number=1, started_at=NOW, ended_at=later(35), outcome="no answer kept")
    assert change.order.operations[-1].attempts == (over,)
    assert change.order.operations[-1].state is OperationState.REQUESTED
    assert asked(before, at=34).order.operations[-1].not_before == later(35)


def test_while_an_unnamed_total_has_grown_it_is_asked_again_ever_less_often() -> None:
    grown = facts(authorized=15000).model_copy(update={"captured_total_minor": 5000})
    before = observed(lost(), grown)
    change = asked(before, at=6)
    assert changed(before, change.order) == {"asked_count": 1, "not_before": later(7)}
    assert told(change) == (
        "operation_unknown",
        "Capture of 50.00 SAR: the gateway's total has grown and it names nothing for it; it is "
        "asked again, not sent again",
    )
    assert asked(change.order, at=10).order.operations[-1].not_before == later(15)


@pytest.mark.parametrize(
    ("attempts", "is_over"), [(MOST_ATTEMPTS - 1, False), (MOST_ATTEMPTS, True)]
)
def test_after_the_last_attempt_it_is_only_asked_about(attempts: int, is_over: bool) -> None:
    tired = (
        lost().operations[-1].model_copy(update={"attempt_count": attempts + 3, "unsent_count": 3})
    )
    before = lost().with_operation(tired)
    change = asked(before, at=6)
    if not is_over:
        assert change.order.operations[-1].state is OperationState.REQUESTED
        return
    assert changed(before, change.order) == {"asked_count": 1, "not_before": later(306)}
    assert told(change) == (
        "operation_unknown",
        "Capture of 50.00 SAR: still no effect after 8 attempts; see to it",
    )


def test_what_was_asked_of_an_operation_that_is_gone_or_goes_on_changes_nothing() -> None:
    order = lost()
    other = order.operations[-1].model_copy(update={"operation_id": "gone"})
    assert resolve(change_of(order), other, CAPABILITIES, asked_at=NOW).order == order
    waiting = asked_for()
    assert asked(waiting, at=6).order == waiting


def test_a_believed_no_closes_it_with_the_gateways_words() -> None:
    declined = stepped(sent(), lambda c, o: said_no(c, o, code="bad_data", message="no")).order
    change = asked(declined, at=1)
    assert changed(declined, change.order) == {
        "state": OperationState.DECLINED,
        "closed_at": later(1),
        "not_before": None,
    }
    assert told(change) == (
        "operation_closed",
        "Capture of 50.00 SAR: declined by the gateway (bad_data: no)",
    )


def test_an_effect_closes_it_and_is_named_even_after_a_no() -> None:
    seen = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    declined = stepped(sent(), lambda c, o: said_no(c, o, code="bad_data", message="no")).order
    payment = declined.payments[0].model_copy(update={"facts": seen})
    change = settle(change_of(declined.with_payment(payment), now=later(4)))
    assert changed(declined, change.order) == {
        "state": OperationState.SUCCEEDED,
        "closed_at": later(4),
        "not_before": None,
        "effect_id": "c1",
        "decline": None,
    }
    assert told(change) == (
        "operation_closed",
        "Capture of 50.00 SAR: succeeded, the gateway calls it c1",
    )


def test_an_effect_ends_the_attempt_that_made_it() -> None:
    seen = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    payment = sent().payments[0].model_copy(update={"facts": seen})
    change = settle(change_of(sent().with_payment(payment), now=later(4)))
    over = Attempt(number=1, started_at=NOW, ended_at=later(4), outcome="succeeded")
    assert change.order.operations[-1].attempts == (over,)
    assert change.order.operations[-1].lease_until is None


@pytest.mark.parametrize(
    ("told_of", "state", "text"),
    [
        (facts(authorized=15000), OperationState.SUBMITTED, None),
        (
            facts(authorized=15000, closed=True),
            OperationState.SUCCEEDED,
            "Void of 150.00 SAR: succeeded",
        ),
        (
            facts(authorized=15000, captures={"c": 15000}, closed=True),
            OperationState.DECLINED,
            "Void of 150.00 SAR: declined by the gateway (nothing_to_void: all of it was captured)",
        ),
    ],
)
def test_a_void_ends_when_the_payment_is_closed(
    told_of: PaymentFacts, state: OperationState, text: str | None
) -> None:
    voiding = sent(asked_for(OperationKind.VOID))
    payment = voiding.payments[0].model_copy(update={"facts": told_of})
    change = settle(change_of(voiding.with_payment(payment)))
    assert change.order.operations[-1].state is state
    assert [e.text for e in change.history] == ([text] if text else [])


def test_a_void_that_released_the_least_succeeded() -> None:
    voiding = sent(asked_for(OperationKind.VOID))
    seen = facts(authorized=15000, captures={"c": 14999}, closed=True)
    payment = voiding.payments[0].model_copy(update={"facts": seen})
    change = settle(change_of(voiding.with_payment(payment)))
    assert change.order.operations[-1].state is OperationState.SUCCEEDED


def test_what_is_closed_stays_as_it_was_closed() -> None:
    seen = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    declined = stepped(sent(), lambda c, o: said_no(c, o, code="bad_data", message="no")).order
    closed = asked(declined, at=1).order
    payment = closed.payments[0].model_copy(update={"facts": seen})
    later_on = closed.with_payment(payment)
    assert settle(change_of(later_on)).order == later_on


def test_what_is_not_possible_any_more_is_declined_by_us() -> None:
    released = observed(lost(), facts(authorized=15000, closed=True))
    assert told(asked(released, at=6)) == (
        "operation_closed",
        "Capture of 50.00 SAR: declined by us (balance_changed: meanwhile so much was moved at "
        "the gateway itself that this is not possible any more)",
    )


def test_a_capture_or_refund_stays_open_while_its_effect_is_not_there() -> None:
    order = sent()
    assert settle(change_of(order)).order == order
