"""Asks the gateway what became of an operation; never sends it again without asking (law 3)."""

from datetime import timedelta

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import ask_failed, backoff, resolve, settle
from payment_orchestrator.domain.order import Operation
from payment_orchestrator.handlers.change_order import change_order, order_by_id
from payment_orchestrator.handlers.house import House
from payments_common.errors import GatewayOutage, GatewayRefusal
from payments_common.gateways.port import CallContext


async def resolve_operation(order_id: str, operation_id: str, *, house: House) -> None:
    order = await order_by_id(order_id, house=house)
    operation = order.operation(operation_id)
    if operation is None or not operation.is_open:
        return
    gateway = house.gateway(order.account)
    context = CallContext(
        order_id=order_id, operation_id=operation_id, purpose=f"resolve_{operation.kind}"
    )
    asked_at = house.clock.now()
    try:
        observation = await gateway.get_payment(operation.payment_id, context=context)
    except (GatewayOutage, GatewayRefusal) as error:
        await _could_not_ask(order_id, operation, error, house=house)
        return

    def apply(change: Change) -> Change:
        change = settle(observe(change, observation, operation_id=operation_id))
        return resolve(change, operation, gateway.capabilities, asked_at=asked_at)

    await change_order(order_id, apply, house=house, wake=Wake.LATER)


async def _could_not_ask(
    order_id: str, operation: Operation, error: GatewayOutage | GatewayRefusal, *, house: House
) -> None:
    retry_after = getattr(error, "retry_after_seconds", None) or 0.0
    wait = max(backoff(operation.asked_count + 1), timedelta(seconds=retry_after))

    def apply(change: Change) -> Change:
        current = change.order.operation(operation.operation_id)
        if current is None or not current.is_open:
            return change
        return ask_failed(change, current, why=str(error), wait=wait)

    await change_order(order_id, apply, house=house, wake=Wake.LATER)
