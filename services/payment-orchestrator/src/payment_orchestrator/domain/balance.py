"""What the facts add up to, and what may still be captured, refunded or voided (law 6).

All amounts are minor units of the order's currency.
"""

from payment_orchestrator.domain.order import (
    Operation,
    OperationKind,
    OperationState,
    Order,
    Payment,
)
from payments_common.schemas.observations import PaymentFacts, RefundStatus


def captured_minor(facts: PaymentFacts) -> int:
    return max(sum(c.amount_minor for c in facts.captures), facts.captured_total_minor)


def refunded_minor(facts: PaymentFacts) -> int:
    """What has gone back to the customer."""
    processed = (r.amount_minor for r in facts.refunds if r.status is RefundStatus.PROCESSED)
    return max(sum(processed), facts.refunded_total_minor)


def refunding_minor(facts: PaymentFacts) -> int:
    """What has gone back or is on its way."""
    live = (r.amount_minor for r in facts.refunds if r.status is not RefundStatus.FAILED)
    return max(sum(live), facts.refunded_total_minor)


def voided_minor(facts: PaymentFacts) -> int:
    """What was released: a payment seen closed before its captures were shown released less."""
    told = max(sum(v.amount_minor for v in facts.voids), facts.voided_minor)
    return min(told, max(0, facts.authorized_minor - captured_minor(facts)))


def awaits_authorization(facts: PaymentFacts) -> bool:
    """The customer is done, and the gateway waits for our call."""
    over = facts.failed or facts.expired or facts.closed
    return facts.approved and not over and facts.authorized_minor == 0


def holds_money(payment: Payment) -> bool:
    """Whether the gateway holds or has taken money that has not gone back, of whatever amount."""
    facts = payment.facts
    held = max(facts.authorized_minor - voided_minor(facts), captured_minor(facts))
    return held > refunded_minor(facts) or awaits_authorization(facts)


def excess_minor(facts: PaymentFacts) -> int:
    """What was taken beyond the authorization and has not gone back."""
    if not facts.authorized_minor:
        return 0
    return max(0, captured_minor(facts) - refunding_minor(facts) - facts.authorized_minor)


def counts(order: Order, payment: Payment) -> bool:
    """Law 5: a payment counts only when the gateway named the order's amount and no other."""
    return payment.facts.amounts == (order.total_amount,)


def effect_of(operation: Operation, order: Order) -> str | None:
    """The id of the capture, refund or void that this operation made, once the gateway told of it.

    Matched by our reference; at a gateway that does not echo it, one that carries none, was not
    there before, has this amount and belongs to no other operation.
    """
    payment = order.payment(operation.payment_id)
    if payment is None:
        return None
    effects = _effects(payment.facts, operation.kind)
    named = [effect_id for effect_id, _, reference in effects if reference == operation.reference]
    if named:
        return named[0]
    # While the call is under way, what appears may be somebody else's: its answer will tell.
    if is_under_way(operation):
        return None
    return next(iter(_alike(operation, order, effects)), None)


def is_under_way(operation: Operation) -> bool:
    """Whether it was sent and its call is not over yet."""
    if operation.state is not OperationState.SUBMITTED:
        return False
    return operation.attempts[-1].ended_at is None


def never_left(operation: Operation) -> bool:
    """Whether no attempt has reached the gateway, so that nothing there can be its effect."""
    return operation.attempt_count == operation.unsent_count


def may_be_effects(operation: Operation, order: Order) -> tuple[str, ...]:
    """The nameless captures, refunds or voids that the answer may yet turn out to be about."""
    payment = order.payment(operation.payment_id)
    if payment is None or not is_under_way(operation):
        return ()
    return _alike(operation, order, _effects(payment.facts, operation.kind))


def _alike(
    operation: Operation, order: Order, effects: list[tuple[str, int, str]]
) -> tuple[str, ...]:
    """Where no reference tells: those of its amount that are new and nobody else's."""
    if operation.is_echoed or never_left(operation) or operation.decline is not None:
        return ()
    taken = {o.effect_id for o in order.operations if o.operation_id != operation.operation_id}
    return tuple(
        effect_id
        for effect_id, amount_minor, reference in effects
        if not reference
        and amount_minor == operation.amount.amount_minor
        and effect_id not in operation.known_effects
        and effect_id not in taken
    )


