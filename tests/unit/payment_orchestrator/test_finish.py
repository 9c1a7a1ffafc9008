"""The end of every change: what follows from it is derived, told, announced and timed."""

from dataclasses import replace

import pytest

from payment_orchestrator.domain.change import Change, Wake, begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Accepted, OperationKind, Order, Review
from payment_orchestrator.domain.policy import Remedies
from payment_orchestrator.domain.reads import read_failed, want_read
from payments_common.config import Remedy
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    authorized,
    change_of,
    facts,
    later,
    observation,
    observed,
    order,
    requested,
)

HELD = facts(authorized=15000)
LATE = (facts(expired=True), HELD)


def seen(current: Order, told: PaymentFacts) -> Change:
    return observe(change_of(current, now=later(9)), observation(told))


def told(change: Change) -> list[tuple[str, str]]:
    return [(e.kind, e.text) for e in change.history if e.kind not in {"fact", "nothing_new"}]


def test_a_new_order_tells_its_first_status() -> None:
    change = finish(begin_new(order(), now=NOW, new_id=lambda: "id"), CAPABILITIES)
    assert told(change) == [("status", "created")]


def test_a_new_status_is_told_with_the_old_one_and_an_old_one_is_not_told_again() -> None:
    change = finish(seen(order(), HELD), CAPABILITIES)
    assert told(change) == [("status", "created → authorized")]
    assert told(finish(seen(change.order, HELD), CAPABILITIES)) == []


def test_a_review_is_told_when_it_is_raised_and_not_again() -> None:
    late = finish(seen(observed(order(), facts(expired=True)), HELD), CAPABILITIES)
    assert told(late) == [
        ("status", "expired → authorized"),
        ("review", "A person should look at this order: paid_late"),
    ]
    assert told(finish(seen(late.order, HELD), CAPABILITIES)) == []


def test_a_new_order_that_is_under_review_at_once_tells_it() -> None:
    wrong = observe(begin_new(order(), now=NOW, new_id=lambda: "id"), observation(facts(total=1)))
    assert told(finish(wrong, CAPABILITIES)) == [
        ("status", "pending"),
        ("review", "A person should look at this order: amount_mismatch"),
    ]


def test_an_accounts_rule_accepts_for_it_and_is_named() -> None:
    before = observed(order(capture_mode="automatic"), facts(expired=True))
    rule = Remedies(paid_late=Remedy.ACCEPT)
    change = finish(seen(before, HELD), CAPABILITIES, remedies=rule)
    assert change.order.review == ()
    assert change.order.accepted == (
        Accepted(
            review=Review.PAID_LATE,
            subjects=(PAYMENT,),
            accepted_by="policy",
            reason="the account's rule",
            at=later(9),
        ),
    )
    assert [o.kind for o in change.order.operations] == [OperationKind.CAPTURE]


def test_what_the_gateway_cannot_do_stays_with_the_person_whom_the_review_calls() -> None:
    unable = replace(CAPABILITIES, void=False)
    before = observed(order(), facts(expired=True), capabilities=unable)
    change = finish(seen(before, HELD), unable, remedies=Remedies(paid_late=Remedy.VOID_OR_REFUND))
    assert (change.order.operations, change.order.review) == ((), (Review.PAID_LATE,))


@pytest.mark.parametrize(("wake", "announced"), [(Wake.NOW, 1), (Wake.LATER, 0), (Wake.NOTHING, 0)])
def test_work_that_is_due_now_is_announced_unless_it_is_being_done(
    wake: Wake, announced: int
) -> None:
    wanted = want_read(change_of(authorized()), PAYMENT)
    assert len(finish(wanted, CAPABILITIES, wake=wake).messages) == announced
    assert len(finish(wanted, CAPABILITIES).messages) == 1


def test_a_timer_is_armed_for_what_is_due_first() -> None:
    current = requested(authorized(), OperationKind.CAPTURE, 5000)
    paused = current.with_operation(
        current.operations[0].model_copy(update={"not_before": later(100)})
    )
    failed = read_failed(want_read(change_of(paused), PAYMENT), PAYMENT, why="down")
    assert finish(failed, CAPABILITIES).order.timer_at == later(1)


def test_nothing_is_timed_on_an_order_that_waits_for_nothing() -> None:
    assert finish(seen(order(), HELD), CAPABILITIES).order.timer_at is None


def test_an_order_that_was_changed_says_when_and_one_that_was_not_does_not() -> None:
    change = finish(seen(order(), HELD), CAPABILITIES)
    assert change.order.updated_at == later(9)
    same = finish(change_of(change.order, now=later(99)), CAPABILITIES)
    assert same.order.updated_at == later(9)
