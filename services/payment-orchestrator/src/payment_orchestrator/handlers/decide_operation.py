"""A person says what became of an operation, after the gateway was asked once more."""

from datetime import timedelta

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.decisions import decide, undecided
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import settle
from payment_orchestrator.domain.order import Operation, OperationState, Order
from payment_orchestrator.domain.resolution import shows_by
from payment_orchestrator.handlers.answer_once import answer_once
from payment_orchestrator.handlers.ask_gateway import ask_gateway, retry_after_seconds
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.create_session import RETRY_AFTER_SECONDS
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import LostRace
from payments_common.schemas.commands import DecideOperation
from payments_common.schemas.observations import Observation
from payments_common.schemas.replies import Answer, Outcome


async def decide_operation(
    command: DecideOperation, received: Received, order: Order, *, tools: Toolbox
) -> Answer | None:
    """What the gateway says wins: an effect that it shows now closes the operation by itself.

    Raises OperationRefused unless a decision is needed.
    """
    earlier = order.answer_to(received.command_id)
    if earlier is not None:
        # It is decided: whoever sends it again must not hear that nothing is left to decide.
        return await tools.commands.answer(received.command_id, earlier)
    operation = undecided(order, command.operation_id)
    early = shows_by(operation, tools.capabilities(order.account)) - tools.clock.now()
    if early > timedelta(0):
        why = "what was sent last may still have its effect without showing it"
        return _unavailable(order, received, why=why, retry_after_seconds=early.total_seconds())
    said = await ask_gateway(
        order,
        operation.payment_id,
        purpose=f"decide_{operation.kind}",
        operation_id=operation.operation_id,
        tools=tools,
    )
    if not isinstance(said, Observation):
        wait = retry_after_seconds(said) or RETRY_AFTER_SECONDS
        return _unavailable(order, received, why=str(said), retry_after_seconds=wait)

    def apply(change: Change) -> Change:
        if undecided(change.order, command.operation_id).attempts != operation.attempts:
            raise LostRace(f"operation {command.operation_id} was sent again meanwhile")
        seen = settle(observe(change, said, operation_id=command.operation_id))
        if not _named(seen.order, command.operation_id).is_open:
            return seen
        return decide(
            seen,
            command.operation_id,
            was_done=command.was_done,
            by=command.requested_by.user_id,
            reason=command.reason,
        )

    def answer(order: Order, command_id: str) -> Answer:
        return _decided(order, _named(order, command.operation_id), command_id)

    await answer_once(order, received, apply, answer, tools=tools)
    return None


def _named(order: Order, operation_id: str) -> Operation:
    operation = order.operation(operation_id)
    if operation is None:
        raise AssertionError("an order never loses an operation")
    return operation


def _decided(order: Order, operation: Operation, command_id: str) -> Answer:
    is_done = operation.state is OperationState.SUCCEEDED
    by_whom = operation.decided_by or "the gateway, which shows it now"
    return Answer(
        command_id=command_id,
        outcome=Outcome.SUCCEEDED,
        order_reference=order.order_reference,
        order_id=order.order_id,
        status=order.status,
        payment_id=operation.payment_id,
        amount=operation.amount,
        gateway_reference=operation.effect_id,
        details={"was_done": is_done, "decided_by": by_whom},
    )


def _unavailable(
    order: Order, received: Received, *, why: str, retry_after_seconds: float
) -> Answer:
    return Answer(
        command_id=received.command_id,
        outcome=Outcome.UNAVAILABLE,
        order_reference=order.order_reference,
        order_id=order.order_id,
        retry_after_seconds=retry_after_seconds,
        code="gateway_unavailable",
        message=f"nothing is decided before the gateway could tell: {why}",
    )
