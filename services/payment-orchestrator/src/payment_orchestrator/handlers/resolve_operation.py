"""Asks the gateway what became of an operation; never sends it again without asking (law 3)."""

from datetime import datetime

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import answered, settle
from payment_orchestrator.domain.order import Operation, Order
from payment_orchestrator.domain.resolution import not_asked, resolve, unanswered
from payment_orchestrator.domain.work import ResolveOperation, steps
from payment_orchestrator.handlers.ask_gateway import (
    REFUSED_SECONDS,
    Said,
    ask_gateway,
    retry_after_seconds,
)
from payment_orchestrator.handlers.change_order import change_order, order_by_id
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import BreakerOpen
from payments_common.gateways.port import Capabilities
from payments_common.schemas.observations import Observation


async def resolve_operation(order_id: str, operation_id: str, *, tools: Toolbox) -> None:
    """Does nothing when it is not, or no longer, due."""
    order = await order_by_id(order_id, tools=tools)
    asked_at = tools.clock.now()
    operation = _due(order, operation_id, now=asked_at)
    if operation is None:
        return
    capabilities = tools.capabilities(order.account)
    said = await ask_gateway(
        order,
        operation.payment_id,
        purpose=f"resolve_{operation.kind}",
        operation_id=operation_id,
        tools=tools,
    )

    def apply(change: Change) -> Change:
        return _answered(change, operation, said, capabilities, asked_at=asked_at)

    await change_order(order_id, apply, tools=tools, wake=Wake.LATER)


def _due(order: Order, operation_id: str, *, now: datetime) -> Operation | None:
    # Another process may have sent it again since: what is on its way now must not count as over.
    due = (s for s in steps(order) if isinstance(s, ResolveOperation) and s.due_at <= now)
    return next((s.operation for s in due if s.operation.operation_id == operation_id), None)


def _answered(
    change: Change,
    asked_about: Operation,
    said: Said,
    capabilities: Capabilities,
    *,
    asked_at: datetime,
) -> Change:
    if isinstance(said, Observation):
        seen = observe(change, said, operation_id=asked_about.operation_id)
        current = seen.order.operation(asked_about.operation_id)
        if current is not None and current.attempt_count == asked_about.attempt_count:
            seen = answered(seen, current)
        return resolve(settle(seen), asked_about, capabilities, asked_at=asked_at)
    seconds = retry_after_seconds(said)
    if isinstance(said, BreakerOpen):
        return not_asked(change, asked_about, why=str(said), seconds=seconds or REFUSED_SECONDS)
    return unanswered(change, asked_about, why=str(said), retry_after_seconds=seconds)
