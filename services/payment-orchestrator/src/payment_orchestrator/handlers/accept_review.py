"""Somebody has looked at what an order was flagged for: it goes on without them."""

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.decisions import accept
from payment_orchestrator.domain.order import Order, Review
from payment_orchestrator.handlers.answer_once import answer_once
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import OperationRefused
from payments_common.schemas.commands import AcceptReview
from payments_common.schemas.replies import Answer, Outcome


async def accept_review(
    command: AcceptReview, received: Received, order: Order, *, tools: Toolbox
) -> None:
    """Raises OperationRefused for a review that is not open."""
    review = _review(command.review)

    def apply(change: Change) -> Change:
        actor = command.requested_by.user_id
        return accept(change, review, by=actor, reason=command.reason)

    await answer_once(order, received, apply, _accepted, tools=tools)


def _review(name: str) -> Review:
    try:
        return Review(name)
    except ValueError:
        known = ", ".join(Review)
        raise OperationRefused(
            f"there is no review {name!r}; known are: {known}", code="unknown_review"
        ) from None


def _accepted(order: Order, command_id: str) -> Answer:
    return Answer(
        command_id=command_id,
        outcome=Outcome.SUCCEEDED,
        order_reference=order.order_reference,
        order_id=order.order_id,
        status=order.status,
        details={"review": list(order.review)},
    )
