"""Law 7: history says in a sentence what the gateway told, how, and what came of it."""

import pytest

from payment_orchestrator.domain.change import HistoryEntry
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Order, Payment
from payments_common.money import Money
from payments_common.schemas.observations import (
    ObservationSource,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from support.builders import NOW, PAYMENT, change_of, facts, later, observation, order

PENDING = RefundFact(refund_id="r1", amount_minor=250, status=RefundStatus.PENDING)
RETRIED = PaymentFacts(failure_reasons=("MF001", "MF002"))


def entry(told: PaymentFacts, *, current: Order | None = None, **changes: object) -> HistoryEntry:
    seen = observation(told).model_copy(update=changes)
    change = observe(change_of(current or order()), seen, operation_id="command-1")
    return change.history[-1]


@pytest.mark.parametrize(
    ("told", "summary"),
    [
        (PaymentFacts(), "no amounts"),
        (facts(), "payment of 150.00 SAR"),
        (facts(authorized=15000), "payment of 150.00 SAR, authorized 150.00 SAR"),
        (
            facts(authorized=15000, captures={"c": 9000}, refunds={"r": 100}, closed=True),
            "payment of 150.00 SAR, authorized 150.00 SAR, captured 90.00 SAR, "
            "refunded 1.00 SAR, voided 60.00 SAR",
        ),
        (
            facts(refunds={"r0": 100}).model_copy(update={"refunds": (PENDING,)}),
            "payment of 150.00 SAR, refunds under way 2.50 SAR",
        ),
        (facts(approved=True), "payment of 150.00 SAR, approved, waits to be authorized"),
        (facts(failed=True), "payment of 150.00 SAR, failed (rejected)"),
        (PaymentFacts(failed=True), "failed (no reason given)"),
        (RETRIED, "an attempt failed (MF001, MF002)"),
        (RETRIED.model_copy(update={"failed": True}), "failed (MF001, MF002)"),
        (PaymentFacts(expired=True), "expired"),
    ],
)
def test_the_sentence_sums_up_what_was_told(told: PaymentFacts, summary: str) -> None:
    assert entry(told).text == f"The gateway said TOLD when asked: {summary}"


@pytest.mark.parametrize(
    ("source", "how"),
    [
        (ObservationSource.WEBHOOK, "told by webhook"),
        (ObservationSource.READ_BACK, "when asked"),
        (ObservationSource.ANSWER, "in its answer"),
        (ObservationSource.POLL, "when polled"),
    ],
)
def test_the_sentence_says_how_it_was_told_and_in_the_gateways_own_word(
    source: ObservationSource, how: str
) -> None:
    told = entry(PaymentFacts(), source=source, gateway_status="CLOSED")
    assert told.text == f"The gateway said CLOSED {how}: no amounts"


def test_an_answer_that_names_no_amount_is_in_the_orders_currency() -> None:
    told = PaymentFacts(captured_total_minor=500)
    assert entry(told).text == "The gateway said TOLD when asked: captured 5.00 SAR"


def test_amounts_are_told_in_the_currency_that_the_gateway_named() -> None:
    told = entry(facts(currency="KWD", authorized=15000))
    assert told.text.startswith(
        "The gateway said TOLD when asked: payment of 15.000 KWD, authorized 15.000 KWD"
    )


def test_all_amounts_that_were_named_are_told() -> None:
    both = PaymentFacts(amounts=(Money(99, "SAR"), Money(15000, "SAR")))
    assert "payment of 0.99 SAR and 150.00 SAR" in entry(both).text


@pytest.mark.parametrize("total", [99, 15001])
def test_a_payment_of_another_amount_is_said_not_to_count(total: int) -> None:
    told = entry(facts(total=total))
    assert told.text.endswith("; the order is of 150.00 SAR, so this payment does not count")
    assert told.kind == "fact"


def test_what_was_told_before_is_said_to_be_nothing_new() -> None:
    known = observe(change_of(order()), observation(facts(authorized=15000))).order
    again = entry(facts(), current=known)
    assert again.kind == "nothing_new"
    assert again.text == "The gateway said TOLD when asked: payment of 150.00 SAR; nothing new"


def test_a_payment_that_is_seen_for_the_first_time_is_news_even_without_facts() -> None:
    assert entry(PaymentFacts()).kind == "fact"


def test_the_entry_names_payment_operation_and_evidence() -> None:
    told = entry(facts(), evidence="call-7")
    assert (told.payment_id, told.operation_id) == (PAYMENT, "command-1")
    assert (told.evidence, told.at, told.number, told.actor) == ("call-7", NOW, 1, None)


def test_a_payment_keeps_when_it_was_first_seen_and_all_that_was_told() -> None:
    first = observe(change_of(order()), observation(facts())).order
    second = observe(change_of(first, now=later(9)), observation(facts(authorized=15000))).order
    assert second.payments == (
        Payment(payment_id=PAYMENT, facts=facts(authorized=15000), first_seen_at=NOW),
    )
