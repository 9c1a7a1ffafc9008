"""Sends an operation that has waited in line for its gateway to be well again."""

from payment_orchestrator.handlers.do_work import do_work
from payment_orchestrator.handlers.submit_operation import submit_operation
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.breakers.line import InLine


async def let_go(waiting: InLine, *, tools: Toolbox) -> None:
    """Does not wait for its time in the order: that is for the case that this process dies."""
    async with tools.turns.of(waiting.order_id):
        await submit_operation(waiting.order_id, waiting.operation_id, tools=tools)
    await do_work(waiting.order_id, timer_at=None, tools=tools)
