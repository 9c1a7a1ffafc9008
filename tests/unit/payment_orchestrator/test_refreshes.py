"""When a page may have the gateway asked: seldom, and the more seldom the longer it asks."""

from datetime import timedelta

from payment_orchestrator.domain.order import Order, Payment
from payment_orchestrator.domain.refreshes import (
    MOST_PAYMENTS,
    REFRESHES_AT_PACE,
    is_too_soon,
    refreshable,
    want_refresh,
)
from support.builders import NOW, authorized, change_of, later, order

PAUSE = timedelta(seconds=5)


def too_soon(order: Order, after_seconds: float) -> bool:
    return is_too_soon(order, now=later(after_seconds), pause=PAUSE)


def refreshed(count: int = 1) -> Order:
    return order().model_copy(update={"refreshed_at": NOW, "refreshes": count})


def test_an_order_that_nobody_asked_for_may_be_asked_for_at_once() -> None:
    assert not too_soon(order(), 0)


def test_the_next_question_waits_for_the_pause() -> None:
    assert too_soon(refreshed(), 4.9)
    assert not too_soon(refreshed(), 5)


def test_a_clock_that_was_ahead_locks_an_order_for_the_pause_only() -> None:
    assert too_soon(refreshed(), -4.9)
    assert not too_soon(refreshed(), -3600)


def test_the_pause_grows_with_the_questions() -> None:
    assert not too_soon(refreshed(REFRESHES_AT_PACE - 1), 5)
    assert too_soon(refreshed(REFRESHES_AT_PACE), 9.9)
    assert not too_soon(refreshed(REFRESHES_AT_PACE), 10)


def test_it_wants_its_payment_read_at_once_and_nothing_told() -> None:
    wanted = want_refresh(change_of(authorized(), now=later(60)))
    (read,) = wanted.order.reads
    assert (read.payment_id, read.not_before) == (wanted.order.payments[0].payment_id, None)
    assert (wanted.order.refreshed_at, wanted.order.refreshes) == (later(60), 1)
    assert wanted.history == ()


def test_only_the_latest_payments_of_many_are_read() -> None:
    many = [Payment(payment_id=f"{9 - n}", first_seen_at=later(n)) for n in range(9)]
    tried = order().model_copy(update={"payments": tuple(reversed(many))})
    assert refreshable(tried) == [p.payment_id for p in many[-MOST_PAYMENTS:]]
