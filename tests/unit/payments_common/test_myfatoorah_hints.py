"""Which payment a notice points at."""

from typing import Any

import pytest

from payments_common.errors import InvalidMessage
from payments_common.gateways.myfatoorah.webhooks import MyFatoorahWebhooks
from support.myfatoorah_notices import first_body, payment_data, refund_data, second_body
from support.myfatoorah_payloads import INVOICE_ID

SCHEME = MyFatoorahWebhooks()
RECURRING = {
    "Recurring": {"Id": "R1", "Status": "ACTIVE", "InitialInvoiceId": "7"},
    "Payment": {"Invoice": {"Id": INVOICE_ID, "ExternalIdentifier": "order-1"}},
}


@pytest.mark.parametrize(
    ("body", "claims"),
    [
        (second_body(), "paid, success, 40 KWD, WH-626519"),
        (second_body(2, refund_data()), "refunded, 30 KWD, WH-626519"),
        (second_body(5, RECURRING), "active, WH-626519"),
        (
            second_body(6, payment_data(Dispute={"Type": "CHARGEBACK", "Status": "PENDING"})),
            "chargeback, pending, paid, success, 40 KWD, WH-626519",
        ),
        (first_body(), "success, 40 KWD"),
        (first_body(5), "success, 40 KWD"),
        (
            first_body(6, CustomerReference=None, InvoiceExternalIdentifier="order-1"),
            "success, 40 KWD",
        ),
    ],
)
def test_a_notice_is_a_hint_at_its_invoice(body: Any, claims: str) -> None:
    hint = SCHEME.parse(body)
    assert hint is not None
    assert (hint.payment_id, hint.order_reference, hint.claims) == (INVOICE_ID, "order-1", claims)


def test_a_refund_of_version_1_names_no_order() -> None:
    body = first_body(2)
    body["Data"] = {"InvoiceId": INVOICE_ID, "Amount": "40", "RefundStatus": "REFUNDED"}
    hint = SCHEME.parse(body)
    assert hint is not None
    assert (hint.payment_id, hint.order_reference) == (INVOICE_ID, None)
    assert hint.claims == "refunded, 40"


def test_a_refund_points_at_the_invoice_that_was_paid_and_not_at_its_own() -> None:
    hint = SCHEME.parse(second_body(2, refund_data()))
    assert hint is not None
    assert hint.payment_id == INVOICE_ID != refund_data()["Refund"]["InvoiceId"]


def test_a_recurring_payment_without_its_own_invoice_points_at_the_first() -> None:
    hint = SCHEME.parse(second_body(5, {"Recurring": RECURRING["Recurring"]}))
    assert hint is not None
    assert hint.payment_id == "7"


@pytest.mark.parametrize(
    "body",
    [
        second_body(3, {"Deposit": {"Reference": "1"}}),
        second_body(4, {"Supplier": {"Code": 1}}),
        second_body(5, {"Recurring": {"Id": "1"}}),
        second_body(6, {"Dispute": {"Status": "LOST"}}),
        second_body(7, {"Supplier": {"Code": 1}}),
        second_body(99),
        first_body(3),
        first_body(4),
        first_body(7),
        first_body(99),
        first_body(6, InvoiceId=None),
    ],
)
def test_a_notice_that_names_no_invoice_concerns_no_payment(body: Any) -> None:
    assert SCHEME.parse(body) is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        7,
        {},
        {"EventType": 1, "Event": "E"},
        second_body(data={"Invoice": {"Id": None}}),
        second_body(data={"Invoice": {"Id": "abc"}}),
        second_body(data={"Invoice": [INVOICE_ID]}),
        second_body(2, {"Refund": {"InvoiceId": INVOICE_ID}}),
        first_body(InvoiceId=""),
        first_body(2, InvoiceId={"Id": 1}),
    ],
)
def test_a_body_that_myfatoorah_cannot_have_sent_is_refused(body: Any) -> None:
    with pytest.raises(InvalidMessage):
        SCHEME.parse(body)


def test_claims_are_clipped_and_printable() -> None:
    data = payment_data(Transaction={"Status": "a\nb" + "x" * 99})
    hint = SCHEME.parse(second_body(data=data))
    assert hint is not None
    assert "a?b" + "x" * 37 + "," in hint.claims
    assert len(hint.claims) < 200
