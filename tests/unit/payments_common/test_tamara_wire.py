"""Tamara's JSON is read tolerantly, and its amounts are never guessed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from payments_common import strict_json
from payments_common.gateways.tamara.wire import (
    TamaraAuthorised,
    TamaraError,
    TamaraOrder,
    TamaraWebhook,
    listed_webhooks,
)
from payments_common.gateways.wire_types import money_of
from payments_common.money import Money
from support.tamara_payloads import (
    ORDER_ID,
    WEBHOOK_ID,
    authorised_answer,
    capture,
    json_text,
    major,
    order,
)


def read(**changes: Any) -> TamaraOrder:
    return TamaraOrder.model_validate(order(**changes))


def test_a_whole_order_is_read_as_it_comes() -> None:
    seen = TamaraOrder.model_validate(strict_json.loads(json_text(order(captures=[capture()]))))
    assert (seen.order_id, seen.order_reference_id, seen.status) == (
        ORDER_ID,
        "order-1",
        "authorised",
    )
    assert seen.transactions.captures[0].total_amount.amount == Decimal(150)


@pytest.mark.parametrize("unset", [None, "", [], {}, "absent"])
@pytest.mark.parametrize("name", ["transactions", "captured_amount", "canceled_amount"])
def test_unset_members_may_be_null_empty_or_absent(name: str, unset: Any) -> None:
    document = {**order(), name: unset}
    if unset == "absent":
        del document[name]
    seen = TamaraOrder.model_validate(document)
    assert seen.transactions.captures == ()
    assert getattr(seen, name) in (None, seen.transactions)


@pytest.mark.parametrize("unset", [None, "", []])
@pytest.mark.parametrize("name", ["cancels", "captures", "refunds"])
def test_a_list_of_transactions_may_be_null_or_empty(name: str, unset: Any) -> None:
    seen = read(transactions={name: unset})
    assert getattr(seen.transactions, name) == ()


@pytest.mark.parametrize(
    "amount", [300, Decimal("300.00"), Decimal("300.0"), "300", "300.00", Decimal("3E+2")]
)
def test_amounts_are_numbers_or_text(amount: Any) -> None:
    assert read(total_amount={"amount": amount, "currency": "SAR"}).total_amount.amount == 300


@pytest.mark.parametrize("amount", [1.5, True, None, "", "1e2", "NaN", " 1", "\u0661", [], {}])
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValidationError, match="not an amount"):
        read(total_amount={"amount": amount, "currency": "SAR"})


def test_money_may_be_a_list_of_the_one_object() -> None:
    """The reference table says array of objects, the samples say object (section 3.4)."""
    seen = TamaraAuthorised.model_validate(authorised_answer(authorized_amount=[major("7.50")]))
    assert seen.authorized_amount is not None
    assert seen.authorized_amount.amount == Decimal("7.50")
    with pytest.raises(ValidationError):
        read(total_amount=[major(), major()])


@given(st.integers(0, 10**12), st.sampled_from(["SAR", "AED", "KWD", "BHD", "OMR"]))
def test_every_amount_comes_back_exactly_however_it_is_written(minor: int, currency: str) -> None:
    sent = Decimal(Money(minor, currency).to_major())
    for told in (sent, sent.normalize(), str(sent)):
        seen = read(total_amount={"amount": told, "currency": currency}).total_amount
        assert money_of(seen.amount, seen.currency) == Money(minor, currency)


@pytest.mark.parametrize("status", ["authorised", "Authorised", "AUTHORISED"])
def test_statuses_are_kept_in_lower_case(status: str) -> None:
    assert read(status=status).status == "authorised"


@pytest.mark.parametrize("id_", [None, 7, "", "abc", ORDER_ID + "/..", ORDER_ID + "\n", {}])
def test_an_id_that_is_no_uuid_is_refused(id_: Any) -> None:
    with pytest.raises(ValidationError):
        read(order_id=id_)


@pytest.mark.parametrize(
    "moment",
    ["2026-03-03T10:00:00.000Z", "2026-03-03T10:00:00+00:00", "2026-03-03T13:00:00+03:00"],
)
def test_both_forms_of_a_time_are_read(moment: str) -> None:
    (seen,) = read(captures=[capture(created_at=moment)]).transactions.captures
    assert seen.created_at is not None
    assert seen.created_at.timestamp() == 1772532000


@pytest.mark.parametrize("moment", ["yesterday", 7, None, "0000-00-00"])
def test_a_time_never_spoils_an_order(moment: Any) -> None:
    (seen,) = read(captures=[capture(created_at=moment)]).transactions.captures
    assert seen.created_at is None


@pytest.mark.parametrize(
    ("told", "flag"), [(True, True), (False, False), (None, False), (1, False)]
)
def test_only_true_is_auto_captured(told: Any, flag: bool) -> None:
    seen = TamaraAuthorised.model_validate(authorised_answer(auto_captured=told, capture_id=None))
    assert (seen.auto_captured, seen.capture_id) == (flag, "")


@pytest.mark.parametrize("errors", [None, [], "", "absent", [{}], [{"error_code": None}]])
def test_an_error_may_come_without_its_list(errors: Any) -> None:
    body = {"message": "no", "title": "t"} if errors == "absent" else {"errors": errors}
    error = TamaraError.model_validate({"message": "no", **body})
    assert error.message == "no"
    assert not any(each.error_code for each in error.errors)


@pytest.mark.parametrize("body", [[{"webhook_id": 1}], {"webhooks": [{}]}, {"data": [{}]}])
def test_a_list_of_webhooks_is_found_where_it_may_be(body: Any) -> None:
    assert len(listed_webhooks(body)) == 1


@pytest.mark.parametrize("body", [None, {}, {"webhooks": {}}, {"message": "no"}])
def test_what_is_no_list_of_webhooks_is_none(body: Any) -> None:
    assert listed_webhooks(body) is None


@pytest.mark.parametrize("events", [None, {}, "order_approved", [7, None]])
def test_a_webhook_s_events_may_be_anything(events: Any) -> None:
    assert TamaraWebhook.model_validate({"webhook_id": WEBHOOK_ID, "events": events}).events == ()
