"""Law 3: an unknown outcome is asked about, never repeated blindly, and blocks what follows."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import (
    MOST_ATTEMPTS,
    ask_failed,
    ask_now,
    not_sent,
    outcome_unknown,
    said_no,
    submit,
)
from payment_orchestrator.domain.order import (
    Operation,
    OperationKind,
    OperationState,
    Order,
    ReplyAddress,
    Review,
)
from payment_orchestrator.domain.resolution import resolve
from payment_orchestrator.domain.work import ResolveOperation, SubmitOperation, steps
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.replies import Outcome
from support.builders import (
    CAPABILITIES,
    PAYMENT,
    authorized,
    change_of,
    facts,
    later,
    observation,
    observed,
    requested,
)

LEASE = timedelta(seconds=30)
SEEN = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})


def the(order: Order, operation_id: str = "command-1") -> Operation:
    operation = order.operation(operation_id)
    assert operation is not None
    return operation


def capturing(amount_minor: int = 5000) -> Order:
    return requested(authorized(), OperationKind.CAPTURE, amount_minor)


def submitted(order: Order) -> Order:
    return finish(submit(change_of(order), the(order), lease=LEASE), CAPABILITIES).order


def unknown(order: Order) -> Order:
    change = outcome_unknown(change_of(order), the(order), why="no answer")
    return finish(change, CAPABILITIES).order


def resolved(order: Order, told: PaymentFacts, *, after_seconds: float) -> Order:
    now = later(after_seconds)
    change = observe(change_of(order, now=now), observation(told))
    change = finish(change, CAPABILITIES)
    return finish(_resolve(change, order), CAPABILITIES).order


def _resolve(change: Change, asked_about: Order) -> Change:
    return resolve(change, the(asked_about), CAPABILITIES, asked_at=change.now)


def test_an_operation_is_recorded_before_it_can_be_sent() -> None:
    step = steps(capturing())[0]
    assert isinstance(step, SubmitOperation)
    assert the(capturing()).state is OperationState.REQUESTED


def test_a_submitted_operation_is_asked_about_after_its_lease_and_not_sent_again() -> None:
    step = steps(submitted(capturing()))[0]
    assert isinstance(step, ResolveOperation)
    assert step.due_at == later(30)


def test_no_other_operation_of_the_payment_moves_while_one_is_unknown() -> None:
    waiting = requested(
        unknown(submitted(capturing())), OperationKind.CAPTURE, 1000, operation_id="command-2"
    )
    assert [type(step) for step in steps(waiting)] == [ResolveOperation]


def test_an_unknown_outcome_whose_effect_is_there_succeeded() -> None:
    order = resolved(unknown(submitted(capturing())), SEEN, after_seconds=1)
    assert the(order).state is OperationState.SUCCEEDED
    assert the(order).effect_id == "c1"


def test_a_webhook_read_back_closes_an_operation_that_awaits_its_answer() -> None:
    order = observed(submitted(capturing()), SEEN)
    assert the(order).state is OperationState.SUCCEEDED


def test_an_unknown_outcome_without_effect_waits_until_the_gateway_has_settled() -> None:
    order = resolved(unknown(submitted(capturing())), facts(authorized=15000), after_seconds=1)
    assert the(order).state is OperationState.UNKNOWN
    assert steps(order)[0].due_at == later(CAPABILITIES.settle_seconds)


def test_it_is_sent_again_under_the_same_reference_only_after_asking_showed_no_effect() -> None:
    order = resolved(unknown(submitted(capturing())), facts(authorized=15000), after_seconds=6)
    assert the(order).state is OperationState.REQUESTED
    assert the(order).reference == "command-1"


def test_what_was_asked_before_another_attempt_says_nothing_of_that_attempt() -> None:
    asked_about = unknown(submitted(capturing()))
    sent_again = submitted(resolved(asked_about, facts(authorized=15000), after_seconds=6))
    change = _resolve(change_of(sent_again, now=later(60)), asked_about)
    assert the(change.order).state is OperationState.SUBMITTED


def test_a_decline_is_believed_only_when_asking_shows_no_effect() -> None:
    order = submitted(capturing())
    change = said_no(change_of(order), the(order), code="bad_data", message="no")
    declined = finish(change, CAPABILITIES).order
    assert the(resolved(declined, SEEN, after_seconds=1)).state is OperationState.SUCCEEDED
    believed = the(resolved(declined, facts(authorized=15000), after_seconds=1))
    assert believed.state is OperationState.DECLINED
    assert believed.answer is not None
    assert (believed.answer.outcome, believed.answer.code) == (Outcome.DECLINED, "bad_data")


def test_a_capture_made_at_the_gateway_is_not_taken_for_one_that_was_declined() -> None:
    order = submitted(capturing(15000))
    change = said_no(change_of(order), the(order), code="bad_data", message="closed")
    theirs = facts(authorized=15000, captures={"dashboard": 15000}, closed=True)
    declined = resolved(finish(change, CAPABILITIES).order, theirs, after_seconds=1)
    assert the(declined).state is OperationState.DECLINED


def unechoed(order: Order) -> Order:
    """As at a gateway that does not name our reference."""
    return order.with_operation(the(order).model_copy(update={"is_echoed": False}))


NAMELESS = facts(authorized=15000, captures={"c9": 5000})


def test_where_no_reference_is_echoed_the_new_capture_of_that_amount_is_the_effect() -> None:
    order = resolved(unechoed(unknown(submitted(capturing()))), NAMELESS, after_seconds=1)
    assert the(order).effect_id == "c9"


def test_where_references_are_echoed_a_nameless_capture_is_somebody_elses() -> None:
    order = resolved(unknown(submitted(capturing())), NAMELESS, after_seconds=6)
    assert the(order).state is OperationState.REQUESTED


def test_an_abandoned_attempt_is_judged_from_the_end_of_its_lease() -> None:
    """Until then its request may still reach the gateway."""
    asked_at_lease_end = resolved(submitted(capturing()), facts(authorized=15000), after_seconds=30)
    assert the(asked_at_lease_end).state is OperationState.UNKNOWN


def test_an_operation_that_was_declined_and_shows_its_effect_all_the_same_is_flagged() -> None:
    order = submitted(capturing())
    change = said_no(change_of(order), the(order), code="bad_data", message="no")
    declined = resolved(
        finish(change, CAPABILITIES).order, facts(authorized=15000), after_seconds=1
    )
    assert Review.DECLINED_BUT_DONE in observed(declined, SEEN).review


def test_a_capture_that_was_there_before_is_nobodys_effect() -> None:
    before = facts(authorized=15000, captures={"old": 5000})
    order = requested(observed(authorized(), before), OperationKind.CAPTURE, 5000)
    assert the(resolved(unechoed(unknown(submitted(order))), before, after_seconds=1)).is_open


def test_a_request_that_never_left_waits_and_is_sent_later() -> None:
    order = submitted(capturing())
    change = not_sent(change_of(order), the(order), why="refused", retry_after_seconds=7)
    waiting = finish(change, CAPABILITIES).order
    assert the(waiting).state is OperationState.REQUESTED
    assert steps(waiting)[0].due_at == later(7)


def test_attempts_that_never_left_do_not_use_up_those_that_may() -> None:
    order = unknown(submitted(capturing()))
    patient = order.with_operation(
        the(order).model_copy(update={"attempt_count": 50, "unsent_count": 49})
    )
    again = resolved(patient, facts(authorized=15000), after_seconds=6)
    assert the(again).state is OperationState.REQUESTED


def test_whoever_asks_now_does_not_wait_for_the_end_of_a_pause() -> None:
    order = unknown(submitted(capturing()))
    change = change_of(order)
    paused = ask_failed(change, the(order), why="away", wait=timedelta(seconds=300)).order
    assert steps(paused)[0].due_at == later(300)
    hurried = ask_now(change_of(paused, now=later(20)), PAYMENT).order
    assert steps(hurried)[0].due_at == later(20)
    assert isinstance(steps(hurried)[0], ResolveOperation)


def test_while_a_total_has_grown_that_names_no_capture_it_is_not_sent_again() -> None:
    """The gateway shows no capture, but says that more was captured than when it was sent."""
    grown = facts(authorized=15000).model_copy(update={"captured_total_minor": 5000})
    order = resolved(unknown(submitted(capturing())), grown, after_seconds=6)
    assert the(order).state is OperationState.UNKNOWN
    assert isinstance(steps(order)[0], ResolveOperation)
    named = SEEN.model_copy(update={"captured_total_minor": 5000})
    assert the(observed(order, named)).state is OperationState.SUCCEEDED


def test_a_total_that_had_grown_before_it_was_sent_keeps_nothing_back() -> None:
    before = facts(authorized=15000).model_copy(update={"captured_total_minor": 1000})
    order = requested(observed(authorized(), before), OperationKind.CAPTURE, 5000)
    again = resolved(unknown(submitted(order)), before, after_seconds=6)
    assert the(again).state is OperationState.REQUESTED


def test_the_answer_to_a_capture_says_what_was_captured_not_what_was_asked() -> None:
    less = facts(authorized=15000, captures={"c1": 4000}, references={"c1": "command-1"})
    answer = the(observed(submitted(capturing()), less)).answer
    assert answer is not None
    assert answer.amount == Money(4000, "SAR")


def test_after_the_last_attempt_a_person_is_asked_and_nothing_is_sent() -> None:
    order = unknown(submitted(capturing()))
    tired = order.with_operation(
        the(order).model_copy(update={"attempt_count": MOST_ATTEMPTS, "asked_count": 9})
    )
    given_up = resolved(tired, facts(authorized=15000), after_seconds=600)
    assert the(given_up).state is OperationState.UNKNOWN
    assert Review.OPERATION_UNRESOLVED in given_up.review


def test_a_void_succeeds_when_the_payment_is_closed_with_something_released() -> None:
    order = submitted(requested(authorized(), OperationKind.VOID))
    closed = facts(authorized=15000, captures={}, closed=True)
    assert the(observed(order, closed)).state is OperationState.SUCCEEDED


def test_the_answer_to_a_void_says_what_was_released_not_what_was_asked() -> None:
    order = submitted(requested(authorized(), OperationKind.VOID))
    less = facts(authorized=15000, captures={"dashboard": 5000}, closed=True)
    answer = the(observed(order, less)).answer
    assert answer is not None
    assert answer.amount == Money(10000, "SAR")


def test_a_void_that_found_everything_captured_is_declined() -> None:
    order = submitted(requested(authorized(), OperationKind.VOID))
    taken = facts(authorized=15000, captures={"c": 15000}, closed=True)
    assert the(observed(order, taken)).state is OperationState.DECLINED


def test_who_waits_for_the_answer_is_told_in_the_same_write_that_closes_it() -> None:
    order = submitted(capturing())
    address = ReplyAddress(queue="payments.reply.shop", correlation_id="1")
    order = order.with_operation(the(order).model_copy(update={"reply_to": (address,)}))
    change = finish(observe(change_of(order), observation(SEEN)), CAPABILITIES)
    replies = [m for m in change.messages if m.routing_key == "payments.reply.shop"]
    assert [m.envelope.data["outcome"] for m in replies] == ["succeeded"]


@pytest.mark.parametrize("state", [OperationState.SUCCEEDED, OperationState.DECLINED])
def test_a_closed_operation_is_never_due(state: OperationState) -> None:
    order = capturing()
    closed = order.with_operation(the(order).model_copy(update={"state": state}))
    assert steps(closed) == []
