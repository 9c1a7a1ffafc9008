"""Asks a gateway about one payment; what goes wrong is a value, so that no order stands still."""

from collections.abc import Awaitable
from typing import TypeVar

from payment_orchestrator.domain.order import Order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage, GatewayRefusal, InvalidMessage
from payments_common.gateways.port import CallContext, FindsPayments
from payments_common.schemas.observations import Observation
from payments_common.telemetry.logs import get_logger

REFUSED_SECONDS = 5.0
"""When to ask again where a breaker that refused has not said."""

Told = TypeVar("Told")
Trouble = GatewayOutage | GatewayRefusal | InvalidMessage
Said = Observation | Trouble


async def ask_gateway(
    order: Order, payment_id: str, *, purpose: str, operation_id: str | None = None, tools: Toolbox
) -> Said:
    """An outage may be asked again; InvalidMessage says that this cannot be the id of a payment."""
    context = CallContext(order_id=order.order_id, operation_id=operation_id, purpose=purpose)
    gateway = tools.gateway(order.account)
    return await _asked(gateway.get_payment(payment_id, context=context), order)


async def find_payment(order: Order, *, tools: Toolbox) -> Said | None:
    """None where the gateway knows no payment of the order, or cannot be asked for it."""
    gateway = tools.gateway(order.account)
    if not isinstance(gateway, FindsPayments):
        return None
    context = CallContext(order_id=order.order_id, purpose="find_payment")
    return await _asked(gateway.find_payment(order.order_reference, context=context), order)


async def _asked(asking: Awaitable[Told], order: Order) -> Told | Trouble:
    try:
        return await asking
    except (GatewayOutage, GatewayRefusal, InvalidMessage) as error:
        return error
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not freeze the order
        get_logger().exception("the gateway could not be asked", order_id=order.order_id)
        return GatewayOutage(f"unexpected {type(error).__name__}")


def retry_after_seconds(said: Said) -> float | None:
    return said.retry_after_seconds if isinstance(said, GatewayOutage) else None
