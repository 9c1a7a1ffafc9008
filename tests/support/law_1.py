"""What law 1 claims of any two sequences of the same observations, for any gateway."""

from collections import Counter
from collections.abc import Iterable

from payment_orchestrator.domain.balance import captured_minor, refunded_minor
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Order, Review
from payments_common.schemas.events import EventType, PaymentEvent
from payments_common.schemas.observations import RefundStatus
from support.histories import Plan, Subject
from support.storytelling import Ending, Observe, Story, ending, retold, story

_REFUNDED = {
    RefundStatus.PENDING: EventType.REFUND_PENDING,
    RefundStatus.FAILED: EventType.REFUND_FAILED,
    RefundStatus.PROCESSED: EventType.REFUND_PROCESSED,
}


def check_order(subject: Subject, plan: Plan, *, observe: Observe = observe) -> None:
    """The same facts, status, balance and reviews."""
    _, one, other = _both(subject, plan, observe)
    assert one.order.payments == other.order.payments
    assert one.order.status == other.order.status
    assert one.order.balance == other.order.balance
    assert _reviews(one.order, plan) == _reviews(other.order, plan)


def check_truth(subject: Subject, plan: Plan, *, observe: Observe = observe) -> None:
    """What the order says was captured and refunded is what the gateway's own book says."""
    told, one, other = _both(subject, plan, observe)
    for life in told.lives:
        for order in (one.order, other.order):
            payment = order.payment(life.payment_id)
            assert payment is not None
            facts = payment.facts
            assert (captured_minor(facts), refunded_minor(facts)) == life.moved_minor()


def check_operations(subject: Subject, plan: Plan) -> None:
    """Each operation ends the same, with the same amount moved.

    Which of several alike it is given depends on the sequence where a gateway repeats no
    reference, and nowhere else (docs/adr/0010).
    """
    _, one, other = _both(subject, plan, observe)
    assert _operations(one.order) == _operations(other.order)
    if subject.capabilities.echoes_capture_reference:
        assert _effects(one.order) == _effects(other.order)


def check_events(subject: Subject, plan: Plan) -> None:
    """Each fact is announced once, and the amounts add up to the balance."""
    told, one, other = _both(subject, plan, observe)
    for end in (one, other):
        named = [(e.event, e.payment_id, e.gateway_reference) for e in _about_moves(end.events)]
        assert len(named) == len(set(named))
    assert _told_at_the_end(one) == _told_at_the_end(other)
    for kind in (EventType.AUTHORIZED, EventType.FAILED, EventType.EXPIRED):
        assert _count(one.events, kind) == _count(other.events, kind)
    for kind in (EventType.CAPTURED, EventType.REFUND_PROCESSED, EventType.VOIDED):
        assert _sum_minor(one.events, kind) == _sum_minor(other.events, kind)
    if not told.start.payments:
        balance = one.order.balance
        assert _sum_minor(one.events, EventType.CAPTURED) == balance.captured.amount_minor
        assert _sum_minor(one.events, EventType.REFUND_PROCESSED) == balance.refunded.amount_minor
        assert _sum_minor(one.events, EventType.VOIDED) == balance.voided.amount_minor


def _both(subject: Subject, plan: Plan, observe: Observe) -> tuple[Story, Ending, Ending]:
    told = story(subject, plan)
    again = retold(told.told, plan.picks)
    one = ending(told.start, told.told, subject.capabilities, observe=observe)
    return told, one, ending(told.start, again, subject.capabilities, observe=observe)


def _reviews(order: Order, plan: Plan) -> set[Review]:
    """Where what is told contradicts itself, an operation may be closed by either of it."""
    reviews = set(order.review)
    return reviews - {Review.DECLINED_BUT_DONE} if plan.odd else reviews


def _operations(order: Order) -> list[tuple[object, ...]]:
    """Those that policy records are due or not as what is known at the time says."""
    return [
        (o.operation_id, o.state, o.decline, o.answer and (o.answer.outcome, o.answer.amount))
        for o in order.operations
        if o.requested_by == "shop"
    ]


def _effects(order: Order) -> list[str | None]:
    return [o.effect_id for o in order.operations]


def _about_moves(events: Iterable[PaymentEvent]) -> list[PaymentEvent]:
    return [e for e in events if e.gateway_reference is not None]


def _told_at_the_end(end: Ending) -> Counter[tuple[object, ...]]:
    """Captures, and what became of refunds: whoever sees the end first never saw them pending."""
    last = {
        (p.payment_id, r.refund_id, _REFUNDED[r.status])
        for p in end.order.payments
        for r in p.facts.refunds
    }
    return Counter(
        (e.event, e.payment_id, e.amount, e.operation_id, e.origin)
        for e in _about_moves(end.events)
        if e.event is EventType.CAPTURED or (e.payment_id, e.gateway_reference, e.event) in last
    )


def _sum_minor(events: Iterable[PaymentEvent], kind: EventType) -> int:
    return sum(e.amount.amount_minor for e in events if e.event is kind and e.amount)


def _count(events: Iterable[PaymentEvent], kind: EventType) -> Counter[str | None]:
    return Counter(e.payment_id for e in events if e.event is kind)
