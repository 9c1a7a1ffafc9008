"""Joining an observation into an order, and closing the operations whose effect it shows."""

from payment_orchestrator.domain import facts
from payment_orchestrator.domain.audit_lines import newly_moved
from payment_orchestrator.domain.balance import (
    awaits_authorization,
    captured_minor,
    counts,
    refunded_minor,
    refunding_minor,
    voided_minor,
)
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.news import learned, via_of
from payment_orchestrator.domain.order import Payment
from payments_common.money import Money
from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts

_SAID = {
    ObservationSource.WEBHOOK: "told by webhook",
    ObservationSource.READ_BACK: "when asked",
    ObservationSource.ANSWER: "in its answer",
    ObservationSource.POLL: "when polled",
}


def observe(
    change: Change,
    observation: Observation,
    *,
    operation_id: str | None = None,
    because_of_webhook: bool = False,
) -> Change:
    """Law 1: joins what the gateway said; history tells what was new, or that nothing was."""
    known = change.order.payment(observation.payment_id)
    payment = known or Payment(payment_id=observation.payment_id, first_seen_at=change.now)
    joined = facts.join(payment.facts, observation.facts)
    is_news = known is None or joined != payment.facts
    seen = payment.model_copy(update={"facts": joined})
    via = via_of(observation.source, because_of_webhook=because_of_webhook)
    news = learned(payment.facts, joined, via=via, now=change.now)
    return change.with_payment(seen).told(
        "fact" if is_news else "nothing_new",
        _sentence(change, observation, seen, is_news=is_news),
        payment_id=observation.payment_id,
        operation_id=operation_id,
        evidence=observation.evidence,
        moved=tuple(newly_moved(payment.facts, joined)),
        learned=news if is_news else None,
    )


def observe_ours(
    change: Change, observation: Observation, *, because_of_webhook: bool = False
) -> Change:
    """A payment that is not ours yet must name this order: a hint alone moves no payment here."""
    order = change.order
    if order.payment(observation.payment_id) or (
        observation.order_reference == order.order_reference
    ):
        return observe(change, observation, because_of_webhook=because_of_webhook)
    return change.told(
        "not_ours",
        f"Payment {observation.payment_id} belongs to order {observation.order_reference!r}; "
        "ignored",
        payment_id=observation.payment_id,
        evidence=observation.evidence,
    )


def _sentence(change: Change, observation: Observation, seen: Payment, *, is_news: bool) -> str:
    said = f"The gateway said {observation.gateway_status} {_SAID[observation.source]}"
    currency = change.order.total_amount.currency
    told = f"{said}: {_summary(observation.facts, currency=currency)}"
    if not is_news:
        return f"{told}; nothing new"
    order = change.order.with_payment(seen)
    if seen.facts.amounts and not counts(order, seen):
        return f"{told}; the order is of {order.total_amount}, so this payment does not count"
    return told


def _summary(told: PaymentFacts, *, currency: str) -> str:
    """`currency` is what an answer means that names no amount of the payment itself."""
    currency = told.amounts[0].currency if told.amounts else currency
    parts = [f"payment of {' and '.join(map(str, told.amounts))}"] * bool(told.amounts)
    parts += [
        f"{name} {Money(minor, currency)}"
        for name, minor in (
            ("authorized", told.authorized_minor),
            ("captured", captured_minor(told)),
            ("refunded", refunded_minor(told)),
            ("refunds under way", refunding_minor(told) - refunded_minor(told)),
            ("voided", voided_minor(told)),
        )
        if minor
    ]
    parts += ["approved, waits to be authorized"] * awaits_authorization(told)
    parts += [f"failed ({', '.join(told.failure_reasons) or 'no reason given'})"] * told.failed
    if told.failure_reasons and not told.failed:
        parts.append(f"an attempt failed ({', '.join(told.failure_reasons)})")
    parts += ["expired"] * told.expired
    return ", ".join(parts) or "no amounts"
