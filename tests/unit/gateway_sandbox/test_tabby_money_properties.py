"""Whatever is called in whatever order, no money appears or is counted twice."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway_sandbox.ledger import Account, Ledger, PaymentKey
from gateway_sandbox.tabby import machine
from gateway_sandbox.tabby.errors import TabbyError
from gateway_sandbox.tabby.machine import Act, Change
from gateway_sandbox.tabby.payment import Capture, Payment, Refund, TabbyStatus
from gateway_sandbox.tabby.settings import TabbySettings

NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
SETTINGS = TabbySettings()
KEY = PaymentKey("tabby", "payment-1", "order-1", "KWD")
CALLS = st.lists(
    st.tuples(
        st.sampled_from(
            ["authorize", "capture", "refund", "close", "reject", "expire", "capture", "refund"]
        ),
        st.integers(1, 60),
        st.sampled_from(["", "one", "two", "three"]),
    ),
    max_size=25,
)


def called(payment: Payment, call: tuple[str, int, str]) -> Change:
    name, amount_minor, reference_id = call
    act = Act("api", NOW)
    settings: dict[str, Any] = {"settings": SETTINGS}
    if name == "capture":
        return machine.capture(
            payment, Capture("id", NOW, amount_minor, reference_id), act, **settings
        )
    if name == "refund":
        return machine.refund(
            payment, Refund("id", NOW, amount_minor, reference_id), act, **settings
        )
    if name in {"reject", "expire"}:
        return machine.reject(payment, act) if name == "reject" else machine.expire(payment, act)
    step = machine.authorize if name == "authorize" else machine.close
    return step(payment, act, **settings)


def replayed(calls: list[tuple[str, int, str]]) -> tuple[Payment, Account]:
    payment = Payment(
        payment_id=KEY.payment_id,
        session_id="session-1",
        merchant_id="merchant",
        merchant_code="KW",
        is_test=True,
        created_at=NOW,
        expires_at=NOW,
        amount_minor=100,
        currency="KWD",
        reference_id=KEY.reference_id,
        request={},
    )
    ledger = Ledger()
    ledger.record(KEY, payment.status, machine.create(payment, Act("api", NOW)).entries)
    for call in calls:
        try:
            change = called(payment, call)
        except TabbyError:
            continue
        payment = change.payment
        ledger.record(KEY, payment.status, change.entries)
    return payment, ledger.accounts()[0]


@given(CALLS)
def test_captured_stays_within_authorized_and_refunded_within_captured(
    calls: list[tuple[str, int, str]],
) -> None:
    payment, account = replayed(calls)
    assert 0 <= payment.captured_minor <= account.total_minor("authorized")
    assert 0 <= payment.refunded_minor <= payment.captured_minor


@given(CALLS)
def test_the_ledger_adds_up_to_the_payment(calls: list[tuple[str, int, str]]) -> None:
    payment, account = replayed(calls)
    assert account.total_minor("captured") == payment.captured_minor
    assert account.total_minor("refunded") == payment.refunded_minor


@given(CALLS)
def test_a_closed_payment_has_nothing_left_over(calls: list[tuple[str, int, str]]) -> None:
    payment, account = replayed(calls)
    if payment.status == TabbyStatus.CLOSED:
        voided_minor = account.total_minor("voided")
        assert payment.captured_minor + voided_minor == account.total_minor("authorized")


@given(CALLS)
def test_a_reference_moves_money_once(calls: list[tuple[str, int, str]]) -> None:
    payment, _ = replayed(calls)
    for operations in (payment.captures, payment.refunds):
        named = [operation.reference_id for operation in operations if operation.reference_id]
        assert len(named) == len(set(named))
