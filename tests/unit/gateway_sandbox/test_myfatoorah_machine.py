"""Each rule of gateways/myfatoorah.md sections 3.1 and 4 by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway_sandbox.myfatoorah import machine
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.invoice import (
    Invoice,
    Refund,
    RefundStatus,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.machine import Act, Change
from gateway_sandbox.myfatoorah.methods import CARDS
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from support.myfatoorah_sandbox import an_invoice

NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
ACT = Act("api", NOW)
SETTINGS = MyFatoorahSettings()
VALUE_MINOR = 40_000


def created() -> Invoice:
    return an_invoice(value_minor=VALUE_MINOR)


def row(number: int, amount_minor: int = VALUE_MINOR) -> Transaction:
    name = str(number)
    return Transaction(
        number=number,
        at=NOW,
        method=CARDS,
        status=TransactionStatus.IN_PROGRESS,
        amount_minor=amount_minor,
        payment_id=name,
        track_id=name,
        reference_id=name,
        transaction_id=name,
        authorization_id=name,
    )


def refund(number: int, amount_minor: int) -> Refund:
    return Refund(number, f"ref-{number}", 7000000 + number, NOW, amount_minor, "api")


def pay(invoice: Invoice, number: int = 1, settings: MyFatoorahSettings = SETTINGS) -> Change:
    return machine.pay(invoice, row(number), ACT, settings=settings)


def authorize(invoice: Invoice, settings: MyFatoorahSettings = SETTINGS) -> Change:
    return machine.authorize(invoice, row(1), ACT, settings=settings)


def fail(invoice: Invoice) -> Change:
    return machine.fail(invoice, row(9), ACT, settings=SETTINGS)


def capture(invoice: Invoice, amount_minor: int) -> Change:
    return machine.capture(invoice, row(2, amount_minor), ACT)


def release(invoice: Invoice, amount_minor: int | None = None) -> Change:
    return machine.release(invoice, row(2), ACT, amount_minor=amount_minor)


def file_refund(
    invoice: Invoice, number: int, amount_minor: int, settings: MyFatoorahSettings = SETTINGS
) -> Invoice:
    return machine.file_refund(invoice, refund(number, amount_minor), settings=settings).invoice


def held() -> Invoice:
    return authorize(created()).invoice


def paid() -> Invoice:
    return pay(created()).invoice


def statuses(invoice: Invoice) -> list[str]:
    return [invoice.status.value, *[item.status.value for item in invoice.transactions]]


def booked(change: Change) -> list[tuple[str, int]]:
    return [(entry.kind, entry.amount_minor) for entry in change.entries]


def kinds(change: Change) -> list[str]:
    return [event.kind for event in change.events]


INVOICES: dict[str, Callable[[], Invoice]] = {
    "created": created,
    "failed once": lambda: fail(created()).invoice,
    "held": held,
    "paid": paid,
    "captured": lambda: capture(held(), 2000).invoice,
    "released": lambda: release(held()).invoice,
    "canceled": lambda: machine.cancel(created(), ACT).invoice,
    "expired": lambda: machine.expire(created(), ACT).invoice,
}
PAYABLE = {"created", "failed once"}
ENDED = sorted(set(INVOICES) - PAYABLE)


def test_a_direct_payment_is_authorized_and_captured_at_once() -> None:
    change = pay(created())
    assert statuses(change.invoice) == ["Paid", "Succss"]
    assert booked(change) == [("authorized", VALUE_MINOR), ("captured", VALUE_MINOR)]
    assert kinds(change) == ["pay"]


def test_an_authorization_leaves_the_invoice_pending() -> None:
    change = authorize(created())
    assert statuses(change.invoice) == ["Pending", "Authorize"]
    assert booked(change) == [("authorized", VALUE_MINOR)]
    assert kinds(change) == ["authorize"]


def test_a_failed_attempt_leaves_the_invoice_payable() -> None:
    change = fail(created())
    assert statuses(change.invoice) == ["Pending", "Failed"]
    assert booked(change) == [("rejected", 0)]
    assert statuses(pay(change.invoice).invoice) == ["Paid", "Failed", "Succss"]


def test_an_open_attempt_becomes_its_own_end() -> None:
    opened = machine.open_attempt(created(), row(1))
    assert statuses(opened.invoice) == ["Pending", "InProgress"]
    assert (opened.entries, opened.events) == ((), ())
    assert statuses(pay(opened.invoice).invoice) == ["Paid", "Succss"]


@pytest.mark.parametrize("name", ENDED)
@pytest.mark.parametrize("step", [pay, authorize, fail])
def test_what_has_ended_cannot_be_paid(name: str, step: Callable[[Invoice], Change]) -> None:
    with pytest.raises(MyFatoorahError):
        step(INVOICES[name]())


@pytest.mark.parametrize("name", ENDED)
@pytest.mark.parametrize("step", [machine.cancel, machine.expire])
def test_only_open_invoices_expire_or_are_canceled(
    name: str, step: Callable[[Invoice, Act], Change]
) -> None:
    with pytest.raises(MyFatoorahError):
        step(INVOICES[name](), ACT)


def test_a_partial_capture_changes_the_value_and_releases_the_rest() -> None:
    change = capture(held(), 2000)
    assert statuses(change.invoice) == ["Paid", "Authorize", "Succss"]
    assert (change.invoice.value_minor, change.invoice.captured_minor) == (2000, 2000)
    assert booked(change) == [("captured", 2000), ("voided", VALUE_MINOR - 2000)]
    assert kinds(change) == ["capture"]


def test_a_full_capture_releases_nothing() -> None:
    assert booked(capture(held(), VALUE_MINOR)) == [("captured", VALUE_MINOR)]


def test_a_release_leaves_the_invoice_pending_with_its_value() -> None:
    change = release(held())
    assert statuses(change.invoice) == ["Pending", "Authorize", "Canceled"]
    assert change.invoice.transactions[-1].error == "Transaction Released"
    assert change.invoice.value_minor == VALUE_MINOR
    assert booked(change) == [("voided", VALUE_MINOR)]
    assert kinds(change) == ["close"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("captured", "The invoice is already captured or released"),
        ("released", "The invoice is already captured or released"),
        ("paid", "The invoice has no authorized transaction"),
        ("created", "The invoice has no authorized transaction"),
    ],
)
@pytest.mark.parametrize("step", [release, lambda invoice: capture(invoice, 1)])
def test_there_is_one_capture_or_release(
    name: str, text: str, step: Callable[[Invoice], Change]
) -> None:
    with pytest.raises(MyFatoorahError, match=text):
        step(INVOICES[name]())


@pytest.mark.parametrize("amount_minor", [0, -1, VALUE_MINOR + 1])
def test_a_capture_is_more_than_nothing_and_at_most_what_is_held(amount_minor: int) -> None:
    with pytest.raises(MyFatoorahError, match=r"^Amount"):
        capture(held(), amount_minor)


@pytest.mark.parametrize("amount_minor", [0, 1, VALUE_MINOR - 1, VALUE_MINOR + 1])
def test_a_release_is_full(amount_minor: int) -> None:
    with pytest.raises(MyFatoorahError, match=r"^Amount"):
        release(held(), amount_minor)
    assert release(held(), VALUE_MINOR).entries


@pytest.mark.parametrize("name", sorted(set(INVOICES) - {"paid", "captured"}))
def test_only_paid_invoices_are_refunded(name: str) -> None:
    with pytest.raises(MyFatoorahError, match="No transaction exist matching this Key!"):
        file_refund(INVOICES[name](), 1, 1)


def test_a_filed_refund_moves_no_money_and_tells_nobody() -> None:
    change = machine.file_refund(paid(), refund(1, 1000), settings=SETTINGS)
    assert (change.entries, change.events) == ((), ())
    assert [item.status.value for item in change.invoice.refunds] == ["Pending"]


@pytest.mark.parametrize(
    ("status", "entries"), [("Refunded", [("refunded", 1000)]), ("Canceled", [])]
)
def test_finance_settles_a_refund_once(status: str, entries: list[tuple[str, int]]) -> None:
    filed = file_refund(paid(), 1, 1000)
    change = machine.settle_refund(filed, 1, RefundStatus(status), NOW)
    assert (booked(change), kinds(change)) == (entries, ["refund"])
    assert change.invoice.status.value == "Paid"
    with pytest.raises(MyFatoorahError):
        machine.settle_refund(change.invoice, 1, RefundStatus.REFUNDED, NOW)


def test_pending_refunds_count_against_what_is_left() -> None:
    filed = file_refund(paid(), 1, 30_000)
    with pytest.raises(MyFatoorahError, match="Amount: Insufficient balance for vendor"):
        file_refund(filed, 2, 10_001)
    whole = file_refund(filed, 2, 10_000)
    with pytest.raises(MyFatoorahError, match="Key: The transaction is already under processing!"):
        file_refund(whole, 3, 1)


def test_a_rejected_refund_can_be_asked_for_again() -> None:
    filed = file_refund(paid(), 1, VALUE_MINOR)
    rejected = machine.settle_refund(filed, 1, RefundStatus.CANCELED, NOW).invoice
    assert len(file_refund(rejected, 2, VALUE_MINOR).refunds) == 2


def test_refunds_can_be_limited_to_one_at_a_time() -> None:
    settings = replace(SETTINGS, one_refund_at_a_time=True)
    filed = file_refund(paid(), 1, 1000, settings)
    with pytest.raises(MyFatoorahError, match="already under processing"):
        file_refund(filed, 2, 1000, settings)


def test_a_second_payment_can_be_allowed() -> None:
    settings = replace(SETTINGS, duplicate_payments="accept")
    change = pay(pay(created(), 1, settings).invoice, 2, settings)
    assert statuses(change.invoice) == ["DuplicatePayment", "Succss", "Succss"]
    assert change.invoice.captured_minor == 2 * VALUE_MINOR
    assert change.invoice.value_minor == VALUE_MINOR


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("expired", replace(SETTINGS, late_payments="accept")),
        ("released", replace(SETTINGS, pay_after_release="accept")),
    ],
)
def test_late_payments_can_be_allowed(name: str, settings: MyFatoorahSettings) -> None:
    assert pay(INVOICES[name](), 3, settings).invoice.status.value == "Paid"


def test_a_second_authorization_can_be_captured_after_a_release() -> None:
    settings = replace(SETTINGS, pay_after_release="accept")
    released = release(held()).invoice
    again = machine.authorize(released, row(3), ACT, settings=settings).invoice
    captured = machine.capture(again, row(4, 5), ACT).invoice
    assert (captured.captured_minor, captured.held) == (5, None)


def test_staff_but_nobody_else_can_file_too_large_a_refund_if_so_set() -> None:
    lax = replace(SETTINGS, over_refunds="accept")
    with pytest.raises(MyFatoorahError):
        file_refund(paid(), 1, VALUE_MINOR + 1, lax)
    by_staff = replace(refund(1, VALUE_MINOR + 1), origin="dashboard")
    assert machine.file_refund(paid(), by_staff, settings=lax).invoice.refunds == (by_staff,)
