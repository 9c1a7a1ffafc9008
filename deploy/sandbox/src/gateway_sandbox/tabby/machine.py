"""The rules of a Tabby payment as pure functions, gateways/tabby.md sections 3 and 4.

Each takes a payment and gives the Change: the new payment, the ledger's lines, the events to
notify. A refusal is a TabbyError and changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateway_sandbox.clock import after
from gateway_sandbox.ledger import EntryDraft, EntryKind, Origin
from gateway_sandbox.tabby import errors
from gateway_sandbox.tabby.errors import TabbyError, bad_data
from gateway_sandbox.tabby.payment import Capture, Event, Payment, Refund, TabbyStatus
from gateway_sandbox.tabby.settings import TabbySettings


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it and when."""

    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What one act made of a payment."""

    payment: Payment
    entries: tuple[EntryDraft, ...] = ()
    events: tuple[Event, ...] = ()


def create(payment: Payment, act: Act) -> Change:
    """A payment comes into being; nobody is notified."""
    return Change(payment, (_entry(payment, act, kind="created"),))


def authorize(payment: Payment, act: Act, *, settings: TabbySettings) -> Change:
    """The customer's approval; raises TabbyError unless CREATED, or expired and taken late."""
    if not is_late_but_taken(payment, settings):
        _require(payment, TabbyStatus.CREATED, bad_data(f"payment is {payment.status}"))
    authorized = replace(
        payment,
        status=TabbyStatus.AUTHORIZED,
        authorized_at=act.at,
        expires_at=after(act.at, settings.authorization_seconds),
    )
    entry = _entry(authorized, act, kind="authorized", amount_minor=payment.amount_minor)
    return Change(authorized, (entry,), (Event("authorize", authorized),))


def reject(payment: Payment, act: Act) -> Change:
    """Declined on the page; raises TabbyError unless CREATED."""
    _require(payment, TabbyStatus.CREATED, bad_data(f"payment is {payment.status}"))
    rejected = replace(payment, status=TabbyStatus.REJECTED)
    return Change(rejected, (_entry(rejected, act, kind="rejected"),), (Event("reject", rejected),))


def expire(payment: Payment, act: Act) -> Change:
    """Cancelled by the customer or timed out; raises TabbyError unless CREATED."""
    _require(payment, TabbyStatus.CREATED, bad_data(f"payment is {payment.status}"))
    expired = replace(payment, status=TabbyStatus.EXPIRED, expired_at=act.at)
    return Change(expired, (_entry(expired, act, kind="expired"),), (Event("expire", expired),))


def capture(payment: Payment, new: Capture, act: Act, *, settings: TabbySettings) -> Change:
    """Take money; a full capture closes. A known reference_id changes nothing."""
    if (known := _replayed(payment.captures, new, settings=settings)) is not None:
        return _answer_replay(payment, known, errors.NOT_AUTHORIZED_PAYMENT)
    _require(payment, TabbyStatus.AUTHORIZED, bad_data(errors.NOT_AUTHORIZED_PAYMENT))
    if payment.captured_minor + new.amount_minor > payment.amount_minor:
        raise bad_data(errors.OVER_CAPTURE)
    captured = replace(payment, captures=(*payment.captures, new))
    entry = _entry(
        captured,
        act,
        kind="captured",
        amount_minor=new.amount_minor,
        reference_id=new.reference_id,
    )
    # The notice of a capture says authorized even when it is the last one (section 5.3).
    noticed = Change(captured, (entry,), (Event("capture", captured),))
    if captured.captured_minor < captured.amount_minor:
        return noticed
    closed = replace(captured, status=TabbyStatus.CLOSED, closed_at=act.at)
    return replace(noticed, payment=closed, events=(*noticed.events, Event("close", closed)))


