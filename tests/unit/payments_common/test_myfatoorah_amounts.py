"""What an invoice is worth: exact, whatever is displayed, rounded up or charged on top."""

from decimal import Decimal
from typing import Any

import pytest

from payments_common.errors import InvalidMoney
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from support.myfatoorah_payloads import captured, held, invoice, paid, row
from support.myfatoorah_story import observed

TOTAL = Money(40000, "KWD")


def facts_of(document: dict[str, Any], **options: Any) -> PaymentFacts:
    return observed(document, **options).facts


def money(facts: PaymentFacts) -> tuple[int, int, int]:
    """What was authorized, captured and voided."""
    taken = sum(each.amount_minor for each in facts.captures)
    return (facts.authorized_minor, taken, facts.voided_minor)


def test_what_is_displayed_counts_where_it_is_another_amount() -> None:
    for shown in ("30.29 SR", "SAR 30.29", "30.29 S.R."):
        other = facts_of(invoice(InvoiceDisplayValue=shown)).amounts
        assert other == (TOTAL, Money(3029, "SAR"))
    assert facts_of(invoice(InvoiceDisplayValue="41.000 KD")).amounts == (
        TOTAL,
        Money(41000, "KWD"),
    )
    assert facts_of(invoice(InvoiceDisplayValue="41 ?")).amounts[1] == Money(41000, "KWD")


@pytest.mark.parametrize("shown", ["40.000 KD", "40 KWD", "K.D. 40.0", "40.000", None, "soon"])
def test_the_same_amount_in_other_words_is_no_mismatch(shown: Any) -> None:
    assert facts_of(invoice(InvoiceDisplayValue=shown)).amounts == (TOTAL,)


@pytest.mark.parametrize(
    ("symbol", "country", "currency"),
    [
        ("KD", "KWT", "KWD"),
        ("SR", "SAU", "SAR"),
        ("BD", "BHR", "BHD"),
        ("LE", "EGY", "EGP"),
        ("QR", "QAT", "QAR"),
        ("OR", "OMN", "OMR"),
        ("JD", "JOR", "JOD"),
        ("AED", "ARE", "AED"),
    ],
)
def test_every_currency_s_symbol_is_known(symbol: str, country: str, currency: str) -> None:
    document = invoice(InvoiceDisplayValue=f"40.00 {symbol}")
    (amount,) = facts_of(document, country=country).amounts
    assert amount == Money.from_major("40", currency)


@pytest.mark.parametrize("value", ["10.942", "10.95", "10.950"])
def test_what_is_paid_rounded_up_is_the_invoice_s_value(value: str) -> None:
    exact = {"InvoiceValue": Decimal("10.942"), "InvoiceDisplayValue": "10.942 KD"}
    assert money(facts_of(paid(row(value=value), **exact))) == (10942, 10942, 0)
    assert money(facts_of(invoice(held(value), **exact))) == (10942, 0, 0)
    assert money(facts_of(paid(held(value), captured(value), **exact))) == (10942, 10942, 0)


def test_a_part_captured_a_little_below_the_whole_is_a_part() -> None:
    after = {"InvoiceValue": Decimal("10.942"), "InvoiceDisplayValue": "10.942 KD"}
    facts = facts_of(paid(held("10.950"), captured("10.942"), **after))
    assert money(facts) == (10950, 10942, 8)
    assert facts.amounts == (Money(10950, "KWD"),)


def test_a_fee_that_the_customer_pays_is_not_the_order_s_money() -> None:
    facts = facts_of(paid(row(value="40.101", CustomerServiceCharge="0.101")))
    assert money(facts) == (40000, 40000, 0)


def test_another_value_than_the_invoice_s_is_told_as_it_is() -> None:
    assert money(facts_of(paid(row(value="39.000"))))[1] == 39000


@pytest.mark.parametrize(
    "document",
    [
        invoice(InvoiceValue=Decimal("40.0005")),
        invoice(InvoiceValue=-1),
        paid(row(value="1.0005")),
        invoice(InvoiceDisplayValue="1.0005 KD"),
    ],
)
def test_money_that_cannot_be_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidMoney):
        observed(document)
