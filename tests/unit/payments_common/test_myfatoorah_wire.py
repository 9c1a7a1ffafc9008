"""MyFatoorah's JSON is read tolerantly, and its amounts are never guessed."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from payments_common.gateways.myfatoorah.wire import (
    Invoice,
    PaymentMethodsAnswer,
    RefundsAnswer,
    WebhookPageAnswer,
)
from payments_common.money import Money
from support.myfatoorah_payloads import INVOICE_ID, invoice, refunded, row


def read(*rows: dict[str, Any], **changes: Any) -> Invoice:
    return Invoice.model_validate(invoice(*rows, **changes))


def row_of(**changes: Any) -> Any:
    return read(row(**changes)).transactions[0]


@pytest.mark.parametrize("id_", [int(INVOICE_ID), INVOICE_ID])
def test_ids_are_numbers_or_text(id_: Any) -> None:
    assert read(InvoiceId=id_).id == INVOICE_ID


@pytest.mark.parametrize("id_", [None, "", "abc", True, -1, "12 ", "\u0661", [], "1" * 41])
def test_what_is_no_id_is_refused(id_: Any) -> None:
    with pytest.raises(ValidationError):
        read(InvoiceId=id_)


@pytest.mark.parametrize("rows", [None, "", []])
def test_an_invoice_without_attempts_has_an_empty_list(rows: Any) -> None:
    assert read(InvoiceTransactions=rows).transactions == ()


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (40, "40"),
        (Decimal("10.942"), "10.942"),
        ("40.000", "40.000"),
        ("12,345.000", "12345.000"),
        ("1,234,567.5", "1234567.5"),
    ],
)
def test_amounts_are_numbers_or_text_with_commas_between_thousands(value: Any, amount: str) -> None:
    assert read(InvoiceValue=value).value == Decimal(amount)
    assert row_of(TransationValue=str(value)).value == Decimal(amount)


@pytest.mark.parametrize(
    "value", [1.5, True, None, "", "abc", "1e2", "NaN", "1,5", "12,34.5", "\u0661", [], "1" * 16]
)
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="not an amount"):
        read(InvoiceValue=value)


@pytest.mark.parametrize(
    ("text", "amount", "symbol"),
    [
        ("12,345.000 KD", "12345.000", "KD"),
        ("40.000 KWD", "40.000", "KWD"),
        ("SR 30.29", "30.29", "SR"),
        ("40.000", "40.000", ""),
        ("1.000 K.D.", "1.000", "K.D."),
    ],
)
def test_a_displayed_amount_has_a_symbol(text: str, amount: str, symbol: str) -> None:
    shown = read(InvoiceDisplayValue=text).displayed
    assert shown is not None
    assert (shown.amount, shown.symbol) == (Decimal(amount), symbol)


@pytest.mark.parametrize("text", [None, "", "free", "1.000,00 KD", "40.000 K D"])
def test_a_displayed_amount_that_cannot_be_read_spoils_no_invoice(text: Any) -> None:
    assert read(InvoiceDisplayValue=text).displayed is None


@given(st.integers(0, 10**14), st.sampled_from(["KWD", "SAR", "BHD", "EGP"]))
def test_every_amount_comes_back_exactly_however_it_is_written(minor: int, currency: str) -> None:
    sent = Money(minor, currency).to_major()
    for written in (sent, Decimal(sent), f"{Decimal(sent):,f}", f"{Decimal(sent).normalize():f}"):
        assert Money.from_major(read(InvoiceValue=written).value, currency).amount_minor == minor


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-10T00:15:33.3533333", "2026-01-10T00:15:33.353333"),
        ("2026-01-10T00:15:07.293", "2026-01-10T00:15:07.293000"),
        ("2026-01-10T00:15:07Z", "2026-01-10T00:15:07+00:00"),
        ("0001-01-01T00:00:00", None),
        ("yesterday", None),
        (7, None),
        (None, None),
    ],
)
def test_times_have_up_to_seven_digits_of_a_second(text: Any, moment: str | None) -> None:
    wall_clock = row_of(TransactionDate=text).wall_clock
    assert (wall_clock.isoformat() if wall_clock else None) == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("January 13, 2026", date(2026, 1, 13)),
        ("December 1, 2026", date(2026, 12, 1)),
        ("2026-01-13", date(2026, 1, 13)),
        ("2026-01-13T00:00:00", date(2026, 1, 13)),
        ("Januar 13, 2026", None),
        ("January 32, 2026", None),
        ("January 1, 0001", None),
        ("0001-01-01T00:00:00", None),
        (None, None),
    ],
)
def test_an_expiry_day_is_written_out_or_iso(text: Any, day: date | None) -> None:
    assert read(ExpiryDate=text).expiry_day == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [("00:15:07.293", time(0, 15, 7, 293000)), ("noon", None), (None, None), (12, None)],
)
def test_an_expiry_time_may_be_missing(text: Any, moment: time | None) -> None:
    assert read(ExpiryTime=text).expiry_time == moment


@pytest.mark.parametrize("name", ["Error", "ErrorCode", "PaymentId", "CustomerServiceCharge"])
def test_members_of_an_attempt_may_be_null_or_absent(name: str) -> None:
    document: dict[str, Any] = {**row(), name: None}
    assert read(document).transactions[0]
    del document[name]
    assert read(document).transactions[0]


@pytest.mark.parametrize("data", [None, "", [], {}, {"RefundStatusResult": None}])
def test_no_refunds_are_told_in_many_ways(data: Any) -> None:
    refunds = RefundsAnswer.model_validate({"IsSuccess": True, "Data": data}).refunds
    assert refunds is None or refunds.rows == ()


def test_a_refund_s_amount_may_be_named_twice_or_once() -> None:
    rows = [refunded(amount="5"), refunded(RefundId="7")]
    del rows[1]["Amount"]
    answer = RefundsAnswer.model_validate({"Data": {"RefundStatusResult": rows}})
    assert answer.refunds is not None
    assert [each.id for each in answer.refunds.rows] == ["111147", "7"]
    assert {each.amount for each in answer.refunds.rows} == {Decimal(5)}


@pytest.mark.parametrize("data", [None, [], {}, {"PaymentMethods": None}])
def test_no_payment_methods_are_no_error(data: Any) -> None:
    offered = PaymentMethodsAnswer.model_validate({"Data": data}).offered
    assert offered is None or offered.methods == ()


@pytest.mark.parametrize("pages", [3, "3", None, "many"])
def test_pages_are_counted_in_numbers_or_text(pages: Any) -> None:
    answer = WebhookPageAnswer.model_validate({"Data": {"Pagination": {"PagesCount": pages}}})
    assert answer.page is not None
    assert answer.page.pagination is not None
    assert answer.page.pagination.pages == (3 if str(pages) == "3" else None)
