"""History tells by which way each change was learned, and how late; orders do not depend on it."""

from datetime import timedelta

import pytest

from payment_orchestrator.domain.change import HistoryEntry
from payment_orchestrator.domain.news import Learned, Via
from payment_orchestrator.domain.observe import observe, observe_ours
from payment_orchestrator.domain.order import Order
from payments_common.schemas.observations import (
    CaptureFact,
    ObservationSource,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from support.builders import NOW, change_of, facts, later, observation, observed, order

HELD = facts(authorized=15000)
CAPTURE = CaptureFact(capture_id="c1", amount_minor=15000, occurred_at=NOW)


def captured(*captures: CaptureFact) -> PaymentFacts:
    return HELD.model_copy(update={"captures": captures})


def refunding(status: RefundStatus) -> PaymentFacts:
    refund = RefundFact(refund_id="r1", amount_minor=100, status=status)
    return HELD.model_copy(update={"refunds": (refund,)})


def told(
    seen: PaymentFacts,
    *,
    current: Order | None = None,
    source: ObservationSource = ObservationSource.READ_BACK,
    because_of_webhook: bool = False,
    seconds: float = 0,
) -> HistoryEntry:
    change = change_of(current or order(), now=later(seconds))
    said = observation(seen).model_copy(update={"source": source})
    return observe(change, said, because_of_webhook=because_of_webhook).history[-1]


def learned(seen: PaymentFacts, *, current: Order | None = None, seconds: float = 0) -> Learned:
    found = told(seen, current=current, seconds=seconds).learned
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "because_of_webhook", "via"),
    [
        (ObservationSource.READ_BACK, True, Via.WEBHOOK),
        (ObservationSource.READ_BACK, False, Via.ASKED),
        (ObservationSource.WEBHOOK, False, Via.WEBHOOK),
        (ObservationSource.POLL, False, Via.POLL),
        (ObservationSource.ANSWER, False, Via.ANSWER),
    ],
)
def test_the_way_is_told_with_what_was_new(
    source: ObservationSource, because_of_webhook: bool, via: Via
) -> None:
    entry = told(HELD, source=source, because_of_webhook=because_of_webhook)
    assert entry.learned == Learned(via=via, has_webhook=True)


def test_what_was_known_already_was_not_learned() -> None:
    assert told(HELD, current=observed(order(), HELD)).learned is None


def test_a_payment_of_another_order_teaches_nothing() -> None:
    strange = observation(HELD).model_copy(update={"order_reference": "another"})
    assert observe_ours(change_of(order()), strange).history[-1].learned is None


@pytest.mark.parametrize(
    ("seen", "has_webhook"),
    [
        (facts(), False),
        (facts(expired=True), False),
        (facts(approved=True), True),
        (facts(failed=True), True),
        (PaymentFacts(failure_reasons=("MF001",)), True),
        (captured(CAPTURE), True),
        (facts(voids={"v1": 1}), True),
        (PaymentFacts(refunded_total_minor=1), True),
    ],
)
def test_gateways_send_webhooks_for_what_happened_but_not_for_a_beginning_or_an_expiry(
    seen: PaymentFacts, has_webhook: bool
) -> None:
    assert learned(seen).has_webhook is has_webhook


def test_a_refund_that_was_carried_out_has_a_webhook_of_its_own() -> None:
    pending = observed(order(), refunding(RefundStatus.PENDING))
    assert learned(refunding(RefundStatus.PROCESSED), current=pending).has_webhook


def test_a_detail_that_is_told_later_has_no_webhook() -> None:
    known = observed(order(), captured(CAPTURE.model_copy(update={"occurred_at": None})))
    assert learned(captured(CAPTURE), current=known) == Learned(via=Via.ASKED, has_webhook=False)


def test_the_delay_is_since_the_first_that_was_new() -> None:
    known = observed(order(), captured(CAPTURE))
    second, third = (
        CAPTURE.model_copy(update={"capture_id": key, "occurred_at": later(at)})
        for key, at in (("c2", 20), ("c3", 10))
    )
    news = learned(captured(CAPTURE, second, third), current=known, seconds=70)
    assert news.delay_seconds == 60


def test_where_no_time_is_told_no_delay_is_known() -> None:
    assert learned(HELD, seconds=70).delay_seconds is None


def test_a_gateway_whose_clock_is_ahead_was_not_late() -> None:
    ahead = CAPTURE.model_copy(update={"occurred_at": NOW + timedelta(seconds=5)})
    assert learned(captured(ahead)).delay_seconds == 0


def test_an_order_is_the_same_by_whichever_way_it_learned() -> None:
    by_poll = observation(captured(CAPTURE)).model_copy(update={"source": ObservationSource.POLL})
    by_webhook = observe(
        change_of(order()), observation(captured(CAPTURE)), because_of_webhook=True
    )
    assert observe(change_of(order()), by_poll).order == by_webhook.order
