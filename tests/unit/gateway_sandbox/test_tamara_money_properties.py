"""Whatever is called in whatever order, no money appears, is lost or is counted twice."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway_sandbox.ledger import Account, Ledger, PaymentKey
from gateway_sandbox.strict_body import dump, load_object
from gateway_sandbox.tamara import machine
from gateway_sandbox.tamara.errors import TamaraError
from gateway_sandbox.tamara.machine import Act, Change
from gateway_sandbox.tamara.money import decode_any_money
from gateway_sandbox.tamara.order import Cancel, Capture, Checkout, Order, Refund, TamaraStatus
from gateway_sandbox.tamara.order_document import OrderWriter
from gateway_sandbox.tamara.settings import TamaraSettings

NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
ACT = Act("api", NOW)
KEY = PaymentKey("tamara", "order-id", "order-1", "KWD")
STRICT = TamaraSettings()
LENIENT = replace(STRICT, cancel_after_capture="allow", capture_after_refund="allow")
CALLS = st.lists(
    st.tuples(
        st.sampled_from(
            ["authorise", "capture", "refund", "cancel", "expire", "capture", "refund", "legacy"]
        ),
        st.integers(1, 60),
    ),
    max_size=25,
)
SETTINGS = st.sampled_from([STRICT, LENIENT, replace(STRICT, refund_allocation="newest_first")])


def called(order: Order, call: tuple[str, int], settings: TamaraSettings, name: str) -> Change:
    kind, minor = call
    match kind:
        case "authorise":
            return machine.authorise(order, ACT)
        case "capture":
            return machine.capture(order, Capture(name, NOW, minor), ACT, settings=settings)
        case "cancel":
            return machine.cancel(order, Cancel(name, NOW, minor), ACT, settings=settings)
        case "expire":
            return machine.expire(order, ACT)
        case "legacy":
            captured = order.captures[-1].capture_id if order.captures else "none"
            refund = Refund(name, NOW, minor, ((captured, minor),))
            return machine.refund(order, refund, ACT, settings=settings)
        case _:
            return machine.refund(order, Refund(name, NOW, minor), ACT, settings=settings)


def replayed(calls: list[tuple[str, int]], settings: TamaraSettings) -> tuple[Order, Account]:
    checkout = Checkout(
        total_minor=100,
        currency="KWD",
        country_code="KW",
        reference_id="order-1",
        order_number="order-1",
        phone_number="96550000001",
        consumer={},
        shipping_address={},
    )
    order = Order(
        order_id=KEY.payment_id,
        checkout_id="checkout-id",
        merchant_id="merchant",
        created_at=NOW,
        session_expires_at=NOW,
        reference_id="order-1",
        checkout=checkout,
    )
    ledger = Ledger()
    change = machine.create(order, ACT).then(machine.approve(order, ACT))
    ledger.record(KEY, change.order.status, change.entries)
    for position, call in enumerate(calls):
        try:
            change = called(change.order, call, settings, str(position))
        except TamaraError:
            continue
        ledger.record(KEY, change.order.status, change.entries)
    return change.order, ledger.accounts()[0]


@given(CALLS, SETTINGS)
def test_money_never_becomes_more_or_less_than_it_was(
    calls: list[tuple[str, int]], settings: TamaraSettings
) -> None:
    order, account = replayed(calls, settings)
    authorized_minor = account.total_minor("authorized")
    assert authorized_minor in (0, order.total_minor)
    assert 0 <= order.captured_minor + order.canceled_minor <= authorized_minor
    assert 0 <= order.refunded_minor <= order.captured_minor
    for capture in order.captures:
        assert 0 <= order.refunded_of(capture.capture_id) <= capture.amount_minor


@given(CALLS, SETTINGS)
def test_the_ledger_and_the_document_say_the_same(
    calls: list[tuple[str, int]], settings: TamaraSettings
) -> None:
    order, account = replayed(calls, settings)
    document = load_object(dump(OrderWriter(settings).order(order)))
    for name, kind in (
        ("captured_amount", "captured"),
        ("refunded_amount", "refunded"),
        ("canceled_amount", "voided"),
    ):
        shown = decode_any_money(document[name], name, settings)
        booked: Any = kind
        assert shown.amount_minor == account.total_minor(booked)


@given(CALLS, SETTINGS)
def test_refunds_of_captures_add_up_to_the_refunds(
    calls: list[tuple[str, int]], settings: TamaraSettings
) -> None:
    order, _ = replayed(calls, settings)
    by_capture = sum(order.refunded_of(capture.capture_id) for capture in order.captures)
    assert by_capture == order.refunded_minor


@given(CALLS, SETTINGS)
def test_the_status_fits_the_money(calls: list[tuple[str, int]], settings: TamaraSettings) -> None:
    order, _ = replayed(calls, settings)
    match order.status:
        case TamaraStatus.FULLY_CAPTURED:
            assert order.open_minor == 0 < order.captured_minor
        case TamaraStatus.CANCELED:
            assert order.canceled_minor == order.total_minor
        case TamaraStatus.UPDATED:
            assert 0 < order.canceled_minor < order.total_minor
        case TamaraStatus.FULLY_REFUNDED:
            assert order.refunded_minor == order.captured_minor > 0
        case TamaraStatus.PARTIALLY_REFUNDED:
            assert 0 < order.refunded_minor < order.captured_minor
        case _:
            assert order.refunded_minor == 0
