"""What the reconciler is to ask about, read off the order."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.operations import outcome_unknown, submit
from payment_orchestrator.domain.order import OperationKind, Order, Review
from payment_orchestrator.domain.unsettled import USUAL_SESSION, gave_up, unsettled
from payments_common.schemas.observations import PaymentFacts, RefundStatus
from payments_common.schemas.reconciliation import PollingGaveUp
from payments_common.schemas.replies import Answer, Outcome
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    authorized,
    change_of,
    facts,
    later,
    observed,
    order,
    requested,
)


def told(subject: Order, *payment_ids: str, since: float = 0) -> PollingGaveUp:
    return PollingGaveUp(
        account=subject.account,
        order_id=subject.order_id,
        order_reference=subject.order_reference,
        payment_ids=payment_ids,
        asked_count=10,
        since=later(since),
    )


def given_up(subject: Order, *payment_ids: str, since: float = 0) -> Order:
    change = gave_up(change_of(subject), told(subject, *payment_ids, since=since))
    return finish(change, CAPABILITIES).order


def pending_refund() -> PaymentFacts:
    seen = facts(authorized=15000, captures={"c": 15000}, refunds={"r": 4000}, closed=True)
    refund = seen.refunds[0].model_copy(update={"status": RefundStatus.PENDING})
    return seen.model_copy(update={"refunds": (refund,)})


def unknown_capture() -> Order:
    held = requested(authorized(), OperationKind.CAPTURE)
    operation = held.operations[0]
    sent = submit(change_of(held), operation, lease=timedelta(seconds=20))
    lost = outcome_unknown(sent, sent.order.operations[0], why="no answer")
    return finish(lost, CAPABILITIES).order


def test_an_order_whose_session_was_never_answered_is_asked_about_by_its_reference() -> None:
    (found,) = unsettled(order())
    assert (found.why, found.payment_id, found.expires_at) == ("session", None, NOW + USUAL_SESSION)


def test_an_order_that_no_gateway_was_asked_about_is_not_asked_about_either() -> None:
    assert unsettled(order().model_copy(update={"session_asked": False})) == ()


def test_a_declined_session_is_over() -> None:
    declined = Answer(command_id="c", outcome=Outcome.DECLINED)
    assert unsettled(order().model_copy(update={"answers": (declined,)})) == ()


@pytest.mark.parametrize(
    "said",
    [
        facts(failed=True),
        facts(expired=True),
        facts(authorized=15000),
        facts(authorized=15000, captures={"c": 15000}),
        facts(authorized=15000, closed=True),
    ],
)
def test_a_payment_that_the_gateway_has_spoken_on_is_asked_about_no_more(
    said: PaymentFacts,
) -> None:
    seen = observed(order(), facts(), said)
    assert (unsettled(seen), seen.check) == ((), None)


def test_a_payment_under_way_is_marked_with_its_sessions_end() -> None:
    check = observed(order(), facts()).check
    assert check is not None
    assert (check.payment_ids, check.why) == ((PAYMENT,), ("payment",))
    assert check.expires_at == NOW + USUAL_SESSION


def test_an_approved_payment_is_asked_about_until_it_is_authorized() -> None:
    assert observed(order(), facts(approved=True)).check is not None


def test_a_pending_refund_is_asked_about() -> None:
    check = observed(order(), pending_refund()).check
    assert check is not None
    assert (check.payment_ids, check.why, check.expires_at) == ((PAYMENT,), ("refund",), None)


def test_an_operation_with_an_unknown_outcome_is_asked_about() -> None:
    check = unknown_capture().check
    assert check is not None
    assert check.why == ("operation",)


def test_a_mark_that_says_the_same_keeps_its_time() -> None:
    seen = observed(order(), facts())
    change = change_of(seen, now=later(60)).told("recheck", "asked")
    assert finish(change, CAPABILITIES).order.check == seen.check


def test_what_polling_gave_up_on_waits_for_a_person_and_is_polled_no_more() -> None:
    waiting = given_up(observed(order(), facts()), PAYMENT)
    assert (waiting.review, waiting.check) == ((Review.UNSETTLED,), None)


def test_giving_up_never_says_failed() -> None:
    before = observed(order(), facts())
    assert given_up(before, PAYMENT).status is before.status


def test_the_gateways_last_word_ends_the_review() -> None:
    waiting = given_up(observed(order(), facts()), PAYMENT)
    assert observed(waiting, facts(authorized=15000)).review == ()


def test_what_began_after_the_last_question_is_asked_about() -> None:
    waiting = given_up(unknown_capture(), PAYMENT, since=-60)
    assert (waiting.review, waiting.check is None) == ((), False)


def test_hearing_twice_that_polling_gave_up_changes_nothing() -> None:
    waiting = given_up(observed(order(), facts()), PAYMENT)
    assert gave_up(change_of(waiting), told(waiting, PAYMENT)).is_empty


def test_giving_up_on_a_payment_that_settled_meanwhile_changes_nothing() -> None:
    settled = authorized()
    assert gave_up(change_of(settled), told(settled, PAYMENT)).is_empty
