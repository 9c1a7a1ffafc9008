"""What a person decides where neither facts nor rules can: the last resort, under their name."""

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.operations import close
from payment_orchestrator.domain.order import (
    Accepted,
    Decline,
    Operation,
    OperationState,
    Order,
    Review,
)
from payment_orchestrator.domain.review import is_unresolved, open_subjects
from payment_orchestrator.domain.status import derive
from payments_common.errors import OperationRefused


def accept(change: Change, review: Review, *, by: str, reason: str) -> Change:
    """Lifts a review from the payments that it is about now; what joins later raises it again.

    Raises OperationRefused where it is not raised, or where only a decision ends it.
    """
    subjects = open_subjects(change.order, review)
    if not subjects:
        raised = ", ".join(change.order.review) or "none"
        raise OperationRefused(
            f"order {change.order.order_reference} has no open review {review}; open: {raised}",
            code="review_not_open",
        )
    if review is Review.OPERATION_UNRESOLVED:
        raise OperationRefused(
            f"{review} ends by a decision: send decide_operation for {', '.join(sorted(subjects))}",
            code="decision_needed",
        )
    accepted = Accepted(
        review=review,
        subjects=tuple(sorted(subjects)),
        accepted_by=by,
        reason=reason,
        at=change.now,
    )
    order = change.order.model_copy(update={"accepted": (*change.order.accepted, accepted)})
    return change.with_order(derive(order)).told(
        "review_accepted", f"{by} accepts {review}, because: {reason}", actor=by
    )


def decide(change: Change, operation_id: str, *, was_done: bool, by: str, reason: str) -> Change:
    """Closes an operation of which asking has told nothing, as a person says that it went.

    If it was done, its amount stays reserved until the gateway shows it. If it was not and shows
    all the same, that raises a review. Raises OperationRefused unless a decision is needed.
    """
    operation = undecided(change.order, operation_id)
    state = OperationState.SUCCEEDED if was_done else OperationState.DECLINED
    decline = None if was_done else Decline(code="decided_not_done", message=reason)
    decided = operation.model_copy(update={"decided_by": by, "decline": decline})
    verdict = "was done" if was_done else "was not done"
    told = change.told(
        "operation_decided",
        f"{by} decided that the {operation.kind} of {operation.amount} {verdict}: {reason}",
        actor=by,
        payment_id=operation.payment_id,
        operation_id=operation_id,
    )
    return close(told, decided, state)


def undecided(order: Order, operation_id: str) -> Operation:
    """The operation that waits for a decision; raises OperationRefused that says why none does."""
    operation = order.operation(operation_id)
    if operation is None:
        raise OperationRefused(
            f"order {order.order_reference} has no operation {operation_id}",
            code="unknown_operation",
        )
    if not operation.is_open:
        raise OperationRefused(
            f"operation {operation_id} is {operation.state} already; nothing is left to decide",
            code="operation_closed",
        )
    if not is_unresolved(operation):
        raise OperationRefused(
            f"operation {operation_id} is {operation.state} and the gateway is still being asked; "
            f"a person decides only after the review {Review.OPERATION_UNRESOLVED}",
            code="decision_not_needed",
        )
    return operation
