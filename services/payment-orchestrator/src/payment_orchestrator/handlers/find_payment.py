"""Finds the payment of an order whose session request was never answered."""

from payment_orchestrator.domain.change import Wake
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Order
from payment_orchestrator.handlers import ask_gateway
from payment_orchestrator.handlers.ask_gateway import Said
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.schemas.observations import Observation


async def find_payment(order: Order, *, tools: Toolbox) -> Said | None:
    """Joins what was found; None where there is nothing, or the gateway cannot be asked for it.

    An order whose session request was never answered may have a payment all the same.
    """
    found = await ask_gateway.find_payment(order, tools=tools)
    if isinstance(found, Observation) and found.order_reference == order.order_reference:
        await change_order(
            order.order_id, lambda change: observe(change, found), tools=tools, wake=Wake.LATER
        )
    return found