def is_still_possible(operation: Operation, facts: PaymentFacts) -> bool:
    """Whether the gateway, as far as is known, has left what this operation is to move."""
    amount_minor = operation.amount.amount_minor
    held_minor = facts.authorized_minor - captured_minor(facts) - voided_minor(facts)
    match operation.kind:
        case OperationKind.AUTHORIZE:
            return awaits_authorization(facts)
        case OperationKind.CAPTURE:
            return not facts.closed and held_minor >= amount_minor
        case OperationKind.VOID:
            return not facts.closed and held_minor > 0
        case OperationKind.REFUND:
            return captured_minor(facts) - refunding_minor(facts) >= amount_minor


def effect_ids(facts: PaymentFacts, kind: OperationKind) -> tuple[str, ...]:
    return tuple(effect_id for effect_id, _, _ in _effects(facts, kind))


def effect_minor(facts: PaymentFacts, kind: OperationKind, effect_id: str | None) -> int | None:
    """What that capture, refund or void was of; None where there is none of this id."""
    amounts = {id_: amount_minor for id_, amount_minor, _ in _effects(facts, kind)}
    return amounts.get(effect_id or "")


def unnamed_minor(facts: PaymentFacts, kind: OperationKind) -> int:
    """By how much the gateway's total goes beyond the captures, refunds or voids that it names."""
    totals = {
        OperationKind.CAPTURE: facts.captured_total_minor,
        OperationKind.REFUND: facts.refunded_total_minor,
        OperationKind.VOID: facts.voided_minor,
    }
    named = sum(amount_minor for _, amount_minor, _ in _effects(facts, kind))
    return max(0, totals.get(kind, 0) - named)


def _effects(facts: PaymentFacts, kind: OperationKind) -> list[tuple[str, int, str]]:
    match kind:
        case OperationKind.CAPTURE:
            return [(c.capture_id, c.amount_minor, c.reference) for c in facts.captures]
        case OperationKind.REFUND:
            return [(r.refund_id, r.amount_minor, r.reference) for r in facts.refunds]
        case OperationKind.VOID:
            return [(v.void_id, v.amount_minor, v.reference) for v in facts.voids]
        case OperationKind.AUTHORIZE:
            return []


def in_flight_minor(order: Order, payment: Payment, kind: OperationKind) -> int:
    """Reserved by operations that had or may have an effect which is not among the facts yet."""
    return sum(
        o.amount.amount_minor
        for o in order.operations_of(payment.payment_id, kind)
        if (o.is_open or _is_only_vouched_for(o, payment.facts)) and effect_of(o, order) is None
    )


def _is_only_vouched_for(operation: Operation, facts: PaymentFacts) -> bool:
    """Only a person said that it was done: its amount stays reserved until the gateway tells."""
    if operation.decided_by is None or operation.state is not OperationState.SUCCEEDED:
        return False
    grown_minor = unnamed_minor(facts, operation.kind) - operation.known_unnamed_minor
    return grown_minor < operation.amount.amount_minor


def authorizable_minor(order: Order, payment: Payment) -> int:
    """All of an approved payment that counts, until it is authorized."""
    reserved = in_flight_minor(order, payment, OperationKind.AUTHORIZE)
    if reserved or not counts(order, payment) or not awaits_authorization(payment.facts):
        return 0
    return order.total_amount.amount_minor


def capturable_minor(order: Order, payment: Payment) -> int:
    """What a new capture may take; nothing of a payment that does not count."""
    return voidable_minor(order, payment) if counts(order, payment) else 0


def voidable_minor(order: Order, payment: Payment) -> int:
    """What is still held and not being captured or voided; nothing once the payment is closed."""
    facts = payment.facts
    if facts.closed:
        return 0
    reserved = sum(
        in_flight_minor(order, payment, kind)
        for kind in (OperationKind.CAPTURE, OperationKind.VOID)
    )
    return max(0, facts.authorized_minor - captured_minor(facts) - voided_minor(facts) - reserved)


def refundable_minor(order: Order, payment: Payment) -> int:
    reserved = in_flight_minor(order, payment, OperationKind.REFUND)
    return max(0, captured_minor(payment.facts) - refunding_minor(payment.facts) - reserved)
