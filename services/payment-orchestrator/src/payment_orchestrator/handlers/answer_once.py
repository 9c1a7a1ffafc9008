"""A command's effect and its answer in one write: the same command again hears the same answer."""

from collections.abc import Callable

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.sessions import remember
from payment_orchestrator.handlers.change_order import change_order, keep_answer
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
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
        earlier = change.order.answer_to(received.command_id)
        if earlier is not None:
            return change.answered(earlier, received.reply_to)
        done = apply(change)
        given = answer(done.order, received.command_id)
        return remember(done, given).answered(given, received.reply_to)

    changed = await change_order(order.order_id, once, tools=tools)
    await keep_answer(changed, received.command_id, tools=tools)
