"""What somebody does about an order that waits, in one line that can be copied."""

import shlex
from datetime import datetime
from typing import assert_never

from payment_orchestrator.domain.order import Operation, OperationState, Order, Review
from payment_orchestrator.domain.work import first_open

SIGNED = "--by NAME --reason WHY"


def after_review(order: Order, review: Review, about: tuple[str, ...]) -> str:
    """Of what the review is about; docs/gateway-operator.md says more of each."""
    named = ", ".join(about)
    lift = f"payments orders accept {shlex.quote(order.order_reference)} {review} {SIGNED}"
    match review:
        case Review.AMOUNT_MISMATCH:
            step = f"compare {named} with the gateway's dashboard, refund it there if it is wrong"
        case Review.PAID_LATE:
            step = f"void or refund {named}, or deliver"
        case Review.PAID_TWICE:
            step = f"void or refund one of {named}, or keep both"
        case Review.OVER_REFUNDED:
            step = f"find out in the gateway's dashboard who refunded {named}"
        case Review.AUTHORIZE_DECLINED | Review.CAPTURE_DECLINED:
            step = f"read why: payments orders show {shlex.quote(order.order_reference)}"
        case Review.DECLINED_BUT_DONE:
            step = f"tell who was told no of {named}"
        case Review.OPERATION_UNRESOLVED:
            return "; ".join(_decision_on(order, operation_id) for operation_id in about)
        case Review.UNSETTLED:
            step = f"ask the gateway what became of {named}"
        case _:
            assert_never(review)
    return f"{step}; then {lift}"


def _decision_on(order: Order, operation_id: str) -> str:
    which = shlex.join((order.order_reference, operation_id))
    return f"payments orders decide {which} --done|--not-done {SIGNED}"


def while_open(order: Order, operation: Operation, *, now: datetime) -> str:
    """Who or what it waits for."""
    first = first_open(order, operation.payment_id)
    if first is not None and first != operation:
        return f"{_name(operation)} waits for {first.operation_id}, which is {first.state}"
    when = operation.not_before or operation.lease_until
    soon = f"at {when:%H:%M:%S} UTC" if when is not None and when > now else "now"
    if operation.state is OperationState.REQUESTED:
        return f"{_name(operation)} is sent {soon}; if it is not, look at the orchestrator's log"
    return (
        f"{_name(operation)} has no answer yet: the gateway, asked {operation.asked_count} times, "
        f"is asked {soon}; payments orders show {shlex.quote(order.order_reference)}"
    )


def _name(operation: Operation) -> str:
    return f"{operation.kind} {operation.operation_id} of {operation.amount}"
