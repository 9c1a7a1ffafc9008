"""Asks the gateway what it knows of an order, now, and answers with the state after it."""

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.operations import ask_now
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.reads import want_read
from payment_orchestrator.handlers.change_order import change_order, find_order
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.do_work import do_work
from payment_orchestrator.handlers.find_payment import find_payment
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage
from payments_common.schemas.commands import RecheckPayment
from payments_common.schemas.replies import Answer, Outcome


async def recheck_payment(
    command: RecheckPayment, received: Received, order: Order, *, tools: Toolbox
) -> Answer:
    """When the gateway cannot answer now, the reads stay due and the answer says so."""
    known = [p.payment_id for p in order.payments]
    payment_ids = [command.payment_id] if command.payment_id else known
    actor = command.requested_by.user_id

    def apply(change: Change) -> Change:
        change = change.told("recheck", f"{actor} asked to check with the gateway", actor=actor)
        for payment_id in payment_ids:
            change = ask_now(want_read(change, payment_id, at_once=True), payment_id)
        return change

    await change_order(order.order_id, apply, tools=tools, wake=Wake.LATER)
    found = None if payment_ids else await find_payment(order, tools=tools)
    await do_work(order.order_id, timer_at=None, tools=tools)
    checked = await find_order(command.order_reference, tools=tools)
    read_later = any(checked.read(payment_id) is not None for payment_id in payment_ids)
    waiting = read_later or isinstance(found, GatewayOutage)
    return Answer(
        command_id=received.command_id,
        outcome=Outcome.UNAVAILABLE if waiting else Outcome.SUCCEEDED,
        order_reference=checked.order_reference,
        order_id=checked.order_id,
        status=checked.status,
        code="gateway_unavailable" if waiting else None,
        message=_advice(asked_again=read_later) if waiting else None,
    )


def _advice(*, asked_again: bool) -> str:
    if asked_again:
        return "the gateway did not answer; it will be asked again"
    return "the gateway did not answer; send the same command again later"
