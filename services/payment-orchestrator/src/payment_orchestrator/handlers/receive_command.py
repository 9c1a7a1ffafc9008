"""Carries out a command once: the same id and content again gets the same answer again."""

from payment_orchestrator.domain.change import reply
from payment_orchestrator.domain.order import Order, ReplyAddress
from payment_orchestrator.handlers.accept_review import accept_review
from payment_orchestrator.handlers.answer_once import answer_once
from payment_orchestrator.handlers.command import Received, read_command, reply_addresses
from payment_orchestrator.handlers.create_session import create_session
from payment_orchestrator.handlers.decide_operation import decide_operation
from payment_orchestrator.handlers.move_money import move_money
from payment_orchestrator.handlers.recheck_payment import recheck_payment
from payment_orchestrator.handlers.register_webhook import register_webhook
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import (
    IdempotencyConflict,
    InvalidMessage,
    Refusal,
    TryLater,
    UnknownAccount,
    UnknownOrder,
    Unroutable,
)
from payments_common.messaging.port import Delivery, Outgoing
from payments_common.schemas.commands import (
    AcceptReview,
    AnyCommand,
    CapturePayment,
    CreateSession,
    DecideOperation,
    RecheckPayment,
    RefundPayment,
    RegisterWebhook,
    VoidPayment,
)
from payments_common.schemas.envelope import Envelope
from payments_common.schemas.replies import Answer, Outcome
from payments_common.telemetry.logs import get_logger


async def receive_command(envelope: Envelope, delivery: Delivery, *, tools: Toolbox) -> None:
    """Raises InvalidMessage for what cannot be read; `tell_sender` says so to who sent it."""
    received = read_command(envelope, delivery, now=tools.clock.now())
    answer = await _answer(received, tools=tools)
    if answer is not None:
        await send(answer, received.reply_to, tools=tools)


async def tell_sender(
    delivery: Delivery, error: InvalidMessage, *, command_id: str | None = None, tools: Toolbox
) -> None:
    """The sender of an unreadable command is answered under its own correlation id."""
    command_id = command_id or delivery.correlation_id or "unknown"
    addresses = reply_addresses(delivery, command_id=command_id)
    await send(refused(error, command_id=command_id), addresses, tools=tools)


async def _answer(received: Received, *, tools: Toolbox) -> Answer | None:
    """None when the order's own outbox answers.

    The order is looked up before the command is claimed, and what is found then is what counts:
    one that is made meanwhile does not make one delivery refuse and another carry out.
    """
    try:
        order = await _order_of(received.command, tools=tools)
        known = await tools.commands.claim(
            received.command_id,
            digest=received.digest,
            received_at=received.received_at,
            order_id=order.order_id if order else None,
        )
        return known or await _carry_out(received, received.command, order, tools=tools)
    except IdempotencyConflict as error:
        return refused(error, command_id=received.command_id)
    except Refusal as error:
        return await _refuse(received, error, tools=tools)


async def _order_of(command: AnyCommand, *, tools: Toolbox) -> Order | None:
    if isinstance(command, RegisterWebhook):
        return None
    return await tools.orders.find_by_reference(command.order_reference)


async def _carry_out(
    received: Received, command: AnyCommand, order: Order | None, *, tools: Toolbox
) -> Answer | None:
    match command:
        case CreateSession():
            return await create_session(command, received, tools=tools)
        case RegisterWebhook():
            return await register_webhook(command, received, tools=tools)
        case _ if order is None:
            raise UnknownOrder(
                f"there is no order {command.order_reference!r}; create_session makes one"
            )
        case CapturePayment() | RefundPayment() | VoidPayment():
            await move_money(command, received, order, tools=tools)
            return None
        case RecheckPayment():
            return await recheck_payment(command, received, order, tools=tools)
        case AcceptReview():
            await accept_review(command, received, order, tools=tools)
            return None
        case DecideOperation():
            return await decide_operation(command, received, order, tools=tools)


async def _refuse(received: Received, error: Refusal, *, tools: Toolbox) -> Answer | None:
    """Where there is an order, it remembers, so that the same command cannot do otherwise later."""
    reference = getattr(received.command, "order_reference", None)
    answer = refused(error, command_id=received.command_id, order_reference=reference)
    order = await _order_of(received.command, tools=tools)
    if isinstance(error, UnknownAccount):
        return await tools.commands.answer(received.command_id, answer)
    if order is None:
        kept = await tools.commands.refuse(received.command_id, answer)
        if kept is None:
            raise TryLater(f"the order of command {received.command_id} decides its answer")
        return kept
    await answer_once(
        order, received, lambda change: change, lambda _order, _id: answer, tools=tools
    )
    return None


def refused(error: Refusal, *, command_id: str, order_reference: str | None = None) -> Answer:
    return Answer(
        command_id=command_id,
        outcome=Outcome.REFUSED,
        order_reference=order_reference,
        code=error.code,
        message=str(error),
    )


async def send(answer: Answer, addresses: tuple[ReplyAddress, ...], *, tools: Toolbox) -> None:
    """Publishes an answer that no order's outbox holds; a sender that has left is no error."""
    for address in addresses:
        message = reply(answer, address, now=tools.clock.now(), id_=tools.new_id())
        try:
            await tools.publisher.publish(
                Outgoing(
                    exchange=message.exchange,
                    routing_key=message.routing_key,
                    envelopes=[message.envelope],
                    correlation_id=message.correlation_id,
                )
            )
        except Unroutable:
            get_logger().info("reply_has_no_reader", command_id=answer.command_id)
