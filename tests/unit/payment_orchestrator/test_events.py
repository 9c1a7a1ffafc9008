"""Events: each new fact is announced once, with how the order stands after it."""

import pytest

from payment_orchestrator.domain.events import announce
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payments_common.money import Money
from payments_common.schemas.events import EventType, PaymentEvent
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from support.announced import after, events_of, kinds, told
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    change_of,
    facts,
    observation,
    order,
)

HELD = facts(authorized=15000)
OTHER = "00000000-0000-4000-8000-00000000000f"


def test_an_event_says_whose_it_is_and_how_the_order_stands_after_it() -> None:
    (event,) = after(HELD)
    assert event == PaymentEvent(
        event=EventType.AUTHORIZED,
        order_id="order-1",
        order_reference="SHOP-1001",
        account="tabby-ksa",
        payment_id=PAYMENT,
        occurred_at=NOW,
        status="authorized",
        amount=Money(15000, "SAR"),
        balance=told(order(), HELD).order.balance,
    )


def test_an_event_is_published_under_its_type_and_has_a_stable_id() -> None:
    change = finish(observe(change_of(order()), observation(HELD)), CAPABILITIES)
    (message,) = change.messages
    envelope = message.envelope
    assert (message.exchange, message.routing_key) == ("payments.events", "payment.authorized")
    assert (envelope.type, envelope.id) == ("payment.authorized.v1", "order-1-1")
    assert (envelope.source, envelope.subject) == ("payment-orchestrator", "order-1")
    assert (envelope.time, envelope.sequence) == (NOW, 1)
    assert message.correlation_id is None


def test_the_numbers_go_on_where_the_order_left_off_and_what_was_to_be_published_stays() -> None:
    first = finish(observe(change_of(order()), observation(HELD)), CAPABILITIES)
    seen = observe(change_of(first.order), observation(facts(authorized=15000, closed=True)))
    second = announce(seen.published(first.messages[0]))
    assert [m.envelope.sequence for m in second.messages] == [1, 2]
    assert second.order.sequence == 2


def test_a_checkout_session_is_announced_once() -> None:
    seen = observe(change_of(order()), observation(facts()))
    payment = seen.order.payment(PAYMENT)
    assert payment is not None
    linked = seen.with_payment(payment.model_copy(update={"redirect_url": "https://pay"}))
    made = finish(linked, CAPABILITIES)
    assert kinds(events_of(made)) == [("payment.session_created", None)]
    assert events_of(made)[0].payment_id == PAYMENT
    again = finish(observe(change_of(made.order), observation(HELD)), CAPABILITIES)
    assert kinds(events_of(again)) == [("payment.authorized", 15000)]


def test_a_payment_known_without_a_session_announces_the_session_that_is_made_later() -> None:
    known = finish(observe(change_of(order()), observation(facts())), CAPABILITIES)
    payment = known.order.payment(PAYMENT)
    assert payment is not None
    linked = payment.model_copy(update={"redirect_url": "https://pay"})
    made = finish(change_of(known.order).with_payment(linked), CAPABILITIES)
    assert kinds(events_of(made)) == [("payment.session_created", None)]


@pytest.mark.parametrize(
    ("statuses", "announced"),
    [
        ([RefundStatus.PENDING], ["refund.pending"]),
        ([RefundStatus.PENDING] * 2, ["refund.pending"]),
        ([RefundStatus.PENDING, RefundStatus.PROCESSED], ["refund.pending", "refund.processed"]),
        ([RefundStatus.PENDING, RefundStatus.FAILED], ["refund.pending", "refund.failed"]),
        ([RefundStatus.PROCESSED, RefundStatus.PENDING], ["refund.processed"]),
        ([RefundStatus.FAILED, RefundStatus.PENDING], ["refund.failed"]),
    ],
)
def test_a_refund_is_announced_at_each_new_status(
    statuses: list[RefundStatus], announced: list[str]
) -> None:
    taken = facts(authorized=15000, captures={"c1": 15000}, closed=True)
    seen = [
        taken.model_copy(update={"refunds": (RefundFact(refund_id="r", amount_minor=7, status=s),)})
        for s in statuses
    ]
    events = after(taken, *seen)[2:]
    assert kinds(events) == [(each, 7) for each in announced]
    assert {e.gateway_reference for e in events} == {"r"}


@pytest.mark.parametrize(
    ("name", "event"), [("failed", "payment.failed"), ("expired", "payment.expired")]
)
def test_an_end_without_payment_is_announced_once(name: str, event: str) -> None:
    over = facts(**{name: True})  # type: ignore[arg-type]
    (only,) = after(facts(), over, over)
    assert only.event == event
    assert only.reason == ("rejected" if name == "failed" else None)


def test_all_reasons_of_a_failure_are_told_and_none_where_there_is_none() -> None:
    several = facts(failed=True).model_copy(update={"failure_reasons": ("MF001", "MF002")})
    silent = facts(failed=True).model_copy(update={"failure_reasons": ()})
    assert [e.reason for e in after(several)] == ["MF001, MF002"]
    assert [e.reason for e in after(silent)] == [None]


def test_a_payment_that_begins_to_count_announces_all_that_was_known_of_it() -> None:
    """An answer of Tamara's names no amount: if it comes first, its capture does not count yet."""
    nameless = PaymentFacts(captures=(CaptureFact(capture_id="c1", amount_minor=15000),))
    assert after(nameless) == []
    assert kinds(after(nameless, HELD)) == [
        ("payment.authorized", 15000),
        ("payment.captured", 15000),
    ]


def test_a_review_is_announced_once_with_its_reason_and_without_a_payment() -> None:
    late = (facts(expired=True), HELD, HELD)
    review = [e for e in after(*late) if e.event is EventType.NEEDS_REVIEW]
    assert [(e.reason, e.payment_id, e.status) for e in review] == [
        ("paid_late", None, "authorized")
    ]


def test_two_payments_of_one_order_are_told_apart() -> None:
    first = told(order(), HELD)
    events = events_of(first, told(first.order, HELD, payment_id=OTHER))
    assert {e.payment_id for e in events if e.event is EventType.AUTHORIZED} == {PAYMENT, OTHER}
