"""Sends one operation to its gateway: committed before, closed or typed as unknown after."""

import asyncio

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import (
    answered,
    not_sent,
    outcome_unknown,
    postponed,
    said_no,
    settle,
    submit,
)
from payment_orchestrator.domain.order import Operation, OperationKind, OperationState, Order
from payment_orchestrator.domain.resolution import overtaken
from payment_orchestrator.domain.work import SubmitOperation, steps
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import (
    GatewayOutage,
    GatewayRefusal,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
)
from payments_common.gateways.port import AuthorizesByCall, CallContext, Declined, MoneyMove
from payments_common.schemas.observations import Observation

BEFORE_LEASE_ENDS_SECONDS = 2.0

Result = Observation | Declined | GatewayOutage | GatewayRefusal


async def submit_operation(order_id: str, operation_id: str, *, tools: Toolbox) -> None:
    """Does nothing when another process has taken the operation."""
    submitted = await _take(order_id, operation_id, tools=tools)
    if submitted is None:
        return
    order, operation = submitted
    result = await call_gateway(order, operation, tools=tools)

    def apply(change: Change) -> Change:
        seen = result.observation if isinstance(result, Declined) else result
        current = change.order.operation(operation_id)
        if isinstance(seen, Observation):
            change = observe(change, seen, operation_id=operation_id)
            if current is not None and _is_same_attempt(current, operation):
                change = answered(change, current)
            change = settle(change)
        current = change.order.operation(operation_id)
        if current is None or not _is_same_attempt(current, operation):
            return change
        return _ended(change, current, result)

    await change_order(order_id, apply, tools=tools, wake=Wake.LATER)


async def _take(
    order_id: str, operation_id: str, *, tools: Toolbox
) -> tuple[Order, Operation] | None:
    """Marks the operation as submitted, if it is still its turn; the write decides who does.

    None also where nothing is left to move: then it is closed without a call; and where the
    gateway's breaker lets nothing go: then it waits, and no attempt was made.
    """
    taken: list[bool] = []

    def apply(change: Change) -> Change:
        taken.clear()
        turns = (s.operation for s in steps(change.order) if isinstance(s, SubmitOperation))
        current = next((o for o in turns if o.operation_id == operation_id), None)
        if current is None:
            return change
        over = overtaken(change, current)
        if over is not None:
            return over
        wait = tools.breakers.money_turn(
            change.order.account, order_id, operation_id, waits_since=current.waits_since
        )
        if wait is not None:
            return postponed(change, current, why=wait.reason, seconds=wait.seconds)
        taken.append(True)
        return submit(change, current, lease=tools.lease)

    order = await change_order(order_id, apply, tools=tools, wake=Wake.NOTHING)
    operation = order.operation(operation_id)
    return (order, operation) if taken and operation is not None else None


async def call_gateway(order: Order, operation: Operation, *, tools: Toolbox) -> Result:
    """Whatever happens after sending and is not an answer is an unknown outcome.

    The lease began with the commit: what that took is no longer there for the call.
    """
    left = tools.lease.total_seconds()
    if operation.lease_until is not None:
        left = (operation.lease_until - tools.clock.now()).total_seconds()
    if left <= BEFORE_LEASE_ENDS_SECONDS:
        return NotSent("the lease was over before it could be sent")
    try:
        async with asyncio.timeout(left - BEFORE_LEASE_ENDS_SECONDS):
            return await _send(order, operation, tools=tools)
    except (GatewayOutage, GatewayRefusal) as error:
        return error
    except TimeoutError:
        return OutcomeUnknown("no answer within the lease")
    except Exception as error:  # noqa: BLE001 - the request may have left: never a failure
        return OutcomeUnknown(f"unexpected {type(error).__name__}")


async def _send(order: Order, operation: Operation, *, tools: Toolbox) -> Observation | Declined:
    gateway = tools.gateway(order.account)
    context = CallContext(
        order_id=order.order_id,
        operation_id=operation.operation_id,
        purpose=operation.kind,
    )
    move = MoneyMove(
        payment_id=operation.payment_id,
        amount=operation.amount,
        reference=operation.reference,
        reason=operation.reason or "",
        shipment=operation.shipment,
    )
    match operation.kind:
        case OperationKind.AUTHORIZE:
            if not isinstance(gateway, AuthorizesByCall):
                raise Misconfigured(f"the gateway of {order.account} has no call to authorize")
            return await gateway.authorize(move, context=context)
        case OperationKind.CAPTURE:
            return await gateway.capture(move, context=context)
        case OperationKind.REFUND:
            return await gateway.refund(move, context=context)
        case OperationKind.VOID:
            return await gateway.void(move, context=context)


def _is_same_attempt(current: Operation, mine: Operation) -> bool:
    return current.state is OperationState.SUBMITTED and current.attempt_count == mine.attempt_count


def _ended(change: Change, operation: Operation, result: Result) -> Change:
    match result:
        case Observation():
            return outcome_unknown(change, operation, why="the answer does not show its effect")
        case Declined():
            return said_no(change, operation, code=result.code, message=result.message)
        case GatewayRefusal():
            return said_no(change, operation, code=result.code, message=str(result))
        case NotSent():
            wait = result.retry_after_seconds
            return not_sent(change, operation, why=str(result), retry_after_seconds=wait)
        case GatewayOutage():
            return outcome_unknown(change, operation, why=str(result))
