"""How amounts, times and invoices are written, gateways/myfatoorah.md sections 3.1 and 5."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sandbox.amounts import EXPONENTS
from gateway_sandbox.faults import Fault
from gateway_sandbox.myfatoorah import wire_times
from gateway_sandbox.myfatoorah.countries import COUNTRIES, CURRENCIES, SYMBOLS
from gateway_sandbox.myfatoorah.currencies import charged, converted, rate
from gateway_sandbox.myfatoorah.invoice import Item, Order, SupplierShare
from gateway_sandbox.myfatoorah.invoice_document import InvoiceWriter
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.tampering import tampered
from gateway_sandbox.myfatoorah.wire_amounts import (
    as_decimal,
    as_number,
    has_excess_decimals,
    plain_number,
    to_minor,
    with_symbol,
)
from gateway_sandbox.strict_body import dump
from support.myfatoorah_sandbox import an_invoice

KUWAIT = COUNTRIES["KWT"].zone
MOMENT = datetime(2026, 1, 9, 21, 15, 7, 293_456, tzinfo=UTC)
DINARS = {"KWD", "BHD", "OMR", "JOD"}


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (1_000, "KWD", "1.000 KD"),
        (12_345_000, "KWD", "12,345.000 KD"),
        (123_456_789, "BHD", "123,456.789 BD"),
        (40_00, "SAR", "40.00 SR"),
        (1_234_567_05, "EGP", "1,234,567.05 LE"),
        (5, "OMR", "0.005 OR"),
    ],
)
def test_display_values_have_commas_decimals_and_a_symbol(
    amount_minor: int, currency: str, text: str
) -> None:
    assert with_symbol(amount_minor, currency) == text


@pytest.mark.parametrize(
    ("amount_minor", "currency", "literal"),
    [(1_000, "KWD", b"1"), (884, "KWD", b"0.884"), (0, "KWD", b"0"), (10_50, "SAR", b"10.5")],
)
def test_numbers_are_exact_literals_without_trailing_zeros(
    amount_minor: int, currency: str, literal: bytes
) -> None:
    assert dump(as_number(amount_minor, currency)) == literal


@pytest.mark.parametrize(
    ("number", "literal"), [("2.500", b"2.5"), ("100", b"100"), ("0.10", b"0.1"), ("1E+2", b"100")]
)
def test_foreign_numbers_lose_only_their_zeros(number: str, literal: bytes) -> None:
    assert dump(plain_number(Decimal(number))) == literal


@pytest.mark.parametrize("value", [True, None, [], {}, "", "ten", "1,5", "NaN", "1e99", "Infinity"])
def test_what_is_no_amount_is_none(value: Any) -> None:
    assert as_decimal(value) is None


@pytest.mark.parametrize(
    ("base", "paid"), [("10.942", 10_950), ("112.185", 112_190), ("260.444", 260_450), ("1", 1_000)]
)
def test_what_the_payer_pays_is_rounded_up_to_two_decimals(base: str, paid: int) -> None:
    assert charged(to_minor(Decimal(base), "KWD"), "KWD", to="KWD") == paid


@given(
    st.integers(0, 10**12), st.sampled_from(sorted(CURRENCIES)), st.sampled_from(sorted(CURRENCIES))
)
def test_a_charge_is_never_less_than_the_value_and_has_no_third_decimal(
    amount_minor: int, currency: str, other: str
) -> None:
    paid_minor = charged(amount_minor, currency, to=other)
    assert paid_minor >= converted(amount_minor, currency, to=other) - 1
    assert paid_minor % 10 ** (EXPONENTS[other] - 2) == 0


@given(st.integers(0, 10**12), st.sampled_from(sorted(CURRENCIES)))
def test_the_same_currency_is_not_converted(amount_minor: int, currency: str) -> None:
    assert converted(amount_minor, currency, to=currency) == amount_minor
    assert rate(currency, currency) == 1


@pytest.mark.parametrize(
    ("number", "currency", "is_excess"),
    [
        ("1.234", "KWD", False),
        ("1.2345", "KWD", True),
        ("1.23", "SAR", False),
        ("1.234", "SAR", True),
    ],
)
def test_excess_decimals_depend_on_the_currency(
    number: str, currency: str, is_excess: bool
) -> None:
    assert has_excess_decimals(Decimal(number), currency) is is_excess


def test_each_country_has_a_symbol_and_its_own_decimals() -> None:
    assert set(SYMBOLS) >= CURRENCIES
    assert {name for name in CURRENCIES if EXPONENTS[name] == 3} == DINARS


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (wire_times.created_date, "2026-01-10T00:15:07.293"),
        (wire_times.expiry_date, "January 10, 2026"),
        (wire_times.expiry_time, "00:15:07.293"),
        (wire_times.transaction_date, "2026-01-10T00:15:07.2934560"),
        (wire_times.track_date, "10-01-2026"),
        (wire_times.packed, "10012026001507"),
    ],
)
def test_local_times_are_the_wall_clock_without_an_offset(write: Any, text: str) -> None:
    assert write(MOMENT, KUWAIT) == text


@pytest.mark.parametrize(
    ("microsecond", "milliseconds", "ticks", "time"),
    [
        (0, "2026-01-09T21:15:07Z", "2026-01-09T21:15:07.0000000Z", "00:15:07.000"),
        (930_000, "2026-01-09T21:15:07.93Z", "2026-01-09T21:15:07.9300000Z", "00:15:07.930"),
    ],
)
def test_fractions_of_a_second_follow_each_format(
    microsecond: int, milliseconds: str, ticks: str, time: str
) -> None:
    moment = MOMENT.replace(microsecond=microsecond)
    assert wire_times.utc_milliseconds(moment) == milliseconds
    assert wire_times.utc_ticks(moment) == ticks
    assert wire_times.expiry_time(moment, KUWAIT) == time


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-01-10T00:15:07", 21),
        ("2026-01-10T00:15:07Z", 0),
        ("tomorrow", None),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59", None),
    ],
)
def test_times_without_an_offset_are_read_as_local(text: str, hour: int | None) -> None:
    moment = wire_times.moment_of(text, KUWAIT)
    assert (None if moment is None else moment.hour) == hour


@pytest.mark.parametrize(
    ("country", "clock_zone", "created"),
    [
        ("KWT", "country", "2026-01-10T00:15:07.293"),
        ("ARE", "country", "2026-01-10T01:15:07.293"),
        ("EGY", "country", "2026-01-09T23:15:07.293"),
        ("EGY", "kuwait", "2026-01-10T00:15:07.293"),
    ],
)
def test_the_wall_clock_is_that_of_the_country(country: str, clock_zone: Any, created: str) -> None:
    invoice = replace(an_invoice(country), created_at=MOMENT)
    writer = InvoiceWriter(MyFatoorahSettings(clock_zone=clock_zone))
    assert writer.tree(invoice)["CreatedDate"] == created


def test_items_and_suppliers_come_back_with_all_members() -> None:
    order = Order(
        "KWD",
        10_000,
        "Anonymous",
        "+965",
        items=(Item("Tea", 2, Decimal("5.000"), {"Weight": Decimal("0.5"), "Width": Decimal(0)}),),
        suppliers=(SupplierShare(7, Decimal("9.5"), None),),
    )
    tree = InvoiceWriter(MyFatoorahSettings()).tree(replace(an_invoice(), order=order))
    assert dump(tree["InvoiceItems"]) == (
        b'[{"ItemName":"Tea","Quantity":2,"UnitPrice":5,"Weight":0.5,"Width":0}]'
    )
    assert dump(tree["Suppliers"]) == (
        b'[{"SupplierCode":7,"SupplierName":"Supplier 7","InvoiceShare":9.5,'
        b'"ProposedShare":null,"DepositShare":9.5}]'
    )


def test_the_display_value_can_name_the_currency_by_its_code() -> None:
    writer = InvoiceWriter(MyFatoorahSettings(display_value_currency="iso"))
    assert writer.tree(an_invoice())["InvoiceDisplayValue"] == "10.000 KWD"


@pytest.mark.parametrize(
    ("document", "altered"),
    [
        ({"InvoiceDisplayValue": "1.000 KD"}, {"InvoiceDisplayValue": "0.07 KD"}),
        (
            {"Data": {"Amount": {"ValueInBaseCurrency": "1"}}},
            {"Data": {"Amount": {"ValueInBaseCurrency": "0.07"}}},
        ),
        ({"Data": [{"TransationValue": "1.000"}]}, {"Data": [{"TransationValue": "0.07"}]}),
        ({"Amount": "40", "InvoiceId": 1}, {"Amount": "0.07", "InvoiceId": 1}),
    ],
)
def test_a_wrong_amount_is_put_wherever_there_is_one(
    document: dict[str, Any], altered: dict[str, Any]
) -> None:
    assert tampered(document, Fault("*", "wrong_amount", amount="0.07")) == altered


def test_a_wrong_amount_of_a_number_stays_a_number() -> None:
    fault = Fault("*", "wrong_amount", amount="0.07")
    assert dump(tampered({"InvoiceValue": 10}, fault)) == b'{"InvoiceValue":0.07}'
    nonsense = Fault("*", "wrong_amount", amount="much")
    assert dump(tampered({"InvoiceValue": 10}, nonsense)) == b'{"InvoiceValue":"much"}'


@pytest.mark.parametrize(
    ("document", "altered"),
    [
        ({"InvoiceDisplayValue": "1.000 KD"}, {"InvoiceDisplayValue": "1.000 SR"}),
        ({"Currency": "KD", "PaidCurrency": "KD"}, {"Currency": "SR", "PaidCurrency": "SR"}),
        ({"GatewayReference": {"Currency": "KWD"}}, {"GatewayReference": {"Currency": "SAR"}}),
        ({"Amount": {"BaseCurrency": "KWD"}}, {"Amount": {"BaseCurrency": "SAR"}}),
    ],
)
def test_a_wrong_currency_is_put_wherever_there_is_one(
    document: dict[str, Any], altered: dict[str, Any]
) -> None:
    assert tampered(document, Fault("*", "wrong_currency", currency="SAR")) == altered
