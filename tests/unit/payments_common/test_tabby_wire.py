"""Tabby's JSON is read tolerantly, and its amounts are never guessed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from payments_common.errors import InvalidMoney
from payments_common.gateways.tabby.wire import (
    TabbyPayment,
    TabbySession,
    TabbyWebhookList,
)
from payments_common.gateways.wire_types import money_of, uuid_or_none
from payments_common.money import Money
from support.tabby_payloads import PAYMENT_ID, capture, payment, session_answer


def read(**changes: Any) -> TabbyPayment:
    return TabbyPayment.model_validate(payment(**changes))


@pytest.mark.parametrize("unset", [None, "", "absent"])
@pytest.mark.parametrize("name", ["captures", "refunds", "order", "closed_at", "expires_at"])
def test_unset_members_may_be_null_empty_or_absent(name: str, unset: str | None) -> None:
    document = {**payment(), name: unset}
    if unset == "absent":
        del document[name]
    seen = TabbyPayment.model_validate(document)
    assert not getattr(seen, name)


@pytest.mark.parametrize("reference", [None, "", "absent"])
def test_a_capture_made_elsewhere_has_no_reference(reference: str | None) -> None:
    document = capture(reference_id=reference)
    if reference == "absent":
        del document["reference_id"]
    (seen,) = read(captures=[document]).captures
    assert seen.reference_id == ""


@pytest.mark.parametrize("status", ["authorized", "AUTHORIZED", "Authorized"])
def test_statuses_come_in_any_case(status: str) -> None:
    assert read(status=status).status == "AUTHORIZED"


def test_an_unknown_status_is_kept() -> None:
    assert read(status="on_hold").status == "ON_HOLD"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("150", "150"), ("150.00", "150.00"), ("730.33", "730.33"), (880, "880"), ("0", "0")],
)
def test_amounts_are_text_or_numbers(amount: Any, expected: str) -> None:
    assert read(amount=amount).amount == Decimal(expected)
    assert read(amount=Decimal(expected)).amount == Decimal(expected)


@pytest.mark.parametrize(
    "amount",
    [
        1.5,
        True,
        None,
        "",
        "abc",
        "1e2",
        "NaN",
        " 1",
        "\u0661",
        [],
        "1" * 16,
        "100.000000000000000000000000000001",
        Decimal("1E+30"),
        Decimal("NaN"),
    ],
)
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValidationError, match="not an amount"):
        read(amount=amount)


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "SAR"), ("1.0005", "KWD")])
def test_an_over_precise_amount_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidMoney, match="never rounded"):
        money_of(Decimal(amount), currency)


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(InvalidMoney, match="below zero"):
        money_of(Decimal(-1), "SAR")


@given(st.integers(0, 10**12), st.sampled_from(["AED", "SAR", "KWD"]))
def test_every_amount_comes_back_exactly_however_it_is_normalised(
    minor: int, currency: str
) -> None:
    sent = Money(minor, currency).to_major()
    for answered in (sent, f"{Decimal(sent).normalize():f}"):
        assert money_of(read(amount=answered).amount, currency) == Money(minor, currency)


@pytest.mark.parametrize("id_", [None, 7, "", "abc", PAYMENT_ID + "/..", PAYMENT_ID + "\n", {}])
def test_an_id_that_is_no_uuid_is_refused(id_: Any) -> None:
    assert uuid_or_none(id_) is None
    with pytest.raises(ValidationError):
        read(id=id_)


def test_ids_are_kept_in_lower_case() -> None:
    assert read(id=PAYMENT_ID.upper()).id == PAYMENT_ID


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "yesterday", 7, None])
def test_a_time_never_spoils_a_payment(moment: Any) -> None:
    assert read(created_at=moment).amount == 150


def test_a_time_without_a_zone_is_utc() -> None:
    moment = read(created_at="2026-03-02T09:15:04").created_at
    assert moment is not None
    assert moment.isoformat() == "2026-03-02T09:15:04+00:00"


@pytest.mark.parametrize("products", [None, {}, [], "absent"])
def test_a_session_without_products_can_be_read(products: Any) -> None:
    configuration = {} if products == "absent" else {"available_products": products}
    session = TabbySession.model_validate(session_answer(configuration=configuration))
    assert session.status == "CREATED"


def test_webhooks_are_listed_as_an_array_an_object_or_null() -> None:
    one = {"id": "1", "url": "https://shop.example.com", "is_test": True, "header": None}
    assert len(TabbyWebhookList.model_validate([one, one]).root) == 2
    assert len(TabbyWebhookList.model_validate(one).root) == 1
    assert TabbyWebhookList.model_validate(None).root == ()
