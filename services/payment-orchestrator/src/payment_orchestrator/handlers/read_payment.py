"""Reads one payment back from its gateway and joins what it says (law 5)."""

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.observe import observe_ours
from payment_orchestrator.domain.order import ReadBack
from payment_orchestrator.domain.reads import read_done, read_failed, read_postponed
from payment_orchestrator.handlers.ask_gateway import (
    REFUSED_SECONDS,
    Said,
    ask_gateway,
    retry_after_seconds,
)
from payment_orchestrator.handlers.change_order import change_order, order_by_id
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import BreakerOpen, GatewayRefusal, InvalidMessage
from payments_common.schemas.observations import Observation

MOST_PENDING_ANSWERS = 4


async def read_payment(order_id: str, payment_id: str, *, tools: Toolbox) -> None:
    """Serves everybody who wanted the read before it began; an outage leaves it due."""
    order = await order_by_id(order_id, tools=tools)
    read = order.read(payment_id)
    if read is None:
        return
    said = await ask_gateway(order, payment_id, purpose="read_back", tools=tools)
    await change_order(
        order_id, lambda change: _answered(change, read, said), tools=tools, wake=Wake.LATER
    )


def _answered(change: Change, read: ReadBack, said: Said) -> Change:
    is_ours = change.order.payment(read.payment_id) is not None
    match said:
        case Observation():
            change = observe_ours(change, said, because_of_webhook=read.expects_news)
            if read.expects_news and _is_pending(said) and read.failures < MOST_PENDING_ANSWERS:
                why = f"it still says {said.gateway_status} although a webhook says more"
                return read_failed(change, read.payment_id, why=why)
        case GatewayRefusal(status=404) | InvalidMessage() if not is_ours:
            change = change.told(
                "unknown_payment",
                "The gateway knows no such payment; ignored",
                payment_id=read.payment_id,
            )
        case BreakerOpen():
            seconds = retry_after_seconds(said) or REFUSED_SECONDS
            return read_postponed(change, read.payment_id, why=str(said), seconds=seconds)
        case _:
            wait = retry_after_seconds(said)
            return read_failed(change, read.payment_id, why=str(said), retry_after_seconds=wait)
    return read_done(change, read.payment_id, number=read.number)


def _is_pending(said: Observation) -> bool:
    """No gateway sends a webhook for a payment to which nothing has happened."""
    facts = said.facts
    is_over = facts.failed or facts.expired or facts.closed
    return not (facts.approved or facts.authorized_minor or facts.failure_reasons or is_over)
