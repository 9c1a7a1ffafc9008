"""What each operation has moved, as the facts tell it, and what moved without any.

All amounts are minor units of the payment's currency. Over the log of an order they add up to its
balance.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from payment_orchestrator.domain.balance import (
    captured_minor,
    effect_of,
    refunded_minor,
    voided_minor,
)
from payment_orchestrator.domain.order import (
    Operation,
    OperationKind,
    OperationState,
    Order,
    Payment,
)
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)

Effect = CaptureFact | RefundFact | VoidFact


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one kind, on one payment: by operation id, and by the ids of what nobody here asked for.

    `unnamed_minor` is by how much the gateway's total goes beyond all of them.
    """

    by_operation: Mapping[str, int]
    by_effect: Mapping[str, int]
    unnamed_minor: int


def shares(order: Order, payment: Payment, kind: OperationKind) -> Shares:
    """A void that left no id released whatever nobody captured meanwhile."""
    named = {id_: _moved_minor(effect) for id_, effect in effects(payment.facts, kind).items()}
    unnamed_minor = max(0, _total_minor(payment.facts, kind) - sum(named.values()))
    by_operation: dict[str, int] = {}
    for operation in order.operations_of(payment.payment_id, kind):
        effect_id = effect_id_of(operation, order)
        if effect_id is not None:
            by_operation[operation.operation_id] = named.pop(effect_id, 0)
        elif operation.state is OperationState.SUCCEEDED:
            asked_minor = operation.amount.amount_minor
            is_void = kind is OperationKind.VOID
            share_minor = unnamed_minor if is_void else min(unnamed_minor, asked_minor)
            by_operation[operation.operation_id] = share_minor
            unnamed_minor -= share_minor
    return Shares(by_operation, named, unnamed_minor)


def effect_id_of(operation: Operation, order: Order) -> str | None:
    """Also of an operation that was declined and is done all the same."""
    return operation.effect_id or effect_of(operation, order)


def effects(facts: PaymentFacts, kind: OperationKind) -> Mapping[str, Effect]:
    """By the gateway's ids."""
    match kind:
        case OperationKind.AUTHORIZE:
            return {}
        case OperationKind.CAPTURE:
            return {c.capture_id: c for c in facts.captures}
        case OperationKind.REFUND:
            return {r.refund_id: r for r in facts.refunds}
        case OperationKind.VOID:
            return {v.void_id: v for v in facts.voids}


def _moved_minor(effect: Effect) -> int:
    """A refund that is under way, or failed, has moved nothing."""
    if isinstance(effect, RefundFact) and effect.status is not RefundStatus.PROCESSED:
        return 0
    return effect.amount_minor


def _total_minor(facts: PaymentFacts, kind: OperationKind) -> int:
    match kind:
        case OperationKind.AUTHORIZE:
            return facts.authorized_minor
        case OperationKind.CAPTURE:
            return captured_minor(facts)
        case OperationKind.REFUND:
            return refunded_minor(facts)
        case OperationKind.VOID:
            return voided_minor(facts)
