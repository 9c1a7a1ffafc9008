"""Makes an order, or another attempt to pay it, and asks the gateway for a checkout session."""

from payment_orchestrator.domain.change import Change, begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import Order, new_order
from payment_orchestrator.domain.sessions import (
    check_attempt,
    check_supported,
    session_made,
)
from payment_orchestrator.handlers.answer_once import again
from payment_orchestrator.handlers.change_order import change_order, find_order, keep_answer
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage, GatewayRefusal, LostRace, OperationRefused
from payments_common.gateways.port import CallContext, Declined, Gateway, SessionCreated
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.replies import Answer, Outcome

RETRY_AFTER_SECONDS = 10.0


async def create_session(
    command: CreateSession, received: Received, *, tools: Toolbox
) -> Answer | None:
    """The order is stored before the gateway is called, so no webhook can come before it.

    A second session for one command harms nobody: the customer is sent to one of them only.
    """
    gateway = tools.gateway(command.account)
    check_supported(command, gateway.capabilities)
    order = await _stored(command, received, tools=tools)
    known = order.answer_to(received.command_id)
    if known is not None:
        return known
    check_attempt(order, command)
    try:
        made = await _ask(gateway, command, order)
    except GatewayOutage as outage:
        return _unavailable(outage, order, received)
    except GatewayRefusal as refusal:
        raise OperationRefused(
            f"the gateway refused the session request: {refusal}", code=f"gateway_{refusal.code}"
        ) from refusal

    def apply(change: Change) -> Change:
        before = again(change, received)
        if before is not None:
            return before
        # The customer may have paid an earlier session while the gateway made this one.
        check_attempt(change.order, command)
        change = change.with_order(change.order.model_copy(update={"session": command}))
        return session_made(
            change, made, command_id=received.command_id, reply_to=received.reply_to
        )

    changed = await change_order(order.order_id, apply, tools=tools)
    await keep_answer(changed, received.command_id, tools=tools)
    return None


async def _stored(command: CreateSession, received: Received, *, tools: Toolbox) -> Order:
    existing = await tools.orders.find_by_reference(command.order_reference)
    if existing is not None:
        return existing
    now = tools.clock.now()
    order = new_order(command, order_id=tools.new_id(), now=now)
    actor = command.requested_by.user_id
    change = begin_new(order, now=now, new_id=tools.new_id).told(
        "created",
        f"{actor} asked for a checkout session of {order.total_amount} at {order.account}, "
        f"capture {order.capture_mode}",
        actor=actor,
        operation_id=received.command_id,
    )
    done = finish(change, tools.capabilities(command.account))
    try:
        await tools.orders.insert(done)
    except LostRace:
        return await find_order(command.order_reference, tools=tools)
    return done.order


async def _ask(gateway: Gateway, command: CreateSession, order: Order) -> SessionCreated | Declined:
    context = CallContext(order_id=order.order_id, purpose="create_session")
    return await gateway.create_session(command, context=context)


def _unavailable(outage: GatewayOutage, order: Order, received: Received) -> Answer:
    """Not kept as the command's answer: the same command may be sent again."""
    return Answer(
        command_id=received.command_id,
        outcome=Outcome.UNAVAILABLE,
        order_reference=order.order_reference,
        order_id=order.order_id,
        retry_after_seconds=outage.retry_after_seconds or RETRY_AFTER_SECONDS,
        code="gateway_unavailable",
        message=f"{order.account} is temporarily unavailable; send the same command again later",
    )
