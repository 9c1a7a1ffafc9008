"""MyFatoorah's invoice as facts, pure; MAPPING.md shows it as a table.

An invoice is one payment of ours, and its transactions are attempts, captures and releases of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from payments_common.errors import InvalidMessage
from payments_common.gateways.myfatoorah.amounts import (
    exact_value,
    rounded_up,
    told_amounts,
    total_of,
)
from payments_common.gateways.myfatoorah.config import MyFatoorahConfig
from payments_common.gateways.myfatoorah.wire import (
    FiledRefund,
    Invoice,
    InvoiceTransaction,
    Refund,
)
from payments_common.gateways.port import MoneyMove
from payments_common.gateways.wire_types import LONGEST_TEXT, money_of
from payments_common.gateways.witness import Witness
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)

INVOICE_CANCELED = "invoice_canceled"
UNNAMED_FAILURE = "failed_without_code"
REFUND_FILED = "Refund Pending"
_PENDING = "PENDING"
_PAID = frozenset({"PAID", "DUPLICATEPAYMENT"})
_HELD = frozenset({"AUTHORIZE"})
_TAKEN = frozenset({"SUCCSS", "SUCCESS"})
_FAILED = frozenset({"FAILED"})
_CANCELED = frozenset({"CANCELED", "CANCELLED"})
_REFUND_STATUSES = {
    "REFUNDED": RefundStatus.PROCESSED,
    "CANCELED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.FAILED,
}

Rows = tuple[InvoiceTransaction, ...]


@dataclass(frozen=True, slots=True)
class _Story:
    """The rows that move money; `paid` is the invoice's own word for it too."""

    held: Rows
    taken: Rows
    released: Rows
    paid: bool

    @property
    def has_money(self) -> bool:
        return bool(self.held or self.released or self.paid)


def has_refunds(invoice: Invoice) -> bool:
    """Whether there can be any: only what was paid is refunded."""
    return _story(invoice).paid


def observation_of(
    invoice: Invoice,
    refunds: Iterable[Refund] = (),
    *,
    config: MyFatoorahConfig,
    witness: Witness,
) -> Observation:
    """Raises InvalidMoney for an amount that the account's currency cannot hold."""
    return witness.saw(
        invoice.id,
        _facts(invoice, refunds, config=config, now=witness.observed_at),
        order_reference=invoice.customer_reference[:LONGEST_TEXT] or None,
        gateway_status=invoice.status,
    )


def filed_refund(filed: FiledRefund, move: MoneyMove, *, witness: Witness) -> Observation:
    """A refund that MyFatoorah's people have yet to carry out or cancel (section 4.2).

    Raises InvalidMessage where the answer is of another refund than was asked for.
    """
    amount = Decimal(move.amount.to_major())
    if filed.reference not in {"", move.reference} or filed.amount not in {
        None,
        amount,
        rounded_up(amount),
    }:
        raise InvalidMessage("MyFatoorah filed another refund than was asked for")
    fact = RefundFact(
        refund_id=filed.id,
        amount_minor=move.amount.amount_minor,
        status=RefundStatus.PENDING,
        reference=move.reference,
    )
    return witness.saw(
        move.payment_id,
        PaymentFacts(refunds=(fact,)),
        order_reference=None,
        gateway_status=REFUND_FILED,
    )


def _facts(
    invoice: Invoice, refunds: Iterable[Refund], *, config: MyFatoorahConfig, now: datetime
) -> PaymentFacts:
    story = _story(invoice)
    is_canceled = _word(invoice.status) in _CANCELED
    total = total_of(invoice, held=story.held, taken=story.taken, currency=config.currency)
    captures = tuple(_captures(story.taken, invoice, config))
    unnamed_minor = (
        money_of(invoice.value, config.currency).amount_minor if story.paid and not captures else 0
    )
    captured_minor = unnamed_minor + sum(each.amount_minor for each in captures)
    # A payment is captured once or released once, and nothing comes after (section 4.1).
    lets_go = story.released or (story.held and story.paid)
    return PaymentFacts(
        amounts=told_amounts(invoice, total),
        authorized_minor=total.amount_minor if story.has_money else 0,
        captures=captures,
        captured_total_minor=unnamed_minor,
        refunds=tuple(_refunds(refunds, config)),
        voided_minor=max(total.amount_minor - captured_minor, 0) if lets_go else 0,
        closed=story.paid or bool(story.released),
        failed=is_canceled and not story.has_money,
        expired=not story.has_money and _is_over(invoice, zone=config.zone, now=now),
        failure_reasons=_failure_reasons(invoice, story, is_canceled=is_canceled),
    )


