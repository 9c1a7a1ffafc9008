"""Reads one payment back from its gateway and joins what it says (law 5)."""

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.reads import read_done, read_failed
from payment_orchestrator.handlers.change_order import change_order, order_by_id
from payment_orchestrator.handlers.house import House
from payments_common.errors import GatewayOutage, GatewayRefusal
from payments_common.gateways.port import CallContext
from payments_common.schemas.observations import Observation


async def read_payment(order_id: str, payment_id: str, *, house: House) -> None:
    """Serves everybody who wanted the read before it began; an outage leaves it due."""
    order = await order_by_id(order_id, house=house)
    read = order.read(payment_id)
    if read is None:
        return
    outcome = await _ask(order, payment_id, house=house)

    def apply(change: Change) -> Change:
        match outcome:
            case Observation():
                return read_done(_joined(change, outcome), payment_id, number=read.number)
            case GatewayRefusal(status=404):
                change = change.told(
                    "unknown_payment",
                    "The gateway knows no such payment; ignored",
                    payment_id=payment_id,
                )
                return read_done(change, payment_id, number=read.number)
            case GatewayOutage():
                return read_failed(
                    change,
                    payment_id,
                    why=str(outcome),
                    retry_after_seconds=outcome.retry_after_seconds,
                )
            case GatewayRefusal():
                return read_failed(change, payment_id, why=str(outcome))

    await change_order(order_id, apply, house=house, wake=Wake.LATER)


async def _ask(
    order: Order, payment_id: str, *, house: House
) -> Observation | GatewayOutage | GatewayRefusal:
    context = CallContext(order_id=order.order_id, purpose="read_back")
    try:
        return await house.gateway(order.account).get_payment(payment_id, context=context)
    except (GatewayOutage, GatewayRefusal) as error:
        return error


def _joined(change: Change, observation: Observation) -> Change:
    """A payment that is not ours yet must name this order: a hint alone moves no payment here."""
    order = change.order
    if order.payment(observation.payment_id) or (
        observation.order_reference == order.order_reference
    ):
        return observe(change, observation)
    return change.told(
        "not_ours",
        f"Payment {observation.payment_id} belongs to order {observation.order_reference!r}; "
        "ignored",
        payment_id=observation.payment_id,
        evidence=observation.evidence,
    )
