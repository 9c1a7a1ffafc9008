"""Tamara's words as our facts, row by row as in MAPPING.md."""

from datetime import UTC, datetime
from typing import Any

import pytest

from payments_common.errors import InvalidMoney
from payments_common.gateways.tamara.translate import observation_of
from payments_common.gateways.tamara.wire import TamaraOrder
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.observations import (
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundStatus,
)
from support.tamara_payloads import (
    CANCEL_ID,
    CAPTURE_ID,
    ORDER_ID,
    REFUND_ID,
    cancel,
    capture,
    major,
    order,
    refund,
)

NOW = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
WITNESS = Witness("tamara-ksa", ObservationSource.READ_BACK, NOW, "call-1")
TOTAL = (Money(15000, "SAR"),)
OTHER_ID = "00000000-0000-4000-8000-00000000000a"
PAID = PaymentFacts(amounts=TOTAL, approved=True, authorized_minor=15000)
CAPTURING = ["partially_captured", "fully_captured", "partially_refunded", "fully_refunded"]


def observe(status: str = "authorised", **changes: Any) -> Observation:
    return observation_of(TamaraOrder.model_validate(order(status, **changes)), WITNESS)


def facts_of(status: str = "authorised", **changes: Any) -> PaymentFacts:
    return observe(status, **changes).facts


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("new", PaymentFacts(amounts=TOTAL)),
        ("approved", PaymentFacts(amounts=TOTAL, approved=True)),
        ("authorised", PAID),
        ("updated", PAID),
        (
            "declined",
            PaymentFacts(amounts=TOTAL, failed=True, failure_reasons=("declined_by_gateway",)),
        ),
        ("expired", PaymentFacts(amounts=TOTAL, expired=True)),
        ("canceled", PAID.model_copy(update={"voided_minor": 15000, "closed": True})),
        ("on_hold", PaymentFacts(amounts=TOTAL)),
        ("authorized", PaymentFacts(amounts=TOTAL)),
    ],
)
def test_each_status_gives_its_facts_and_no_others(status: str, expected: PaymentFacts) -> None:
    seen = observe(status)
    assert seen.facts == expected
    assert seen.gateway_status == status


@pytest.mark.parametrize("status", CAPTURING)
def test_what_was_captured_was_authorized(status: str) -> None:
    facts = facts_of(status, captures=[capture("50.00")])
    assert (facts.approved, facts.authorized_minor) == (True, 15000)
    assert [(each.capture_id, each.amount_minor) for each in facts.captures] == [(CAPTURE_ID, 5000)]


@pytest.mark.parametrize("status", ["new", "approved", "declined", "expired", "on_hold"])
def test_money_that_moved_is_seen_under_any_status(status: str) -> None:
    """An operation whose effect is overlooked would be sent again (law 3)."""
    moves = {"captures": [capture("50.00")], "refunds": [refund("20.00")]}
    facts = facts_of(status, **moves, cancels=[cancel("10.00")])
    assert (facts.approved, facts.authorized_minor) == (True, 15000)
    assert [each.amount_minor for each in facts.captures] == [5000]
    assert [each.amount_minor for each in facts.refunds] == [2000]
    assert [each.amount_minor for each in facts.voids] == [1000]
    assert (facts.expired, facts.failed) == (status == "expired", status == "declined")


@pytest.mark.parametrize("name", ["captured", "refunded"])
def test_totals_without_a_list_are_seen_under_any_status(name: str) -> None:
    facts = facts_of("on_hold", transactions=[], **{f"{name}_amount": major("50.00")})
    assert getattr(facts, f"{name}_total_minor") == 5000
    assert facts.authorized_minor == 15000


@pytest.mark.parametrize("status", ["declined", "expired", "on_hold"])
def test_a_cancellation_does_not_prove_that_anything_was_authorized(status: str) -> None:
    facts = facts_of(status, cancels=[cancel()])
    assert len(facts.voids) == 1
    assert (facts.approved, facts.authorized_minor, facts.closed) == (False, 0, False)


@pytest.mark.parametrize("status", CAPTURING)
@pytest.mark.parametrize(
    ("captured", "canceled", "closed"),
    [
        (["150.00"], [], True),
        (["50.00", "100.00"], [], True),
        (["100.00"], ["50.00"], True),
        (["50.00"], [], False),
        (["50.00"], ["50.00"], False),
        (["200.00"], [], True),
    ],
)
def test_an_order_is_closed_when_nothing_is_left_to_capture(
    status: str, captured: list[str], canceled: list[str], closed: bool
) -> None:
    captures = [capture(amount, f"c-{n}") for n, amount in enumerate(captured)]
    cancels = [cancel(amount, f"v-{n}") for n, amount in enumerate(canceled)]
    assert facts_of(status, captures=captures, cancels=cancels).closed is closed


def test_a_cancellation_in_part_releases_a_part_and_closes_nothing() -> None:
    facts = facts_of("updated", cancels=[cancel("50.00")])
    (void,) = facts.voids
    assert (void.void_id, void.amount_minor, void.reference) == (CANCEL_ID, 5000, "")
    assert void.occurred_at == datetime(2026, 3, 4, 11, tzinfo=UTC)
    assert (facts.closed, facts.voided_minor) == (False, 0)


