"""By which way an order learned of something, and how long after it had happened.

It is written into history with the change itself; nothing that decides about money reads it.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from payments_common.schemas.observations import Frozen, ObservationSource, PaymentFacts


class Via(StrEnum):
    """`webhook`: read back because of one. `asked`: somebody wanted to know, or we of a call of
    ours. `answer`: the gateway's answer to a call of ours.
    """

    WEBHOOK = "webhook"
    POLL = "poll"
    ASKED = "asked"
    ANSWER = "answer"


COUNTED = (Via.WEBHOOK, Via.POLL, Via.ASKED)
"""What a webhook could have told: an answer to our own call comes before any."""

_OF_SOURCE = {
    ObservationSource.WEBHOOK: Via.WEBHOOK,
    ObservationSource.READ_BACK: Via.ASKED,
    ObservationSource.ANSWER: Via.ANSWER,
    ObservationSource.POLL: Via.POLL,
}


class Learned(Frozen):
    """`has_webhook`: gateways send one for this; `delay_seconds` None where no time was told."""

    via: Via
    has_webhook: bool
    delay_seconds: float | None = None


def via_of(source: ObservationSource, *, because_of_webhook: bool) -> Via:
    return Via.WEBHOOK if because_of_webhook else _OF_SOURCE[source]


def learned(known: PaymentFacts, joined: PaymentFacts, *, via: Via, now: datetime) -> Learned:
    """The delay is of the first thing that happened among the new ones; clocks that differ: 0."""
    first = min(_times_of_new(known, joined), default=None)
    return Learned(
        via=via,
        has_webhook=_told_by_webhook(known) != _told_by_webhook(joined),
        delay_seconds=None if first is None else max(0.0, (now - first).total_seconds()),
    )


def _told_by_webhook(facts: PaymentFacts) -> tuple[object, ...]:
    """No gateway sends one for a payment that was only made, and some send none for its expiry."""
    return (
        facts.approved,
        facts.authorized_minor,
        tuple(each.capture_id for each in facts.captures),
        facts.captured_total_minor,
        tuple((each.refund_id, each.status) for each in facts.refunds),
        facts.refunded_total_minor,
        tuple(each.void_id for each in facts.voids),
        facts.voided_minor,
        facts.failed,
        facts.failure_reasons,
    )


def _times_of_new(known: PaymentFacts, joined: PaymentFacts) -> Iterator[datetime]:
    before, now = _times(known), _times(joined)
    return (at for key, at in now.items() if key not in before and at is not None)


def _times(facts: PaymentFacts) -> dict[tuple[str, str], datetime | None]:
    return {
        **{("capture", each.capture_id): each.occurred_at for each in facts.captures},
        **{("refund", each.refund_id): each.occurred_at for each in facts.refunds},
        **{("void", each.void_id): each.occurred_at for each in facts.voids},
    }
