"""MyFatoorah's invoice as facts: the table of MAPPING.md."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payments_common.money import Money
from payments_common.schemas.observations import (
    ObservationSource,
    PaymentFacts,
    RefundStatus,
)
from support.myfatoorah_payloads import (
    CAPTURE_ID,
    INVOICE_ID,
    PAYMENT_ID,
    captured,
    declined,
    held,
    invoice,
    paid,
    refunded,
    released,
    row,
)
from support.myfatoorah_story import NOW, observed

TOTAL = Money(40000, "KWD")


def facts_of(document: dict[str, Any], *refunds: dict[str, Any], **options: Any) -> PaymentFacts:
    return observed(document, refunds, **options).facts


def money(facts: PaymentFacts) -> tuple[int, int, int, bool]:
    """What was authorized, captured and voided, and whether it is closed."""
    taken = sum(each.amount_minor for each in facts.captures)
    return (facts.authorized_minor, taken, facts.voided_minor, facts.closed)


@pytest.mark.parametrize("rows", [(), (row("InProgress", ""),), (row("Whatever"),)])
def test_an_invoice_that_nobody_has_paid_has_an_amount_and_no_more(rows: Any) -> None:
    assert facts_of(invoice(*rows)) == PaymentFacts(amounts=(TOTAL,))


@pytest.mark.parametrize("word", ["Succss", "Success", "SUCCESS", " succss"])
@pytest.mark.parametrize("status", ["Paid", "PAID", "DuplicatePayment", "Pending"])
def test_a_successful_attempt_took_the_money_however_it_is_spelt(word: str, status: str) -> None:
    facts = facts_of(invoice(row(word), InvoiceStatus=status))
    assert money(facts) == (40000, 40000, 0, True)
    (taken,) = facts.captures
    assert (taken.capture_id, taken.reference) == (PAYMENT_ID, "")


@pytest.mark.parametrize("rows", [None, [], [row("Whatever")]])
def test_a_paid_invoice_without_a_successful_attempt_is_paid_all_the_same(rows: Any) -> None:
    facts = facts_of(paid(InvoiceTransactions=rows))
    assert (facts.authorized_minor, facts.captured_total_minor) == (40000, 40000)
    assert facts.captures == ()


def test_two_successful_attempts_took_the_money_twice() -> None:
    facts = facts_of(paid(row(), row(PaymentId="100202106359084366")))
    assert money(facts) == (40000, 80000, 0, True)


def test_an_attempt_that_is_told_twice_took_it_once() -> None:
    assert money(facts_of(paid(row(), row()))) == (40000, 40000, 0, True)


def test_held_funds_are_authorized() -> None:
    assert money(facts_of(invoice(held()))) == (40000, 0, 0, False)


def test_a_full_capture_releases_nothing() -> None:
    assert money(facts_of(paid(held(), captured()))) == (40000, 40000, 0, True)


def test_a_partial_capture_releases_the_rest_and_changes_no_amount() -> None:
    after = {"InvoiceValue": 2, "InvoiceDisplayValue": "2.000 KD"}
    facts = facts_of(paid(held(), captured("2.000"), **after))
    assert money(facts) == (40000, 2000, 38000, True)
    assert facts.amounts == (TOTAL,)
    assert facts.captures[0].capture_id == CAPTURE_ID


def test_a_partial_capture_whose_row_is_missing_is_captured_all_the_same() -> None:
    facts = facts_of(paid(held(), InvoiceValue=2))
    assert (facts.captured_total_minor, facts.voided_minor) == (2000, 38000)


@pytest.mark.parametrize(
    "rows",
    [
        (held(), released()),
        (released(), held()),
        (held(), released(Error="transaction released")),
        (held(), released(Error=None)),
        (held(), released(Error=None, TransactionDate=None)),
        (released(),),
    ],
)
def test_released_funds_are_voided_whole(rows: Any) -> None:
    facts = facts_of(invoice(*rows))
    assert money(facts) == (40000, 0, 40000, True)
    assert (facts.failure_reasons, facts.expired, facts.failed) == ((), False, False)


@pytest.mark.parametrize(
    "canceled",
    [
        row("Canceled", TransactionDate="2026-01-10T00:10:00", PaymentId="1"),
        row("Canceled", TransactionDate="2026-01-12T00:00:00", ErrorCode="MF006", PaymentId="1"),
        row("Canceled", TransactionDate="2026-01-12T00:00:00", Error="CANCELED", PaymentId="1"),
    ],
)
def test_a_customer_who_gave_up_an_attempt_released_nothing(canceled: dict[str, Any]) -> None:
    assert money(facts_of(invoice(canceled, held()))) == (40000, 0, 0, False)


def test_failed_attempts_are_reasons_and_no_end() -> None:
    rows = (declined("MF002"), declined("MF004"), declined(""), row("Canceled", ErrorCode="MF006"))
    facts = facts_of(invoice(*rows))
    assert facts.failure_reasons == ("MF002", "MF004", "MF006", "failed_without_code")
    assert not facts.failed
    assert facts_of(paid(*rows, row())).captures


@pytest.mark.parametrize("status", ["Canceled", "CANCELED", "Cancelled"])
def test_a_canceled_invoice_failed(status: str) -> None:
    facts = facts_of(invoice(declined(), InvoiceStatus=status))
    assert (facts.failed, facts.expired) == (True, False)
    assert facts.failure_reasons == ("MF002", "invoice_canceled")


@pytest.mark.parametrize("rows", [(row(),), (held(),), (held(), released())])
def test_a_canceled_invoice_that_had_money_did_not_fail(rows: Any) -> None:
    facts = facts_of(invoice(*rows, InvoiceStatus="Canceled"))
    assert not facts.failed
    assert facts.failure_reasons == ("invoice_canceled",)


EXPIRY = {"ExpiryDate": "March 2, 2026", "ExpiryTime": "12:15:00.000"}


@pytest.mark.parametrize(
    ("country", "last"),
    [
        ("KWT", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("OMN", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("ARE", datetime(2026, 3, 2, 8, 15, tzinfo=UTC)),
        ("EGY", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
    ],
)
def test_an_unpaid_invoice_expires_by_its_country_s_clock(country: str, last: datetime) -> None:
    document = invoice(**EXPIRY)
    later = last + timedelta(seconds=1)
    assert not facts_of(document, now=last, country=country).expired
    assert facts_of(document, now=later, country=country).expired


@pytest.mark.parametrize(
    ("expiry", "last"),
    [
        (("October 29, 2026", "23:30:00"), datetime(2026, 10, 29, 21, 30, tzinfo=UTC)),
        (("April 24, 2026", "00:30:00"), datetime(2026, 4, 23, 22, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_the_clock_repeats_or_skips_is_not_over_too_early(
    expiry: tuple[str, str], last: datetime
) -> None:
    document = invoice(ExpiryDate=expiry[0], ExpiryTime=expiry[1])
    assert not facts_of(document, now=last, country="EGY").expired
    assert facts_of(document, now=last + timedelta(seconds=1), country="EGY").expired


@pytest.mark.parametrize("rows", [(row(),), (held(),), (held(), released())])
def test_what_had_money_does_not_expire(rows: Any) -> None:
    late = NOW + timedelta(days=9)
    assert not facts_of(invoice(*rows, **EXPIRY), now=late).expired
    assert facts_of(invoice(declined(), **EXPIRY), now=late).expired


@pytest.mark.parametrize(
    ("expiry", "expired"),
    [
        ({"ExpiryDate": None}, False),
        ({"ExpiryDate": "soon"}, False),
        ({"ExpiryDate": "March 1, 2026", "ExpiryTime": None}, True),
        ({"ExpiryDate": "March 2, 2026", "ExpiryTime": None}, False),
        ({"ExpiryDate": "2026-03-01", "ExpiryTime": "10:00"}, True),
    ],
)
def test_without_a_known_moment_it_lasts_till_the_day_is_over(
    expiry: dict[str, Any], expired: bool
) -> None:
    assert facts_of(invoice(**expiry)).expired is expired


def test_a_time_of_the_country_s_clock_becomes_utc() -> None:
    for country, hour in (("KWT", 21), ("ARE", 20)):
        (taken,) = facts_of(paid(row()), country=country).captures
        assert taken.occurred_at == datetime(2026, 1, 9, hour, 15, 33, 353333, UTC)
    (taken,) = facts_of(paid(row(TransactionDate="2026-01-10T00:15:33Z"))).captures
    assert taken.occurred_at == datetime(2026, 1, 10, 0, 15, 33, tzinfo=UTC)
    assert facts_of(paid(row(TransactionDate=None))).captures[0].occurred_at is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Refunded", RefundStatus.PROCESSED),
        ("REFUNDED", RefundStatus.PROCESSED),
        ("Canceled", RefundStatus.FAILED),
        ("Pending", RefundStatus.PENDING),
        ("Under review", RefundStatus.PENDING),
        (None, RefundStatus.PENDING),
    ],
)
def test_a_refund_is_over_only_when_that_is_said(word: Any, status: RefundStatus) -> None:
    (fact,) = facts_of(paid(), refunded(word)).refunds
    assert (fact.refund_id, fact.amount_minor, fact.status) == ("111147", 5000, status)
    assert fact.reference == "refund-1"


def test_equal_facts_are_equal_values_in_whatever_order_they_are_told() -> None:
    rows = [row(), row(PaymentId="2"), declined(), declined("MF004", PaymentId="3")]
    told = observed(paid(*rows), [refunded(), refunded(RefundId=7)])
    assert told == observed(paid(*rows[::-1]), [refunded(RefundId=7), refunded(), refunded()])
    assert [each.capture_id for each in told.facts.captures] == [PAYMENT_ID, "2"]


def test_an_attempt_without_a_payment_id_has_another() -> None:
    (taken,) = facts_of(paid(row(PaymentId=None))).captures
    assert taken.capture_id == "118731"


def test_an_observation_says_who_saw_what_and_when() -> None:
    seen = observed(paid())
    assert (seen.account, seen.payment_id, seen.order_reference, seen.gateway_status) == (
        "myfatoorah-kwt",
        INVOICE_ID,
        "order-1",
        "Paid",
    )
    assert (seen.source, seen.observed_at, seen.evidence) == (
        ObservationSource.READ_BACK,
        NOW,
        "call-1",
    )


@pytest.mark.parametrize("reference", [None, ""])
def test_an_invoice_may_name_no_order(reference: Any) -> None:
    assert observed(invoice(CustomerReference=reference)).order_reference is None
