"""The rules of an invoice as pure functions, gateways/myfatoorah.md sections 3.1 and 4.

Each takes an invoice and gives the Change: the new invoice, the ledger's lines, the events to
notify. A refusal is a MyFatoorahError and changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway_sandbox.ledger import EntryDraft, EntryKind, Origin
from gateway_sandbox.myfatoorah import errors
from gateway_sandbox.myfatoorah.errors import invalid
from gateway_sandbox.myfatoorah.invoice import (
    Event,
    EventKind,
    Invoice,
    InvoiceStatus,
    Refund,
    RefundStatus,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it and when."""

    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What one act made of an invoice."""

    invoice: Invoice
    entries: tuple[EntryDraft, ...] = ()
    events: tuple[Event, ...] = ()


def create(invoice: Invoice, act: Act) -> Change:
    """An invoice comes into being; nobody is notified."""
    return Change(invoice, (_entry(invoice, act, kind="created"),))


def open_attempt(invoice: Invoice, row: Transaction) -> Change:
    """The payer has opened the page: a row InProgress, no money, no notice."""
    return Change(_with_row(invoice, row))


def pay(invoice: Invoice, row: Transaction, act: Act, *, settings: MyFatoorahSettings) -> Change:
    """Charge at once; a success is final. Raises MyFatoorahError unless payable."""
    require_chargeable(invoice, settings)
    row = replace(row, status=TransactionStatus.SUCCESS)
    status = InvoiceStatus.DUPLICATE_PAYMENT if invoice.is_paid else InvoiceStatus.PAID
    paid = replace(_with_row(invoice, row), status=status)
    entries = tuple(
        _entry(paid, act, kind=kind, amount_minor=row.amount_minor, reference_id=row.payment_id)
        for kind in ("authorized", "captured")
    )
    return Change(paid, entries, (_event("pay", paid, act, row),))


def authorize(
    invoice: Invoice, row: Transaction, act: Act, *, settings: MyFatoorahSettings
) -> Change:
    """Hold the funds; the invoice stays Pending. Raises MyFatoorahError unless payable."""
    require_payable(invoice, settings)
    row = replace(row, status=TransactionStatus.AUTHORIZE)
    held = _with_row(invoice, row)
    entry = _entry(
        held, act, kind="authorized", amount_minor=row.amount_minor, reference_id=row.payment_id
    )
    return Change(held, (entry,), (_event("authorize", held, act, row),))


def fail(invoice: Invoice, row: Transaction, act: Act, *, settings: MyFatoorahSettings) -> Change:
    """One attempt is refused; the invoice can be paid all the same."""
    require_payable(invoice, settings)
    row = replace(row, status=TransactionStatus.FAILED)
    failed = _with_row(invoice, row)
    entry = _entry(failed, act, kind="rejected", reference_id=row.payment_id)
    return Change(failed, (entry,), (_event("reject", failed, act, row),))


def expire(invoice: Invoice, act: Act) -> Change:
    """The time is up; the API never says so by a status, and nobody is notified."""
    _require_open(invoice)
    expired = replace(invoice, is_expired=True)
    return Change(expired, (_entry(expired, act, kind="expired"),))


def cancel(invoice: Invoice, act: Act) -> Change:
    """The merchant's staff cancel the invoice; it cannot be paid any more."""
    _require_open(invoice)
    canceled = replace(invoice, status=InvoiceStatus.CANCELED)
    return Change(canceled, (_entry(canceled, act, kind="voided"),))


def capture(invoice: Invoice, row: Transaction, act: Act) -> Change:
    """Take all or a part of what is held, once; the rest is released (section 4.1)."""
    held = require_held(invoice)
    if row.amount_minor <= 0:
        raise invalid("Amount", errors.NOT_POSITIVE)
    if row.amount_minor > held.amount_minor:
        raise invalid("Amount", errors.OVER_CAPTURE)
    row = replace(row, status=TransactionStatus.SUCCESS)
    captured = replace(_with_row(invoice, row), status=InvoiceStatus.PAID)
    entries = [
        _entry(
            captured,
            act,
            kind="captured",
            amount_minor=row.amount_minor,
            reference_id=row.payment_id,
        )
    ]
    rest_minor = held.amount_minor - row.amount_minor
    if rest_minor:
        entries.append(_entry(captured, act, kind="voided", amount_minor=rest_minor))
    return Change(captured, tuple(entries), (_event("capture", captured, act, row),))


