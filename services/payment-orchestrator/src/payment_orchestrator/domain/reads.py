"""Read-backs that are due on an order: coalesced per payment, never lost (law 5)."""

from datetime import timedelta

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.operations import backoff
from payment_orchestrator.domain.order import ReadBack
from payments_common.errors import OperationRefused

MOST_READS = 100


def want_read(
    change: Change, payment_id: str, *, expects_news: bool = False, at_once: bool = False
) -> Change:
    """Marks a read as due; one that begins later serves all that wanted it before.

    `at_once` does not wait for the end of a pause. Raises OperationRefused when hints name more
    payments than an order can have.
    """
    order = change.order
    known = order.read(payment_id) or ReadBack(payment_id=payment_id, number=0)
    if order.read(payment_id) is None and len(order.reads) >= MOST_READS:
        raise OperationRefused(
            f"{MOST_READS} payments of this order wait to be read already", code="too_many_reads"
        )
    number = order.reads_wanted + 1
    wanted = known.model_copy(
        update={
            "number": number,
            "expects_news": known.expects_news or expects_news,
            "not_before": None if at_once else known.not_before,
        }
    )
    counted = order.model_copy(update={"reads_wanted": number})
    return change.with_order(counted.with_read(wanted))


def read_done(change: Change, payment_id: str, *, number: int) -> Change:
    """`number` is of the wish that the read served: what was wanted since stays due."""
    read = change.order.read(payment_id)
    if read is None:
        return change
    if read.number <= number:
        return change.with_order(change.order.without_read(payment_id))
    again = read.model_copy(update={"failures": 0, "not_before": None, "waits_since": None})
    return change.with_order(change.order.with_read(again))


def read_failed(
    change: Change, payment_id: str, *, why: str, retry_after_seconds: float | None = None
) -> Change:
    """The read stays due; it is tried again after a growing pause."""
    read = change.order.read(payment_id)
    if read is None:
        return change
    wait = max(backoff(read.failures + 1), timedelta(seconds=retry_after_seconds or 0))
    later = {
        "failures": read.failures + 1,
        "not_before": change.now + wait,
        "waits_since": None,
    }
    return change.with_order(change.order.with_read(read.model_copy(update=later))).told(
        "gateway_unavailable",
        f"The gateway could not be asked ({why}); asked again in {wait.total_seconds():g} s",
        payment_id=payment_id,
    )


def read_postponed(change: Change, payment_id: str, *, why: str, seconds: float) -> Change:
    """The breaker refused it: it stays due at the breaker's word, and is told once."""
    read = change.order.read(payment_id)
    if read is None:
        return change
    later = {
        "not_before": change.now + timedelta(seconds=seconds),
        "waits_since": read.waits_since or change.now,
    }
    change = change.with_order(change.order.with_read(read.model_copy(update=later)))
    if read.waits_since is not None:
        return change
    text = f"The gateway is not asked now ({why}); the question stays due"
    return change.told("gateway_unavailable", text, payment_id=payment_id)
