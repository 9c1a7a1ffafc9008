"""A command's effect and its answer in one write: the same command again hears the same answer."""

from collections.abc import Callable

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import Operation, Order
from payment_orchestrator.domain.sessions import remember
from payment_orchestrator.domain.status import derive
from payment_orchestrator.handlers.change_order import change_order, keep_answer
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import IdempotencyConflict
from payments_common.schemas.replies import Answer


async def answer_once(
    order: Order,
    received: Received,
    apply: Callable[[Change], Change],
    answer: Callable[[Order, str], Answer],
    *,
    tools: Toolbox,
) -> None:
    """Raises what `apply` raises; then nothing is stored."""

    def once(change: Change) -> Change:
        before = again(change, received)
        if before is not None:
            return before
        done = apply(change)
        given = answer(derive(done.order), received.command_id)
        return remember(done, given).answered(given, received.reply_to)

    changed = await change_order(order.order_id, once, tools=tools)
    await keep_answer(changed, received.command_id, tools=tools)


def again(change: Change, received: Received) -> Change | None:
    """The command came before: its answer again, or one more who waits for it; None if it is new.

    Raises IdempotencyConflict for other content under the same id.
    """
    operation = change.order.operation(received.command_id)
    if operation is not None:
        return _again(change, operation, received)
    answer = change.order.answer_to(received.command_id)
    return None if answer is None else change.answered(answer, received.reply_to)


def _again(change: Change, operation: Operation, received: Received) -> Change:
    if operation.digest != received.digest:
        raise IdempotencyConflict(
            f"command id {received.command_id} was used for another {operation.kind}; "
            "use a fresh id for another command"
        )
    if operation.answer is not None:
        return change.answered(operation.answer, received.reply_to)
    waiting = tuple(dict.fromkeys((*operation.reply_to, *received.reply_to)))[-4:]
    return change.with_operation(operation.model_copy(update={"reply_to": waiting}))