def _story(invoice: Invoice) -> _Story:
    held, taken = _rows(invoice, _HELD), _rows(invoice, _TAKEN)
    released = tuple(
        row for row in _rows(invoice, _CANCELED) if _is_release(row, held, invoice.transactions)
    )
    paid = bool(taken) or _word(invoice.status) in _PAID
    return _Story(held=held, taken=taken, released=released, paid=paid)


def _is_release(row: InvoiceTransaction, held: Rows, rows: Rows) -> bool:
    """Held funds that were let go; an attempt that the customer gave up names its error."""
    if "released" in row.error.lower():
        return True
    names_error = bool(row.error_code or row.error.strip())
    return not names_error and any(_follows(row, each, rows) for each in held)


def _follows(row: InvoiceTransaction, held: InvoiceTransaction, rows: Rows) -> bool:
    if row.wall_clock and held.wall_clock and not (row.wall_clock.tzinfo or held.wall_clock.tzinfo):
        return row.wall_clock >= held.wall_clock
    return rows.index(row) > rows.index(held)


def _captures(taken: Rows, invoice: Invoice, config: MyFatoorahConfig) -> Iterable[CaptureFact]:
    """Several successful attempts took the customer's money several times, and must show so."""
    by_id = {row.payment_id or row.transaction_id or row.reference_id: row for row in taken}
    for capture_id, row in sorted(by_id.items(), key=lambda each: each[0]):
        yield CaptureFact(
            capture_id=capture_id,
            amount_minor=money_of(exact_value(row, invoice), config.currency).amount_minor,
            occurred_at=_moment(row.wall_clock, config.zone),
        )


def _refunds(refunds: Iterable[Refund], config: MyFatoorahConfig) -> Iterable[RefundFact]:
    """A word that nobody knows is not an end."""
    by_id = {refund.id: refund for refund in refunds}
    for refund_id, refund in sorted(by_id.items(), key=lambda each: each[0]):
        yield RefundFact(
            refund_id=refund_id,
            amount_minor=money_of(refund.amount, config.currency).amount_minor,
            status=_REFUND_STATUSES.get(_word(refund.status), RefundStatus.PENDING),
            reference=refund.reference,
        )


def _failure_reasons(invoice: Invoice, story: _Story, *, is_canceled: bool) -> tuple[str, ...]:
    """Those of attempts, after which the invoice can still be paid, and the invoice's own end."""
    reasons = {
        row.error_code[:LONGEST_TEXT] or UNNAMED_FAILURE
        for row in _rows(invoice, _FAILED | _CANCELED)
        if row not in story.released
    }
    if is_canceled:
        reasons.add(INVOICE_CANCELED)
    return tuple(sorted(reasons))


def _is_over(invoice: Invoice, *, zone: ZoneInfo, now: datetime) -> bool:
    """MyFatoorah never says so itself: its library looks at the country's clock (section 3.1)."""
    if _word(invoice.status) != _PENDING or invoice.expiry_day is None:
        return False
    last = datetime.combine(invoice.expiry_day, invoice.expiry_time or time.max, zone)
    # Egypt's clock shows one hour of autumn twice: till the second one is over it may be paid.
    return now > max(last.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _rows(invoice: Invoice, statuses: frozenset[str]) -> Rows:
    return tuple(row for row in invoice.transactions if _word(row.status) in statuses)


def _word(status: str) -> str:
    return status.strip().upper()


def _moment(wall_clock: datetime | None, zone: ZoneInfo) -> datetime | None:
    if wall_clock is None:
        return None
    aware = wall_clock if wall_clock.tzinfo else wall_clock.replace(tzinfo=zone)
    return aware.astimezone(UTC)
