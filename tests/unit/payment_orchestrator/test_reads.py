"""Law 5: a read that somebody wants stays due until it was done after the wish."""

import pytest

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import ReadBack
from payment_orchestrator.domain.reads import MOST_READS, read_done, read_failed, want_read
from payments_common.errors import OperationRefused
from support.builders import PAYMENT, change_of, later, order


def read_of(change: Change, payment_id: str = PAYMENT) -> ReadBack:
    read = change.order.read(payment_id)
    assert read is not None
    return read


def wanted(**how: bool) -> Change:
    return want_read(change_of(order()), PAYMENT, **how)


def failed(change: Change, times: int = 1) -> Change:
    for _ in range(times):
        change = read_failed(change, PAYMENT, why="down")
    return change


def test_a_first_wish_is_due_at_once_and_expects_nothing() -> None:
    assert read_of(wanted()) == ReadBack(payment_id=PAYMENT, number=1)


def test_wishes_are_counted_over_all_payments_of_the_order() -> None:
    both = want_read(wanted(), "another")
    assert (read_of(both).number, read_of(both, "another").number) == (1, 2)
    assert both.order.reads_wanted == 2


def test_news_that_were_expected_stay_expected_until_the_read_is_done() -> None:
    assert read_of(want_read(wanted(expects_news=True), PAYMENT)).expects_news
    assert read_of(want_read(wanted(), PAYMENT, expects_news=True)).expects_news
    assert not read_of(want_read(wanted(), PAYMENT)).expects_news


def test_a_wish_waits_for_the_end_of_the_pause_unless_it_is_urgent() -> None:
    paused = failed(wanted())
    assert read_of(want_read(paused, PAYMENT)).not_before == later(1)
    assert read_of(want_read(paused, PAYMENT, at_once=True)).not_before is None


def test_a_read_that_was_done_leaves_a_later_wish_due_at_once_and_without_failures() -> None:
    again = want_read(failed(wanted(), times=3), PAYMENT)
    assert read_of(read_done(again, PAYMENT, number=1)) == ReadBack(payment_id=PAYMENT, number=2)


def test_a_read_that_nobody_waits_for_can_be_done_or_fail() -> None:
    change = change_of(order())
    assert read_done(change, PAYMENT, number=1) == change
    assert read_failed(change, PAYMENT, why="down") == change


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 1), (2, 5), (3, 5), (4, 30), (5, 60), (6, 300), (7, 300)]
)
def test_the_pause_grows_with_each_failure_and_is_never_longer_than_five_minutes(
    failures: int, seconds: int
) -> None:
    read = read_of(failed(wanted(), times=failures))
    assert (read.failures, read.not_before) == (failures, later(seconds))


def test_the_pause_is_at_least_what_the_gateway_asks_for() -> None:
    asked = read_failed(wanted(), PAYMENT, why="down", retry_after_seconds=20)
    less = read_failed(failed(wanted(), times=3), PAYMENT, why="down", retry_after_seconds=20)
    assert (read_of(asked).not_before, read_of(less).not_before) == (later(20), later(30))


def test_history_says_why_the_gateway_could_not_be_asked_and_when_it_will_be() -> None:
    told = read_failed(wanted(), PAYMENT, why="down", retry_after_seconds=2.5).history[-1]
    assert (told.kind, told.payment_id) == ("gateway_unavailable", PAYMENT)
    assert told.text == "The gateway could not be asked (down); asked again in 2.5 s"


def test_hints_make_an_order_grow_to_a_limit_and_what_waits_already_may_be_wanted_again() -> None:
    change = change_of(order())
    for number in range(MOST_READS):
        change = want_read(change, f"payment-{number}")
    with pytest.raises(OperationRefused) as refused:
        want_read(change, "one-more")
    assert refused.value.code == "too_many_reads"
    assert str(refused.value) == "100 payments of this order wait to be read already"
    assert want_read(change, "payment-1").order.reads_wanted == MOST_READS + 1
