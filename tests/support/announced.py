"""What an order announces while facts are told of it."""

from collections.abc import Sequence

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Order
from payments_common.schemas.events import PaymentEvent
from payments_common.schemas.observations import PaymentFacts
from support.builders import CAPABILITIES, PAYMENT, change_of, observation, order


def told(current: Order, seen: PaymentFacts, *, payment_id: str = PAYMENT) -> Change:
    change = observe(change_of(current), observation(seen, payment_id=payment_id))
    return finish(change, CAPABILITIES)


def events_of(*changes: Change) -> list[PaymentEvent]:
    messages = [m for change in changes for m in change.messages if m.envelope.sequence]
    return [PaymentEvent.model_validate(m.envelope.data) for m in messages]


def lived_through(*seen: PaymentFacts) -> tuple[Order, list[PaymentEvent]]:
    """The order after these facts were told one after the other, and all that it announced."""
    current, events = order(), []
    for each in seen:
        change = told(current, each)
        events += events_of(change)
        current = change.order
    return current, events


def after(*seen: PaymentFacts) -> list[PaymentEvent]:
    return lived_through(*seen)[1]


def kinds(events: Sequence[PaymentEvent]) -> list[tuple[str, int | None]]:
    return [(e.event.value, e.amount.amount_minor if e.amount else None) for e in events]
