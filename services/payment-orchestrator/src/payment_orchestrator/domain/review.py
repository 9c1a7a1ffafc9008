"""Why a person should look at an order: each reason names the payments or operations it is about.

What somebody has accepted is not raised again, unless another payment or operation joins it.
"""

from collections.abc import Callable, Iterable, Mapping

from payment_orchestrator.domain.balance import (
    awaits_authorization,
    captured_minor,
    counts,
    effect_of,
    excess_minor,
    holds_money,
    refunded_minor,
    voided_minor,
)
from payment_orchestrator.domain.order import (
    POLICY,
    Operation,
    OperationKind,
    OperationState,
    Order,
    Payment,
    Review,
)
from payment_orchestrator.domain.unsettled import unsettled
from payments_common.schemas.observations import PaymentFacts

ASKS_BEFORE_REVIEW = 10
Subjects = frozenset[str]


def open_reviews(order: Order) -> tuple[Review, ...]:
    """What a person has to look at now."""
    return tuple(review for review in Review if open_subjects(order, review))


def open_subjects(order: Order, review: Review) -> Subjects:
    """The payment or operation ids for which this review is raised and not accepted yet."""
    accepted = {s for a in order.accepted if a.review is review for s in a.subjects}
    return _SUBJECTS[review](order) - accepted


def is_late(payment: Payment) -> bool:
    """Whether it holds money although it had failed or expired (law 11)."""
    facts = payment.facts
    is_paid = facts.authorized_minor > 0 or captured_minor(facts) > 0
    return (facts.failed or facts.expired) and is_paid and holds_money(payment)


def is_unresolved(operation: Operation) -> bool:
    """Whether asking has told nothing so often that a person may decide."""
    is_unknown = operation.state is OperationState.UNKNOWN
    return is_unknown and operation.asked_count >= ASKS_BEFORE_REVIEW


def _amount_mismatch(order: Order) -> Subjects:
    return _payments(p for p in order.payments if p.facts.amounts and not counts(order, p))


def _paid_late(order: Order) -> Subjects:
    return _payments(p for p in order.payments if is_late(p))


def _paid_twice(order: Order) -> Subjects:
    """By two payments, or by one that took more than was authorized."""
    holding = _payments(p for p in order.payments if holds_money(p))
    more = _payments(p for p in order.payments if excess_minor(p.facts))
    return holding | more if len(holding) > 1 else more


def _over_refunded(order: Order) -> Subjects:
    return _payments(p for p in order.payments if refunded_minor(p.facts) > captured_minor(p.facts))


def _authorize_declined(order: Order) -> Subjects:
    return _declined_by_policy(order, OperationKind.AUTHORIZE, awaits_authorization)


def _capture_declined(order: Order) -> Subjects:
    return _declined_by_policy(order, OperationKind.CAPTURE, _still_capturable)


def _declined_by_policy(
    order: Order, kind: OperationKind, is_wanting: Callable[[PaymentFacts], bool]
) -> Subjects:
    """Nobody waits for these answers who could see to them."""
    declined = {
        o.payment_id
        for o in order.operations
        if o.kind is kind and o.state is OperationState.DECLINED and o.requested_by == POLICY
    }
    return _payments(p for p in order.payments if p.payment_id in declined and is_wanting(p.facts))


def _still_capturable(facts: PaymentFacts) -> bool:
    return captured_minor(facts) + voided_minor(facts) < facts.authorized_minor


def _declined_but_done(order: Order) -> Subjects:
    return frozenset(
        o.operation_id
        for o in order.operations
        if o.state is OperationState.DECLINED and effect_of(o, order) is not None
    )


def _operation_unresolved(order: Order) -> Subjects:
    return frozenset(o.operation_id for o in order.operations if is_unresolved(o))


def _unsettled(order: Order) -> Subjects:
    """What polling gave up on and the gateway has still not said the last word on."""
    return frozenset(each.subject for each in unsettled(order)) & frozenset(order.polled_out)


def _payments(found: Iterable[Payment]) -> Subjects:
    return frozenset(payment.payment_id for payment in found)


_SUBJECTS: Mapping[Review, Callable[[Order], Subjects]] = {
    Review.AMOUNT_MISMATCH: _amount_mismatch,
    Review.PAID_LATE: _paid_late,
    Review.PAID_TWICE: _paid_twice,
    Review.OVER_REFUNDED: _over_refunded,
    Review.AUTHORIZE_DECLINED: _authorize_declined,
    Review.CAPTURE_DECLINED: _capture_declined,
    Review.DECLINED_BUT_DONE: _declined_but_done,
    Review.OPERATION_UNRESOLVED: _operation_unresolved,
    Review.UNSETTLED: _unsettled,
}