def release(invoice: Invoice, row: Transaction, act: Act, *, amount_minor: int | None) -> Change:
    """Give back all that is held, once; the invoice stays Pending (section 4.1)."""
    held = require_held(invoice)
    if amount_minor not in (None, held.amount_minor):
        raise invalid("Amount", errors.PARTIAL_RELEASE)
    row = replace(row, status=TransactionStatus.CANCELED, error=errors.RELEASED)
    released = _with_row(invoice, row)
    entry = _entry(
        released, act, kind="voided", amount_minor=held.amount_minor, reference_id=row.payment_id
    )
    return Change(released, (entry,), (_event("close", released, act, row),))


def file_refund(invoice: Invoice, refund: Refund, *, settings: MyFatoorahSettings) -> Change:
    """Ask finance for a refund; no money moves and nobody is notified yet (section 4.2)."""
    if not invoice.is_paid:
        raise invalid("Key", errors.NO_TRANSACTION)
    if refund.amount_minor <= 0:
        raise invalid("Amount", errors.NOT_POSITIVE)
    is_pending = any(item.status == RefundStatus.PENDING for item in invoice.refunds)
    left_minor = invoice.captured_minor - invoice.refunded_minor(with_pending=True)
    if settings.over_refunds == "accept" and refund.origin == "dashboard":
        left_minor = refund.amount_minor
    if left_minor <= 0 or (is_pending and settings.one_refund_at_a_time):
        raise invalid("Key", errors.UNDER_PROCESSING)
    if refund.amount_minor > left_minor:
        raise invalid("Amount", errors.INSUFFICIENT_BALANCE)
    return Change(replace(invoice, refunds=(*invoice.refunds, refund)))


def settle_refund(invoice: Invoice, refund_id: int, status: RefundStatus, at: datetime) -> Change:
    """Finance executes a pending refund or rejects it; only then money moves."""
    pending = next((item for item in invoice.refunds if item.refund_id == refund_id), None)
    if pending is None or pending.status != RefundStatus.PENDING:
        raise invalid("Key", errors.NO_TRANSACTION)
    settled = replace(pending, status=status, settled_at=at)
    refunds = tuple(settled if item is pending else item for item in invoice.refunds)
    changed = replace(invoice, refunds=refunds)
    events = (Event("refund", changed, at, refund=settled),)
    if status != RefundStatus.REFUNDED:
        return Change(changed, (), events)
    entry = EntryDraft(
        kind="refunded",
        amount_minor=settled.amount_minor,
        reference_id=settled.external_identifier or settled.reference,
        origin=settled.origin,
        at=at,
    )
    return Change(changed, (entry,), events)


def require_chargeable(invoice: Invoice, settings: MyFatoorahSettings) -> None:
    """Raises MyFatoorahError unless the invoice is payable, or a second payment is let through."""
    takes_second = settings.duplicate_payments == "accept" and not invoice.order.is_authorize_only
    if not (invoice.is_paid and takes_second):
        require_payable(invoice, settings)


def require_payable(invoice: Invoice, settings: MyFatoorahSettings) -> None:
    """Raises MyFatoorahError that says why nobody can pay the invoice now."""
    if invoice.is_paid or invoice.held is not None:
        raise invalid("Key", "The invoice is already paid")
    if invoice.status == InvoiceStatus.CANCELED:
        raise invalid("Key", "The invoice is canceled")
    if invoice.is_settled and settings.pay_after_release == "refuse":
        raise invalid("Key", errors.SETTLED)
    if invoice.is_expired and settings.late_payments == "refuse":
        raise invalid("Key", "The invoice is expired")


def _require_open(invoice: Invoice) -> None:
    if not invoice.is_open:
        raise invalid("Key", "The invoice is not open any more")


def require_held(invoice: Invoice) -> Transaction:
    """The hold to settle; raises MyFatoorahError if there is none any more."""
    held = invoice.held
    if held is None:
        raise invalid("Key", errors.SETTLED if invoice.is_settled else errors.NOT_HELD)
    return held


def _with_row(invoice: Invoice, row: Transaction) -> Invoice:
    # An attempt that was opened before counts from when it ends.
    others = tuple(item for item in invoice.transactions if item.payment_id != row.payment_id)
    return replace(invoice, transactions=(*others, row))


def _event(kind: EventKind, invoice: Invoice, act: Act, row: Transaction) -> Event:
    return Event(kind, invoice, act.at, transaction=row)


def _entry(
    invoice: Invoice,
    act: Act,
    *,
    kind: EntryKind,
    amount_minor: int = 0,
    reference_id: str | None = None,
) -> EntryDraft:
    return EntryDraft(
        kind=kind,
        amount_minor=amount_minor,
        reference_id=invoice.order_reference if reference_id is None else reference_id,
        origin=act.origin,
        at=act.at,
    )
