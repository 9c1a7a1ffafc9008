"""When a page may have the gateway asked about an order, and what is asked (law 5)."""

from datetime import datetime, timedelta

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.reads import want_read
from payments_common.clock import whole_milliseconds

MOST_PAYMENTS = 5
"""The latest ones are read: a page must not cost a call for each of the customer's attempts."""


REFRESHES_AT_PACE = 20
"""So many are `pause` apart, as many again twice that, and so on: each is kept in the history."""


def is_too_soon(order: Order, *, now: datetime, pause: timedelta) -> bool:
    """A time in the future, of a host whose clock is ahead, locks an order no longer than that."""
    grown = pause * (1 + order.refreshes // REFRESHES_AT_PACE)
    return order.refreshed_at is not None and abs(now - order.refreshed_at) < grown


def want_refresh(change: Change) -> Change:
    """Marks the reads as due at once, and the time, for pages at other processes.

    Nothing is asked of operations: whoever reloads a page must not use up their attempts.
    """
    counted = {
        "refreshes": change.order.refreshes + 1,
        "refreshed_at": whole_milliseconds(change.now),
    }
    change = change.with_order(change.order.model_copy(update=counted))
    for payment_id in refreshable(change.order):
        change = want_read(change, payment_id, at_once=True)
    return change


def refreshable(order: Order) -> list[str]:
    latest = sorted(order.payments, key=lambda payment: payment.first_seen_at)
    return [payment.payment_id for payment in latest[-MOST_PAYMENTS:]]
