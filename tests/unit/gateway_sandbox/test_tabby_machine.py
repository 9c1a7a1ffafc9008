"""Each rule of gateways/tabby.md sections 3 and 4 by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway_sandbox.tabby import machine
from gateway_sandbox.tabby.errors import TabbyError
from gateway_sandbox.tabby.machine import Act, Change
from gateway_sandbox.tabby.payment import Capture, Payment, Refund, TabbyStatus
from gateway_sandbox.tabby.settings import TabbySettings

NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
ACT = Act("api", NOW)
SETTINGS = TabbySettings()


def created() -> Payment:
    return Payment(
        payment_id="00000000-0000-4000-8000-0000000000a1",
        session_id="00000000-0000-4000-8000-0000000000b1",
        merchant_id="merchant",
        merchant_code="AE",
        is_test=True,
        created_at=NOW,
        expires_at=NOW,
        amount_minor=10000,
        currency="AED",
        reference_id="order-1",
        request={"buyer": {}},
    )


def authorized() -> Payment:
    return machine.authorize(created(), ACT, settings=SETTINGS).payment


def capture(
    payment: Payment, amount_minor: int, reference_id: str, settings: TabbySettings = SETTINGS
) -> Change:
    new = Capture(f"id-{reference_id}", NOW, amount_minor, reference_id)
    return machine.capture(payment, new, ACT, settings=settings)


def refund(
    payment: Payment, amount_minor: int, reference_id: str, settings: TabbySettings = SETTINGS
) -> Change:
    new = Refund(f"id-{reference_id}", NOW, amount_minor, reference_id)
    return machine.refund(payment, new, ACT, settings=settings)


def close(payment: Payment, settings: TabbySettings = SETTINGS) -> Change:
    return machine.close(payment, ACT, settings=settings)


def captured() -> Payment:
    return capture(authorized(), 10000, "capture-1").payment


def words(change: Change) -> list[tuple[str, str]]:
    return [(event.kind, event.payment.status.value) for event in change.events]


PAYMENTS: dict[str, Callable[[], Payment]] = {
    "created": created,
    "authorized": authorized,
    "partly captured": lambda: capture(authorized(), 4000, "capture-1").payment,
    "captured": captured,
    "cancelled": lambda: close(authorized()).payment,
    "rejected": lambda: machine.reject(created(), ACT).payment,
    "expired": lambda: machine.expire(created(), ACT).payment,
}
NOT_AUTHORIZED = "could not capture not authorized payments"
NOT_REFUNDABLE = "can not refund payment that has no captures and not closed"


@pytest.mark.parametrize("name", ["created", "captured", "cancelled", "rejected", "expired"])
def test_only_authorized_payments_can_be_captured(name: str) -> None:
    with pytest.raises(TabbyError) as refusal:
        capture(PAYMENTS[name](), 1, "capture-new")
    assert (refusal.value.status, refusal.value.text) == (400, NOT_AUTHORIZED)


@pytest.mark.parametrize(
    "name", ["created", "authorized", "partly captured", "cancelled", "rejected", "expired"]
)
def test_only_closed_payments_with_captures_can_be_refunded(name: str) -> None:
    with pytest.raises(TabbyError) as refusal:
        refund(PAYMENTS[name](), 1, "refund-1")
    assert (refusal.value.status, refusal.value.text) == (400, NOT_REFUNDABLE)


@pytest.mark.parametrize("name", ["captured", "cancelled"])
def test_what_is_closed_cannot_be_closed_again(name: str) -> None:
    with pytest.raises(TabbyError) as refusal:
        close(PAYMENTS[name]())
    assert refusal.value.document() == {
        "status": "error",
        "errorType": "bad_data",
        "error": "already closed",
    }


@pytest.mark.parametrize("name", ["authorized", "captured", "cancelled", "rejected", "expired"])
@pytest.mark.parametrize("step", [machine.reject, machine.expire])
def test_only_open_payments_are_rejected_or_expire(
    name: str, step: Callable[[Payment, Act], Change]
) -> None:
    with pytest.raises(TabbyError):
        step(PAYMENTS[name](), ACT)


def test_a_full_capture_announces_authorized_and_then_closed() -> None:
    change = capture(authorized(), 10000, "capture-1")
    assert change.payment.status == TabbyStatus.CLOSED
    assert words(change) == [("capture", "AUTHORIZED"), ("close", "CLOSED")]
    assert change.events[0].payment.closed_at is None


def test_the_last_of_several_captures_closes() -> None:
    partly = capture(authorized(), 4000, "capture-1")
    assert partly.payment.status == TabbyStatus.AUTHORIZED
    assert words(partly) == [("capture", "AUTHORIZED")]
    assert capture(partly.payment, 6000, "capture-2").payment.status == TabbyStatus.CLOSED


@pytest.mark.parametrize("amount_minor", [10001, 99999])
def test_more_than_was_authorized_cannot_be_captured(amount_minor: int) -> None:
    with pytest.raises(TabbyError) as refusal:
        capture(authorized(), amount_minor, "capture-1")
    assert (refusal.value.status, refusal.value.error_type) == (400, "bad_data")


def test_more_than_was_captured_cannot_be_refunded() -> None:
    partly = refund(captured(), 6000, "refund-1").payment
    with pytest.raises(TabbyError) as refusal:
        refund(partly, 4001, "refund-2")
    assert (refusal.value.status, refusal.value.error_type) == (400, "bad_data")
    assert refund(partly, 4000, "refund-2").payment.refunded_minor == 10000


def test_a_repeated_reference_changes_and_announces_nothing() -> None:
    payment = captured()
    assert capture(payment, 10000, "capture-1") == Change(payment)
    refunded = refund(payment, 4000, "refund-1").payment
    assert refund(refunded, 4000, "refund-1") == Change(refunded)


def test_a_repeated_reference_with_another_amount_follows_its_setting() -> None:
    partly = capture(authorized(), 4000, "capture-1").payment
    assert capture(partly, 5000, "capture-1") == Change(partly)
    strict = replace(SETTINGS, replay_with_other_amount="bad_data")
    with pytest.raises(TabbyError):
        capture(partly, 5000, "capture-1", strict)


def test_a_capture_and_a_refund_may_share_a_reference() -> None:
    assert refund(captured(), 10000, "capture-1").payment.refunded_minor == 10000


def test_an_empty_reference_protects_from_nothing() -> None:
    once = capture(authorized(), 1000, "").payment
    assert capture(once, 1000, "").payment.captured_minor == 2000


def test_closing_voids_what_is_not_captured() -> None:
    change = close(capture(authorized(), 4000, "capture-1").payment)
    assert [(entry.kind, entry.amount_minor) for entry in change.entries] == [("voided", 6000)]
    assert refund(change.payment, 4000, "refund-1").payment.status == TabbyStatus.CLOSED


def test_closing_an_open_payment_follows_its_setting() -> None:
    with pytest.raises(TabbyError):
        close(created())
    lenient = replace(SETTINGS, close_on_created="expire")
    assert close(created(), lenient).payment.status == TabbyStatus.EXPIRED


def test_a_dispute_stands_in_the_way_of_refunds() -> None:
    with pytest.raises(TabbyError) as refusal:
        refund(replace(captured(), is_disputed=True), 1, "refund-1")
    assert (refusal.value.status, refusal.value.text) == (409, "payment is disputed")


def test_refunds_end_with_their_window() -> None:
    old = replace(captured(), created_at=NOW - timedelta(days=181))
    with pytest.raises(TabbyError):
        refund(old, 1, "refund-1")


@pytest.mark.parametrize(("name", "is_allowed"), [("created", False), ("authorized", True)])
def test_updates_need_a_paid_payment(name: str, is_allowed: bool) -> None:
    payment = PAYMENTS[name]()
    if is_allowed:
        change = machine.update(payment, "order-2", ACT, settings=SETTINGS)
        assert words(change) == [("update", "AUTHORIZED")]
    else:
        with pytest.raises(TabbyError):
            machine.update(payment, "order-2", ACT, settings=SETTINGS)


def test_authorization_lasts_a_year_on_the_wire() -> None:
    assert authorized().expires_at == NOW + timedelta(days=365)
