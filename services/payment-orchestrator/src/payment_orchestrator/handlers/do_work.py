"""Does what is due on an order until nothing is, one step and one commit at a time."""

from datetime import datetime

from payment_orchestrator.domain.change import Wake, fired
from payment_orchestrator.domain.work import (
    ReadPayment,
    ResolveOperation,
    Step,
    SubmitOperation,
    steps,
)
from payment_orchestrator.handlers.change_order import change_order, order_by_id
from payment_orchestrator.handlers.read_payment import read_payment
from payment_orchestrator.handlers.resolve_operation import resolve_operation
from payment_orchestrator.handlers.submit_operation import submit_operation
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import TryLater, UnknownAccount
from payments_common.schemas.envelope import Envelope, parse
from payments_common.schemas.work import OrderWorkDue

MOST_STEPS = 100


async def receive_work_due(envelope: Envelope, *, tools: Toolbox) -> None:
    """A message that waits already will see what this one announces: one of them is enough.

    It is not acknowledged before it has, so a process that dies takes nothing with it; and an order
    with much to do keeps no places that other orders need.
    """
    due = parse(OrderWorkDue, envelope.data, envelope.type)
    if tools.turns.are_awaited(due.order_id):
        return
    try:
        await do_work(due.order_id, timer_at=due.timer_at, tools=tools)
    except UnknownAccount as error:
        # The accounts file will be put right; the order's work must still be due then.
        raise TryLater(str(error)) from error


async def do_work(order_id: str, *, timer_at: datetime | None, tools: Toolbox) -> None:
    """Whatever is left for later has its timer armed when this returns.

    Raises TryLater when the order never comes to rest.
    """
    async with tools.turns.of(order_id):
        for _ in range(MOST_STEPS):
            step = await _next(order_id, tools=tools)
            if step is None:
                await change_order(
                    order_id, lambda change: fired(change, timer_at), tools=tools, wake=Wake.NOW
                )
                return
            await _do(order_id, step, tools=tools)
    raise TryLater(f"order {order_id} still has work due after {MOST_STEPS} steps")


async def _next(order_id: str, *, tools: Toolbox) -> Step | None:
    order = await order_by_id(order_id, tools=tools)
    now = tools.clock.now()
    return next((step for step in steps(order) if step.due_at <= now), None)


async def _do(order_id: str, step: Step, *, tools: Toolbox) -> None:
    match step:
        case ReadPayment():
            await read_payment(order_id, step.payment_id, tools=tools)
        case SubmitOperation():
            await submit_operation(order_id, step.operation.operation_id, tools=tools)
        case ResolveOperation():
            await resolve_operation(order_id, step.operation.operation_id, tools=tools)
