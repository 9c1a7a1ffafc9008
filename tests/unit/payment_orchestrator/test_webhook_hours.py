"""Counts by hour add up in any sequence, and percentiles come from fixed places."""

from collections import Counter

import pytest

from payment_orchestrator.domain.news import Via
from payment_orchestrator.domain.webhook_hours import (
    DELAYS_SECONDS,
    HOUR,
    Hour,
    delay_place,
    percentiles,
    received_since,
    whole_hour,
)
from support.builders import NOW, later


def hour(*minutes: int, began_at_hours: int = 0) -> Hour:
    counted = Hour("tabby-ksa", NOW + began_at_hours * HOUR)
    for minute in minutes:
        counted.take_webhook(counted.began_at.replace(minute=minute))
    return counted


@pytest.mark.parametrize(
    ("delay", "place"), [(0, 1), (1, 1), (1.001, 2), (59, 60), (10**9, DELAYS_SECONDS[-1])]
)
def test_a_delay_stands_in_the_first_place_that_holds_it(delay: float, place: int) -> None:
    assert delay_place(delay) == place


def test_percentiles_are_upper_ends_of_one_way_only() -> None:
    delays = Counter({(Via.POLL, 60): 95, (Via.POLL, 600): 3, (Via.POLL, 3600): 2})
    delays[Via.WEBHOOK, 1] = 1000
    assert percentiles(delays, Via.POLL) == {"p50": 60, "p95": 60, "p99": 3600}
    assert percentiles(delays, Via.WEBHOOK) == {"p50": 1, "p95": 1, "p99": 1}


def test_without_delays_there_are_no_percentiles() -> None:
    assert percentiles(Counter(), Via.POLL) == {}


def test_hours_add_up_whichever_comes_first() -> None:
    one, other = hour(5, 7), hour(7, 30)
    one.take_change(Via.POLL, 61)
    other.take_change(Via.POLL, None)
    both, reverse = hour(), hour()
    for each in (one, other):
        both.add(each)
    for each in (other, one):
        reverse.add(each)
    assert both == reverse
    assert both.received == {5: 1, 7: 2, 30: 1}
    assert both.last_webhook_at == later(30 * 60)
    assert (both.learned, both.delays) == ({Via.POLL: 2}, {(Via.POLL, 120): 1})


def test_an_older_webhook_that_comes_later_is_not_the_last() -> None:
    assert hour(30, 5).last_webhook_at == later(30 * 60)


def test_webhooks_are_counted_over_the_end_of_an_hour() -> None:
    hours = [hour(10, 29, 30, 59), hour(0, 29, began_at_hours=1)]
    assert received_since(hours, later(30 * 60)) == 4


def test_an_hour_begins_at_its_first_instant() -> None:
    assert whole_hour(later(3599.9)) == NOW
