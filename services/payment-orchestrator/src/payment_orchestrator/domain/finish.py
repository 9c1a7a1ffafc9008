"""The end of every change: derive, apply policy, announce, answer, arm the timer."""

from contextlib import suppress

from payment_orchestrator.domain.answers import answer_closed
from payment_orchestrator.domain.change import Change, Wake, arm
from payment_orchestrator.domain.decisions import accept
from payment_orchestrator.domain.events import announce
from payment_orchestrator.domain.operations import settle
from payment_orchestrator.domain.order import POLICY
from payment_orchestrator.domain.policy import HOLD, Remedies, due_operations
from payment_orchestrator.domain.requests import request
from payment_orchestrator.domain.status import derive
from payment_orchestrator.domain.unsettled import with_check
from payment_orchestrator.domain.work import steps
from payments_common.config import Remedy
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities


def finish(
    change: Change, capabilities: Capabilities, *, remedies: Remedies = HOLD, wake: Wake = Wake.NOW
) -> Change:
    """The same change with all that follows from it; only its result may be saved."""
    change = settle(change)
    change = change.with_order(derive(change.order))
    change = _accept_by_policy(change, remedies)
    change = _tell_status(change)
    for due in due_operations(change.order, capabilities, remedies):
        # What this gateway cannot do stays with the person whom the review calls.
        with suppress(OperationRefused):
            change = request(change, due, capabilities)
    change = with_check(answer_closed(announce(change)))
    due_steps = steps(change.order)
    change = arm(change, due_steps[0].due_at if due_steps else None, wake)
    if change.order == change.before:
        return change
    return change.with_order(change.order.model_copy(update={"updated_at": change.now}))


def _accept_by_policy(change: Change, remedies: Remedies) -> Change:
    for review in change.order.review:
        if remedies.against(review) is Remedy.ACCEPT:
            change = accept(change, review, by=POLICY, reason="the account's rule")
    return change


def _tell_status(change: Change) -> Change:
    before, order = change.before, change.order
    if before is None or before.status is not order.status:
        was = f"{before.status} → " if before else ""
        change = change.told("status", f"{was}{order.status}")
    for flag in order.review:
        if before is None or flag not in before.review:
            change = change.told("review", f"A person should look at this order: {flag}")
    return change
