"""Read-backs that are due on an order: coalesced per payment, never lost (law 5)."""

from datetime import timedelta

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.operations import backoff
from payment_orchestrator.domain.order import ReadBack


def want_read(change: Change, payment_id: str) -> Change:
    """Marks a read as due; one that begins later serves all that wanted it before."""
    read = change.order.read(payment_id)
    return _with(change, read.model_copy(update={"wanted": read.wanted + 1}))


def read_done(change: Change, payment_id: str, *, wanted: int) -> Change:
    """`wanted` is what was wanted when the read began: what came since stays due."""
    read = change.order.read(payment_id)
    done = {"done": max(read.done, wanted), "failures": 0, "not_before": None}
    return _with(change, read.model_copy(update=done))


def read_failed(
    change: Change, payment_id: str, *, why: str, retry_after_seconds: float | None = None
) -> Change:
    """The read stays due; it is tried again after a growing pause."""
    read = change.order.read(payment_id)
    wait = max(backoff(read.failures + 1), timedelta(seconds=retry_after_seconds or 0))
    later = {"failures": read.failures + 1, "not_before": change.now + wait}
    return _with(change, read.model_copy(update=later)).told(
        "gateway_unavailable",
        f"The gateway could not be asked ({why}); asked again in {wait.total_seconds():g} s",
        payment_id=payment_id,
    )


def _with(change: Change, read: ReadBack) -> Change:
    return change.with_order(change.order.with_read(read))
