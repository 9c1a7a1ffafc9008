"""The one answer that each closed operation gives to who asked for it."""

from payment_orchestrator.domain.balance import effect_minor, voided_minor
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import Operation, OperationKind, OperationState, Order
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.replies import Answer, Outcome


def answer_closed(change: Change) -> Change:
    """Gives each operation that this change closed its one answer, and sends it to who waits."""
    for operation in change.order.operations:
        if not operation.is_open and operation.answer is None:
            answer = _answer(operation, change.order)
            answered = operation.model_copy(update={"answer": answer, "reply_to": ()})
            change = change.with_operation(answered).answered(answer, operation.reply_to)
    return change


def _answer(operation: Operation, order: Order) -> Answer:
    succeeded = operation.state is OperationState.SUCCEEDED
    return Answer(
        command_id=operation.operation_id,
        outcome=Outcome.SUCCEEDED if succeeded else Outcome.DECLINED,
        order_reference=order.order_reference,
        order_id=order.order_id,
        status=order.status,
        payment_id=operation.payment_id,
        amount=_moved(operation, order),
        gateway_reference=operation.effect_id,
        code=operation.decline.code if operation.decline else None,
        message=operation.decline.message if operation.decline else None,
    )


def _moved(operation: Operation, order: Order) -> Money:
    """As the facts tell it, which may be another amount than was asked for."""
    payment = order.payment(operation.payment_id)
    if payment is None or operation.decline is not None:
        return operation.amount
    moved_minor = effect_minor(payment.facts, operation.kind, operation.effect_id)
    if moved_minor is None and operation.kind is OperationKind.VOID:
        moved_minor = _released_minor(payment.facts, operation)
    if moved_minor is None:
        return operation.amount
    return Money(moved_minor, operation.amount.currency)


def _released_minor(facts: PaymentFacts, operation: Operation) -> int:
    """By a void without an id: whatever no void with one released, and nobody captured meanwhile.

    Where all is named it is one of those, and what was voided before is not its own.
    """
    unnamed_minor = voided_minor(facts) - sum(v.amount_minor for v in facts.voids)
    return max(unnamed_minor, min(voided_minor(facts), operation.amount.amount_minor))