def close(payment: Payment, act: Act, *, settings: TabbySettings) -> Change:
    """Release what is not captured; raises TabbyError unless AUTHORIZED."""
    if payment.status == TabbyStatus.CREATED and settings.close_on_created == "expire":
        return expire(payment, act)
    _require(payment, TabbyStatus.AUTHORIZED, _close_refusal(payment))
    closed = replace(payment, status=TabbyStatus.CLOSED, closed_at=act.at)
    remainder_minor = payment.amount_minor - payment.captured_minor
    entry = _entry(closed, act, kind="voided", amount_minor=remainder_minor)
    return Change(closed, (entry,), (Event("close", closed),))


def refund(payment: Payment, new: Refund, act: Act, *, settings: TabbySettings) -> Change:
    """Give captured money back; only once CLOSED. A known reference_id changes nothing."""
    if (known := _replayed(payment.refunds, new, settings=settings)) is not None:
        return _answer_replay(payment, known, errors.REPEATED_REFERENCE)
    if payment.status != TabbyStatus.CLOSED or not payment.captures:
        raise bad_data(errors.NOT_REFUNDABLE)
    if payment.is_disputed:
        raise TabbyError(409, "conflict", errors.DISPUTED)
    if act.at > after(payment.created_at, settings.refund_window_seconds):
        raise bad_data(errors.REFUND_WINDOW_OVER)
    is_over = payment.refunded_minor + new.amount_minor > payment.captured_minor
    if is_over and not (settings.over_refunds == "accept" and act.origin == "dashboard"):
        raise bad_data(errors.OVER_REFUND)
    refunded = replace(payment, refunds=(*payment.refunds, new))
    entry = _entry(
        refunded,
        act,
        kind="refunded",
        amount_minor=new.amount_minor,
        reference_id=new.reference_id,
    )
    return Change(refunded, (entry,), (Event("refund", refunded),))


def update(payment: Payment, reference_id: str, act: Act, *, settings: TabbySettings) -> Change:
    """Give the payment another order reference; raises TabbyError in the wrong status."""
    allowed = {TabbyStatus.AUTHORIZED, TabbyStatus.CLOSED}
    if settings.update_on_created:
        allowed.add(TabbyStatus.CREATED)
    if payment.status not in allowed:
        raise bad_data(errors.NOT_UPDATABLE)
    if reference_id == payment.reference_id:
        return Change(payment)
    updated = replace(payment, reference_id=reference_id)
    entry = _entry(updated, act, kind="updated", reference_id=reference_id)
    return Change(updated, (entry,), (Event("update", updated),))


def is_late_but_taken(payment: Payment, settings: TabbySettings) -> bool:
    """Whether it has expired and can be paid all the same."""
    return payment.status == TabbyStatus.EXPIRED and settings.late_payments == "accept"


def _replayed(
    known: tuple[Capture, ...] | tuple[Refund, ...],
    new: Capture | Refund,
    *,
    settings: TabbySettings,
) -> Literal["current_payment", "bad_data"] | None:
    """How to answer if this reference_id was used on this payment before, else None."""
    for earlier in known:
        if new.reference_id and earlier.reference_id == new.reference_id:
            if earlier.amount_minor != new.amount_minor:
                return settings.replay_with_other_amount
            return settings.replay_answer
    return None


def _answer_replay(
    payment: Payment, answer: Literal["current_payment", "bad_data"], refusal: str
) -> Change:
    if answer == "bad_data":
        raise bad_data(refusal)
    return Change(payment)


def _require(payment: Payment, status: TabbyStatus, refusal: TabbyError) -> None:
    if payment.status != status:
        raise refusal


def _close_refusal(payment: Payment) -> TabbyError:
    is_closed = payment.status == TabbyStatus.CLOSED
    return bad_data(errors.ALREADY_CLOSED if is_closed else errors.NOT_CLOSABLE)


def _entry(
    payment: Payment,
    act: Act,
    *,
    kind: EntryKind,
    amount_minor: int = 0,
    reference_id: str | None = None,
) -> EntryDraft:
    return EntryDraft(
        kind=kind,
        amount_minor=amount_minor,
        reference_id=payment.reference_id if reference_id is None else reference_id,
        origin=act.origin,
        at=act.at,
    )
