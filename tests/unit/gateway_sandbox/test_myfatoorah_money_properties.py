"""Whatever is called in whatever order, no money appears or is counted twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway_sandbox.ledger import Account, Ledger, PaymentKey
from gateway_sandbox.myfatoorah import machine
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.invoice import (
    Invoice,
    Refund,
    RefundStatus,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.invoice_document import due_deposit_minor
from gateway_sandbox.myfatoorah.machine import Act, Change
from gateway_sandbox.myfatoorah.methods import CARDS
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from support.myfatoorah_sandbox import an_invoice

NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
ACT = Act("api", NOW)
KEY = PaymentKey("myfatoorah", "6400001", "order-1", "KWD")
VALUE_MINOR = 100
NAMES = [
    "open",
    "pay",
    "authorize",
    "fail",
    "capture",
    "release",
    "cancel",
    "expire",
    "file",
    "execute",
    "reject",
]
CALLS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(-5, 130), st.integers(1, 4)), max_size=30
)
MODES = st.builds(
    MyFatoorahSettings,
    late_payments=st.sampled_from(["refuse", "accept"]),
    duplicate_payments=st.sampled_from(["refuse", "accept"]),
    pay_after_release=st.sampled_from(["refuse", "accept"]),
)


def a_row(number: int, amount_minor: int) -> Transaction:
    name = str(number)
    status = TransactionStatus.IN_PROGRESS
    return Transaction(
        number, NOW, CARDS, status, amount_minor, name, name, name, name, name, vat_minor=1
    )


def called(
    invoice: Invoice, call: tuple[str, int, int], number: int, settings: MyFatoorahSettings
) -> Change:
    name, amount_minor, which = call
    whole, part = a_row(number, VALUE_MINOR), a_row(number, amount_minor)
    new = Refund(len(invoice.refunds) + 1, "", 0, NOW, amount_minor, "api")
    steps: dict[str, Callable[[], Change]] = {
        "open": lambda: machine.open_attempt(invoice, whole),
        "pay": lambda: machine.pay(invoice, whole, ACT, settings=settings),
        "authorize": lambda: machine.authorize(invoice, whole, ACT, settings=settings),
        "fail": lambda: machine.fail(invoice, whole, ACT, settings=settings),
        "capture": lambda: machine.capture(invoice, part, ACT),
        "release": lambda: machine.release(invoice, whole, ACT, amount_minor=None),
        "cancel": lambda: machine.cancel(invoice, ACT),
        "expire": lambda: machine.expire(invoice, ACT),
        "file": lambda: machine.file_refund(invoice, new, settings=settings),
        "execute": lambda: machine.settle_refund(invoice, which, RefundStatus.REFUNDED, NOW),
        "reject": lambda: machine.settle_refund(invoice, which, RefundStatus.CANCELED, NOW),
    }
    return steps[name]()


def replayed(
    calls: list[tuple[str, int, int]], settings: MyFatoorahSettings
) -> tuple[Invoice, Account]:
    invoice = an_invoice(value_minor=VALUE_MINOR)
    ledger = Ledger()
    ledger.record(KEY, invoice.status, machine.create(invoice, ACT).entries)
    for number, call in enumerate(calls, start=1):
        try:
            change = called(invoice, call, number, settings)
        except MyFatoorahError:
            continue
        invoice = change.invoice
        ledger.record(KEY, invoice.status, change.entries)
    return invoice, ledger.accounts()[0]


@given(CALLS, MODES)
def test_captured_stays_within_authorized_and_refunded_within_captured(
    calls: list[tuple[str, int, int]], settings: MyFatoorahSettings
) -> None:
    invoice, account = replayed(calls, settings)
    assert 0 <= invoice.captured_minor <= account.total_minor("authorized")
    assert 0 <= invoice.refunded_minor(with_pending=True) <= invoice.captured_minor


@given(CALLS, MODES)
def test_the_ledger_adds_up_to_the_invoice(
    calls: list[tuple[str, int, int]], settings: MyFatoorahSettings
) -> None:
    invoice, account = replayed(calls, settings)
    assert account.total_minor("captured") == invoice.captured_minor
    assert account.total_minor("refunded") == invoice.refunded_minor(with_pending=False)


@given(CALLS, MODES)
def test_what_was_authorized_is_held_captured_or_voided(
    calls: list[tuple[str, int, int]], settings: MyFatoorahSettings
) -> None:
    invoice, account = replayed(calls, settings)
    held_minor = invoice.held.amount_minor if invoice.held else 0
    ended_minor = account.total_minor("captured") + account.total_minor("voided")
    assert account.total_minor("authorized") == held_minor + ended_minor


@given(CALLS, MODES)
def test_an_invoice_is_paid_just_when_money_was_taken(
    calls: list[tuple[str, int, int]], settings: MyFatoorahSettings
) -> None:
    invoice, _ = replayed(calls, settings)
    assert invoice.is_paid == (invoice.captured_minor > 0)


@given(CALLS)
def test_without_exceptions_an_invoice_is_paid_once(calls: list[tuple[str, int, int]]) -> None:
    invoice, account = replayed(calls, MyFatoorahSettings())
    assert account.total_minor("authorized") <= VALUE_MINOR
    assert [row.status for row in invoice.transactions].count(TransactionStatus.SUCCESS) <= 1


@given(st.integers(1, 10**9), st.integers(0, 100), st.integers(0, 100))
def test_what_is_owed_is_the_value_without_fees(value: int, charge: int, vat: int) -> None:
    row = replace(a_row(1, value), service_charge_minor=charge, vat_minor=vat)
    paid = machine.pay(an_invoice(), row, ACT, settings=MyFatoorahSettings()).invoice
    assert due_deposit_minor(paid) == value - charge - vat
