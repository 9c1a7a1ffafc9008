"""Records a capture, refund or void on its order; carrying it out is the order's due work."""

from payment_orchestrator.domain.change import Asked, Change
from payment_orchestrator.domain.order import OperationKind, Order
from payment_orchestrator.domain.requests import OperationRequest, request
from payment_orchestrator.domain.sessions import remember
from payment_orchestrator.handlers.answer_once import again
from payment_orchestrator.handlers.change_order import change_order, keep_answer
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import OperationRefused
from payments_common.schemas.commands import CapturePayment, RefundPayment, VoidPayment
from payments_common.schemas.replies import Answer, Outcome

MoneyCommand = CapturePayment | RefundPayment | VoidPayment


async def move_money(
    command: MoneyCommand, received: Received, order: Order, *, tools: Toolbox
) -> None:
    """The answer is sent when the operation is closed, or at once when it is refused."""
    capabilities = tools.capabilities(order.account)
    asked = _request(command, received)

    def apply(change: Change) -> Change:
        before = again(change, received)
        if before is not None:
            return before
        try:
            return request(change, asked, capabilities)
        except OperationRefused as error:
            return _refused(change, asked, error)

    changed = await change_order(order.order_id, apply, tools=tools)
    await keep_answer(changed, received.command_id, tools=tools)


def _request(command: MoneyCommand, received: Received) -> OperationRequest:
    match command:
        case CapturePayment():
            kind = OperationKind.CAPTURE
        case RefundPayment():
            kind = OperationKind.REFUND
        case VoidPayment():
            kind = OperationKind.VOID
    return OperationRequest(
        operation_id=received.command_id,
        kind=kind,
        digest=received.digest,
        requested_by=command.requested_by.user_id,
        amount=command.amount,
        payment_id=command.payment_id,
        sender=received.sender,
        caller_reference=command.reference,
        reason=command.reason,
        shipment=command.shipment if isinstance(command, CapturePayment) else None,
        reply_to=received.reply_to,
    )


def _refused(change: Change, asked: OperationRequest, error: OperationRefused) -> Change:
    order = change.order
    answer = Answer(
        command_id=asked.operation_id,
        outcome=Outcome.REFUSED,
        order_reference=order.order_reference,
        order_id=order.order_id,
        status=order.status,
        payment_id=asked.payment_id,
        amount=asked.amount,
        code=error.code,
        message=str(error),
    )
    change = change.told(
        "refused",
        f"{asked.requested_by} asked to {asked.kind}; refused: {error}",
        actor=asked.requested_by,
        payment_id=asked.payment_id,
        operation_id=asked.operation_id,
        asked=Asked(
            kind=asked.kind,
            amount=asked.amount,
            sender=asked.sender,
            caller_reference=asked.caller_reference,
            code=error.code,
        ),
    )
    return remember(change, answer).answered(answer, asked.reply_to)
