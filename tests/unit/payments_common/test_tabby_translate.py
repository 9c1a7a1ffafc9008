"""Tabby's words as our facts, row by row as in MAPPING.md."""

from datetime import UTC, datetime
from typing import Any

import pytest

from payments_common.errors import InvalidMoney
from payments_common.gateways.tabby.translate import observation_of
from payments_common.gateways.tabby.wire import TabbyPayment
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.observations import (
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundStatus,
)
from support.tabby_payloads import CAPTURE_ID, PAYMENT_ID, REFUND_ID, capture, payment, refund

NOW = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
WITNESS = Witness("tabby-ksa", ObservationSource.READ_BACK, NOW, "call-1")
TOTAL = (Money(15000, "SAR"),)
OTHER_ID = "00000000-0000-4000-8000-00000000000a"


def observe(status: str = "AUTHORIZED", **changes: Any) -> Observation:
    return observation_of(TabbyPayment.model_validate(payment(status, **changes)), WITNESS)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CREATED", PaymentFacts(amounts=TOTAL)),
        ("AUTHORIZED", PaymentFacts(amounts=TOTAL, authorized_minor=15000)),
        (
            "CLOSED",
            PaymentFacts(amounts=TOTAL, authorized_minor=15000, voided_minor=15000, closed=True),
        ),
        (
            "REJECTED",
            PaymentFacts(amounts=TOTAL, failed=True, failure_reasons=("rejected_by_gateway",)),
        ),
        ("EXPIRED", PaymentFacts(amounts=TOTAL, expired=True)),
        ("ON_HOLD", PaymentFacts(amounts=TOTAL)),
    ],
)
def test_each_status_gives_its_facts_and_no_others(status: str, expected: PaymentFacts) -> None:
    for written in (status, status.lower()):
        seen = observe(written)
        assert seen.facts == expected
        assert seen.gateway_status == status


@pytest.mark.parametrize(
    ("status", "captured", "voided_minor"),
    [
        ("AUTHORIZED", ["50"], 0),
        ("CLOSED", ["150"], 0),
        ("CLOSED", ["50"], 10000),
        ("CLOSED", ["50", "100"], 0),
        ("CLOSED", ["200"], 0),
        ("CLOSED", [], 15000),
    ],
)
def test_closing_releases_what_was_not_captured(
    status: str, captured: list[str], voided_minor: int
) -> None:
    captures = [capture(amount, id=f"c-{n}") for n, amount in enumerate(captured)]
    facts = observe(status, captures=captures).facts
    assert facts.voided_minor == voided_minor
    assert facts.authorized_minor == 15000
    assert sum(each.amount_minor for each in facts.captures) == sum(int(a) for a in captured) * 100


def test_captures_and_refunds_keep_their_ids_references_and_times() -> None:
    facts = observe("CLOSED", captures=[capture("150")], refunds=[refund("50.5")]).facts
    (captured,), (refunded,) = facts.captures, facts.refunds
    assert (captured.capture_id, captured.amount_minor) == (CAPTURE_ID, 15000)
    assert captured.reference == "capture-1"
    assert captured.occurred_at == datetime(2026, 3, 2, 9, 17, 40, tzinfo=UTC)
    assert (refunded.refund_id, refunded.amount_minor) == (REFUND_ID, 5050)
    assert (refunded.status, refunded.reason) == (RefundStatus.PROCESSED, "damaged")
    assert refunded.reference == "refund-1"


def test_equal_facts_are_equal_values_in_whatever_order_they_are_told() -> None:
    captures = [capture("50"), capture("60", id=OTHER_ID, reference_id=None)]
    told = observe(captures=captures)
    assert told == observe(captures=captures[::-1])
    assert told == observe(captures=[*captures, captures[0]])
    assert [each.capture_id for each in told.facts.captures] == [OTHER_ID, CAPTURE_ID]


def test_an_observation_says_who_saw_what_and_when() -> None:
    seen = observe()
    assert (seen.account, seen.payment_id, seen.order_reference) == (
        "tabby-ksa",
        PAYMENT_ID,
        "order-1",
    )
    assert (seen.source, seen.observed_at, seen.evidence) == (
        ObservationSource.READ_BACK,
        NOW,
        "call-1",
    )


@pytest.mark.parametrize("order", [None, {}, {"reference_id": None}, {"reference_id": ""}])
def test_a_payment_may_name_no_order(order: Any) -> None:
    assert observe(order=order).order_reference is None


def test_dinars_have_three_decimals() -> None:
    seen = observe(amount="41.25", currency="KWD", captures=[capture("41.25")])
    assert seen.facts.amounts == (Money(41250, "KWD"),)
    assert seen.facts.captures[0].amount_minor == 41250


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "150.005"},
        {"currency": "XXX"},
        {"currency": "sar"},
        {"captures": [capture("0.001")]},
        {"refunds": [refund("-1")]},
    ],
)
def test_money_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidMoney):
        observe("CLOSED", **changes)
