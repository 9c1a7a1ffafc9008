"""Asks a gateway about one payment; what goes wrong is a value, so that no order stands still."""

from payment_orchestrator.domain.order import Order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage, GatewayRefusal, InvalidMessage
from payments_common.gateways.port import CallContext
from payments_common.schemas.observations import Observation
from payments_common.telemetry.logs import get_logger

Said = Observation | GatewayOutage | GatewayRefusal | InvalidMessage


async def ask_gateway(
    order: Order, payment_id: str, *, purpose: str, operation_id: str | None = None, tools: Toolbox
) -> Said:
    """An outage may be asked again; InvalidMessage says that this cannot be the id of a payment."""
    context = CallContext(order_id=order.order_id, operation_id=operation_id, purpose=purpose)
    try:
        return await tools.gateway(order.account).get_payment(payment_id, context=context)
    except (GatewayOutage, GatewayRefusal, InvalidMessage) as error:
        return error
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not freeze the order
        get_logger().exception("the gateway could not be asked", order_id=order.order_id)
        return GatewayOutage(f"unexpected {type(error).__name__}")


def retry_after_seconds(said: Said) -> float | None:
    return said.retry_after_seconds if isinstance(said, GatewayOutage) else None
