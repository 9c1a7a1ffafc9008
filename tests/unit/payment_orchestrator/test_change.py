"""Events, history and timers that come with a change."""

import pytest

from payment_orchestrator.domain.change import LONGEST_TIMER, Change, Wake, arm, fired
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.reads import MOST_READS, read_done, read_failed, want_read
from payments_common.errors import OperationRefused
from payments_common.schemas.observations import PaymentFacts, RefundFact, RefundStatus
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    change_of,
    facts,
    later,
    observation,
    observed,
    order,
)

FULL_LIFE = facts(authorized=15000, captures={"c1": 9000}, refunds={"r1": 2000}, closed=True)


def change_by(told: PaymentFacts) -> Change:
    return finish(observe(change_of(order()), observation(told)), CAPABILITIES)


def test_every_new_fact_is_announced_in_sequence_without_gaps() -> None:
    events = [m.envelope for m in change_by(FULL_LIFE).messages if m.envelope.sequence]
    assert [(e.sequence, e.type) for e in events] == [
        (1, "payment.authorized.v1"),
        (2, "payment.captured.v1"),
        (3, "payment.voided.v1"),
        (4, "refund.processed.v1"),
    ]


def test_a_known_fact_is_not_announced_again() -> None:
    known = observed(order(), FULL_LIFE)
    again = finish(observe(change_of(known), observation(FULL_LIFE)), CAPABILITIES)
    assert again.messages == ()


def test_a_refund_that_settles_later_is_announced_twice_once_for_each_status() -> None:
    def refund_with(status: RefundStatus) -> PaymentFacts:
        told = facts(authorized=15000, captures={"c1": 15000}, closed=True)
        fact = RefundFact(refund_id="r1", amount_minor=100, status=status)
        return told.model_copy(update={"refunds": (fact,)})

    pending = change_by(refund_with(RefundStatus.PENDING))
    settled = observe(change_of(pending.order), observation(refund_with(RefundStatus.PROCESSED)))
    assert [m.envelope.type for m in pending.messages][-1] == "refund.pending.v1"
    assert [m.envelope.type for m in finish(settled, CAPABILITIES).messages] == [
        "refund.processed.v1"
    ]


def test_a_capture_without_an_operation_is_announced_as_the_gateways_own() -> None:
    events = [m.envelope.data for m in change_by(FULL_LIFE).messages]
    assert events[1]["origin"] == "gateway"
    assert events[1]["amount"] == {"amount_minor": 9000, "currency": "SAR"}


def test_a_payment_of_another_amount_is_announced_for_review_and_not_as_paid() -> None:
    wrong = change_by(facts(total=99, authorized=99))
    assert [m.envelope.type for m in wrong.messages] == ["payment.needs_review.v1"]


def test_history_says_what_was_new_and_what_was_not() -> None:
    known = observed(order(), FULL_LIFE)
    told = observe(change_of(known), observation(FULL_LIFE)).history[0]
    assert told.kind == "nothing_new"
    assert "captured 90.00 SAR" in told.text


def test_a_timer_is_armed_once_for_the_earliest_due_time() -> None:
    armed = arm(change_of(order()), later(60), Wake.NOW)
    assert armed.order.timer_at == later(60)
    assert armed.messages[0].delay_seconds == 60
    assert arm(armed, later(90), Wake.NOW).messages == armed.messages
    assert len(arm(armed, later(30), Wake.NOW).messages) == 2


def test_a_timer_whose_time_has_passed_is_armed_again() -> None:
    """Its message may have become a dead letter."""
    stale = order().model_copy(update={"timer_at": later(-60)})
    armed = arm(change_of(stale), later(60), Wake.NOW)
    assert (armed.order.timer_at, len(armed.messages)) == (later(60), 1)


def test_a_far_timer_comes_in_steps() -> None:
    armed = arm(change_of(order()), later(10_000), Wake.NOW)
    assert armed.order.timer_at == NOW + LONGEST_TIMER


def test_only_the_armed_timer_disarms() -> None:
    armed = arm(change_of(order()), later(60), Wake.NOW)
    assert fired(armed, later(59)).order.timer_at == later(60)
    assert fired(armed, None).order.timer_at == later(60)
    assert fired(armed, later(60)).order.timer_at is None


def test_work_that_is_due_now_is_announced_at_once_unless_it_is_being_done() -> None:
    change = change_of(order())
    assert len(arm(change, NOW, Wake.NOW).messages) == 1
    assert arm(change, NOW, Wake.LATER).messages == ()


def test_reads_are_coalesced_and_one_that_came_during_a_read_stays_due() -> None:
    first = want_read(change_of(order()), PAYMENT)
    wanted_twice = want_read(first, PAYMENT)
    assert len(wanted_twice.order.reads) == 1
    assert read_done(wanted_twice, PAYMENT, number=2).order.reads == ()
    assert read_done(wanted_twice, PAYMENT, number=1).order.read(PAYMENT) is not None


def test_a_read_that_ends_late_does_not_answer_a_wish_that_came_after_it() -> None:
    answered = read_done(want_read(change_of(order()), PAYMENT), PAYMENT, number=1)
    wanted_again = want_read(answered, PAYMENT)
    assert read_done(wanted_again, PAYMENT, number=1).order.read(PAYMENT) is not None


@pytest.mark.parametrize(("retry_after", "expected"), [(None, 1), (20, 20)])
def test_a_read_that_failed_stays_due_for_later(retry_after: float | None, expected: int) -> None:
    wanted = want_read(change_of(order()), PAYMENT)
    failed = read_failed(wanted, PAYMENT, why="down", retry_after_seconds=retry_after)
    read = failed.order.read(PAYMENT)
    assert read is not None
    assert read.not_before == later(expected)


def test_hints_cannot_make_an_order_grow_without_end() -> None:
    change = change_of(order())
    for number in range(MOST_READS):
        change = want_read(change, f"payment-{number}")
    with pytest.raises(OperationRefused):
        want_read(change, "one-more")


def test_a_hint_alone_makes_no_payment_of_the_order() -> None:
    assert want_read(change_of(order()), "somebody-elses").order.payments == ()


def test_a_change_that_changes_nothing_is_empty() -> None:
    known = observed(order(), FULL_LIFE)
    assert finish(change_of(known), CAPABILITIES).is_empty
