"""What Tabby's documents say, field by field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway_sandbox.strict_body import dump
from gateway_sandbox.tabby.decode import decode_checkout, decode_money, decode_webhook
from gateway_sandbox.tabby.errors import TabbyError
from gateway_sandbox.tabby.listing import decode_list, has_status, matching
from gateway_sandbox.tabby.payment import Capture, Event, Payment, Refund, Session, TabbyStatus
from gateway_sandbox.tabby.payment_document import PaymentWriter
from gateway_sandbox.tabby.session_document import instalments, session_status
from gateway_sandbox.tabby.settings import TabbySettings
from gateway_sandbox.tabby.test_data import rejection_reason

NOW = datetime(2026, 1, 31, 9, 15, 4, tzinfo=UTC)
SETTINGS = TabbySettings()
CAPTURE = Capture("capture-id", NOW, 4125, "capture-1")
REFUND = Refund("refund-id", NOW, 1, "refund-1", "damaged")
PAYMENT = Payment(
    payment_id="payment-id",
    session_id="session-id",
    merchant_id="merchant",
    merchant_code="KW",
    is_test=True,
    created_at=NOW,
    expires_at=NOW,
    amount_minor=41250,
    currency="KWD",
    reference_id="order-1",
    request={"buyer": {"name": "Noor Example"}, "meta": {"order_id": "1"}},
)


def checkout(**payment: Any) -> bytes:
    buyer = {"email": "otp.success@tabby.ai", "phone": "500000001"}
    minimal = {"amount": "1", "currency": "AED", "buyer": buyer}
    return dump({"payment": minimal | payment, "merchant_code": "AE"})


def test_a_notice_has_the_documented_members_and_a_lower_case_status() -> None:
    closed = replace(PAYMENT, status=TabbyStatus.CLOSED, closed_at=NOW, captures=(CAPTURE,))
    refunded = replace(closed, refunds=(REFUND,))
    moment = "2026-01-31T09:15:04Z"
    assert PaymentWriter(SETTINGS).notice(Event("refund", refunded)) == {
        "id": "payment-id",
        "created_at": moment,
        "expires_at": moment,
        "closed_at": moment,
        "status": "closed",
        "is_test": True,
        "is_expired": False,
        "amount": "41.25",
        "currency": "KWD",
        "order": {"reference_id": "order-1"},
        "captures": [
            {
                "id": "capture-id",
                "amount": "4.125",
                "created_at": moment,
                "reference_id": "capture-1",
            }
        ],
        "refunds": [
            {
                "id": "refund-id",
                "amount": "0.001",
                "created_at": moment,
                "reference_id": "refund-1",
                "reason": "damaged",
            }
        ],
        "meta": {"order_id": "1"},
        "token": "",
    }


@pytest.mark.parametrize(
    ("unset", "expected"), [("null", {"token": None}), ("empty", {"token": ""}), ("absent", {})]
)
def test_what_is_unset_in_a_notice_follows_its_setting(
    unset: Any, expected: dict[str, Any]
) -> None:
    writer = PaymentWriter(replace(SETTINGS, token_when_unset=unset))
    notice = writer.notice(Event("authorize", PAYMENT))
    assert {name: notice[name] for name in ("token",) if name in notice} == expected


def test_the_api_shows_upper_case_and_no_closed_at() -> None:
    document = PaymentWriter(SETTINGS).payment(replace(PAYMENT, status=TabbyStatus.CLOSED))
    assert document["status"] == "CLOSED"
    assert not {"closed_at", "is_expired"} & set(document)
    assert (document["captures"], document["refunds"]) == ([], [])
    assert document["buyer_history"]["registered_since"] == "0001-01-01T00:00:00Z"


def test_empty_arrays_can_be_null_and_amounts_can_keep_their_zeros() -> None:
    settings = replace(SETTINGS, empty_operations="null", normalise_amounts=False)
    document = PaymentWriter(settings).payment(PAYMENT)
    assert (document["captures"], document["amount"]) == (None, "41.250")


def test_instalments_are_a_month_apart_and_add_up() -> None:
    parts = instalments(replace(PAYMENT, amount_minor=10001))
    assert [due.isoformat() for due, _ in parts] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]
    assert [part for _, part in parts] == [2501, 2500, 2500, 2500]


@pytest.mark.parametrize(
    ("status", "is_over", "expected"),
    [
        (TabbyStatus.CREATED, False, "created"),
        (TabbyStatus.CREATED, True, "expired"),
        (TabbyStatus.AUTHORIZED, True, "approved"),
        (TabbyStatus.CLOSED, False, "approved"),
        (TabbyStatus.REJECTED, False, "rejected"),
        (TabbyStatus.EXPIRED, False, "expired"),
    ],
)
def test_a_sessions_status_follows_its_payment(
    status: TabbyStatus, is_over: bool, expected: str
) -> None:
    session = Session("session-id", "payment-id", "KW", "en", NOW, NOW, None, {})
    assert session_status(session, replace(PAYMENT, status=status), is_over=is_over) == expected


@pytest.mark.parametrize(
    ("phone", "amount_minor", "expected"),
    [
        ("+971500000001", 100, None),
        ("+971 50 000 0002", 100, "not_available"),
        ("0500000002", 100, "not_available"),
        ("+96590000002", 100, "not_available"),
        ("+971500000001", 100_000_000, "order_amount_too_high"),
        ("+971500000001", 99_999_999, None),
    ],
)
def test_test_customers_are_recognised(phone: str, amount_minor: int, expected: str | None) -> None:
    reason = rejection_reason({"phone": phone}, amount_minor, "AED", settings=SETTINGS)
    assert reason == expected


def test_a_minimal_checkout_is_enough_unless_the_full_one_is_required() -> None:
    assert decode_checkout(checkout(), SETTINGS).reference_id == ""
    with pytest.raises(TabbyError):
        decode_checkout(checkout(), replace(SETTINGS, require_full_checkout=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": True},
        {"amount": ["1"]},
        {"currency": ["AED"]},
        {"buyer": None},
        {"buyer": {"email": "none", "phone": "1"}},
        {"order": {"reference_id": 7}},
        {"order": {"items": {"title": "x"}}},
        {"order": {"items": [{"quantity": "1"}]}},
        {"meta": ["x"]},
    ],
)
def test_a_malformed_checkout_is_undecodable(wrong: dict[str, Any]) -> None:
    with pytest.raises(TabbyError) as refusal:
        decode_checkout(checkout(**wrong), SETTINGS)
    assert (refusal.value.status, refusal.value.text) == (400, "could not decode request")


@pytest.mark.parametrize("amount", ["0", "0.00", "-1", "1.001", "1e1", None, "", [], "∞"])
def test_a_capture_needs_a_positive_amount_of_the_currency(amount: Any) -> None:
    with pytest.raises(TabbyError) as refusal:
        decode_money(dump({"amount": amount, "reference_id": "x"}), "AED", SETTINGS)
    assert refusal.value.text == "could not decode request"


def test_an_operations_reference_can_be_made_obligatory() -> None:
    assert decode_money(b'{"amount":"1"}', "AED", SETTINGS).reference_id == ""
    strict = replace(SETTINGS, require_operation_reference=True)
    with pytest.raises(TabbyError):
        decode_money(b'{"amount":"1"}', "AED", strict)


def test_a_webhooks_header_may_be_null_inside() -> None:
    body = {"url": "http://shop.example.com/hook", "header": {"title": None, "value": None}}
    assert decode_webhook(dump(body), SETTINGS) == ("http://shop.example.com/hook", None)
    with pytest.raises(TabbyError):
        decode_webhook(dump(body), replace(SETTINGS, accept_http_webhook_url=False))


def test_a_header_cannot_smuggle_another() -> None:
    body = {"url": "https://shop.example.com", "header": {"title": "X", "value": "a\r\nY: b"}}
    with pytest.raises(TabbyError):
        decode_webhook(dump(body), SETTINGS)


@pytest.mark.parametrize(
    ("changes", "statuses"),
    [
        ({"status": TabbyStatus.AUTHORIZED}, {"new", "authorized"}),
        ({"status": TabbyStatus.CLOSED}, {"closed", "cancelled"}),
        ({"status": TabbyStatus.CLOSED, "captures": (CAPTURE,)}, {"closed", "captured"}),
        (
            {"status": TabbyStatus.CLOSED, "captures": (CAPTURE,), "refunds": (REFUND,)},
            {"closed", "refunded"},
        ),
        ({"status": TabbyStatus.REJECTED}, {"rejected"}),
    ],
)
def test_the_list_knows_the_dashboards_statuses(
    changes: dict[str, Any], statuses: set[str]
) -> None:
    payment = replace(PAYMENT, **changes)
    known = ("authorized", "closed", "rejected", "new", "captured", "refunded", "cancelled")
    assert {status for status in known if has_status(payment, status)} == statuses


def test_a_date_without_a_time_is_its_first_second() -> None:
    paid = replace(PAYMENT, status=TabbyStatus.AUTHORIZED)
    until_that_day = decode_list({"created_at__lte": "2026-01-31"}, SETTINGS)
    from_that_day = decode_list({"created_at__gte": "2026-01-31"}, SETTINGS)
    assert not matching(paid, until_that_day)
    assert matching(replace(paid, created_at=NOW - timedelta(hours=9, minutes=15)), from_that_day)
    assert not matching(replace(paid, created_at=NOW - timedelta(days=1)), from_that_day)