def test_a_cancelled_order_has_released_all_whatever_it_lists() -> None:
    for cancels in ([], [cancel("150.00")], [cancel("50.00"), cancel("100.00", OTHER_ID)]):
        facts = facts_of("canceled", cancels=cancels)
        assert (facts.voided_minor, facts.closed) == (15000, True)
        assert len(facts.voids) == len(cancels)


def test_captures_and_refunds_keep_their_ids_and_times() -> None:
    facts = facts_of(
        "partially_refunded", captures=[capture()], refunds=[refund("50.50", comment="damaged")]
    )
    (captured,), (refunded,) = facts.captures, facts.refunds
    assert (captured.reference, captured.occurred_at) == ("", datetime(2026, 3, 3, 10, tzinfo=UTC))
    assert (refunded.refund_id, refunded.amount_minor) == (REFUND_ID, 5050)
    assert (refunded.status, refunded.reason) == (RefundStatus.PROCESSED, "damaged")
    assert refunded.reference == ""


def test_a_refund_that_shows_our_reference_is_known_by_it() -> None:
    refunds = [refund(merchant_refund_id="refund-1")]
    assert facts_of("fully_refunded", refunds=refunds).refunds[0].reference == "refund-1"


@pytest.mark.parametrize(
    ("listed", "told", "beyond"),
    [([], "50.00", 5000), (["20.00"], "50.00", 5000), (["50.00"], "50.00", 0), (["50.00"], 0, 0)],
)
def test_a_total_counts_where_it_says_more_than_the_list(
    listed: list[str], told: Any, beyond: int
) -> None:
    amount = major(told)
    captured = facts_of(
        "partially_captured",
        captures=[capture(each) for each in listed],
        captured_amount=amount,
    )
    refunded = facts_of(
        "partially_refunded",
        refunds=[refund(each) for each in listed],
        refunded_amount=amount,
    )
    voided = facts_of("updated", cancels=[cancel(e) for e in listed], canceled_amount=[amount])
    assert captured.captured_total_minor == beyond
    assert refunded.refunded_total_minor == beyond
    assert voided.voided_minor == beyond


def test_totals_close_an_order_without_lists_too() -> None:
    amounts = {"captured_amount": major("100.00"), "canceled_amount": major("50.00")}
    facts = facts_of("fully_captured", transactions=[], **amounts)
    assert (facts.captured_total_minor, facts.voided_minor, facts.closed) == (10000, 5000, True)


def test_equal_facts_are_equal_values_in_whatever_order_they_are_told() -> None:
    captures = [capture("50.00"), capture("60.00", OTHER_ID)]
    refunds = [refund("10.00"), refund("20.00", OTHER_ID)]
    told = observe("partially_refunded", captures=captures, refunds=refunds)
    turned = {"captures": captures[::-1], "refunds": refunds[::-1]}
    assert told == observe("partially_refunded", **turned)
    assert told == observe(
        "partially_refunded", captures=[*captures, captures[0]], refunds=[refunds[1], *refunds]
    )
    assert [each.capture_id for each in told.facts.captures] == [OTHER_ID, CAPTURE_ID]


def test_an_observation_says_who_saw_what_and_when() -> None:
    seen = observe()
    assert (seen.account, seen.payment_id, seen.order_reference) == (
        "tamara-ksa",
        ORDER_ID,
        "order-1",
    )
    assert (seen.source, seen.observed_at, seen.evidence) == (
        ObservationSource.READ_BACK,
        NOW,
        "call-1",
    )


def test_an_order_may_name_no_reference() -> None:
    assert observe(order_reference_id=None).order_reference is None


@pytest.mark.parametrize("currency", ["KWD", "BHD", "OMR"])
def test_three_decimals_are_read_where_a_currency_has_them(currency: str) -> None:
    amount = major("41.255", currency)
    facts = facts_of(
        "fully_captured",
        total_amount=amount,
        captures=[capture(total_amount=amount)],
        captured_amount=amount,
    )
    assert facts.amounts == (Money(41255, currency),)
    assert (facts.captures[0].amount_minor, facts.closed) == (41255, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": major("150.005")},
        {"total_amount": major("1.0005", "KWD")},
        {"total_amount": major(150, "XXX")},
        {"total_amount": major(150, "sar")},
        {"total_amount": {"amount": 150, "currency": None}},
        {"captures": [capture("0.001")]},
        {"captures": [capture(total_amount=major(1, "AED"))]},
        {"refunds": [refund("-1")]},
        {"refunded_amount": major(1, "AED")},
        {"canceled_amount": major("0.001")},
    ],
)
def test_money_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidMoney):
        observe("fully_captured", **changes)


def test_nothing_is_nothing_in_any_currency() -> None:
    """An order of a wrong currency must be seen as one, not hidden as unreadable (law 5)."""
    facts = facts_of(total_amount=major(150, "AED"))
    assert facts.amounts == (Money(15000, "AED"),)
