"""The rules of a Tamara order as pure functions, gateways/tamara.md sections 3 and 4.

Each takes an order and gives the Change: the new order, the ledger's lines, the events to
announce. A refusal is a TamaraError and changes nothing.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from gateway_sandbox.ledger import EntryDraft, EntryKind, Origin
from gateway_sandbox.tamara import errors
from gateway_sandbox.tamara.errors import invalid, transition
from gateway_sandbox.tamara.order import Cancel, Capture, Event, Order, Refund, TamaraStatus
from gateway_sandbox.tamara.settings import TamaraSettings

_UNPAID = frozenset({TamaraStatus.NEW})
_CAPTURABLE = frozenset(
    {TamaraStatus.AUTHORISED, TamaraStatus.UPDATED, TamaraStatus.PARTIALLY_CAPTURED}
)
_CANCELLABLE = frozenset({TamaraStatus.AUTHORISED, TamaraStatus.UPDATED})
_REFUNDABLE = frozenset(
    {
        TamaraStatus.PARTIALLY_CAPTURED,
        TamaraStatus.FULLY_CAPTURED,
        TamaraStatus.PARTIALLY_REFUNDED,
    }
)
# An authorised order expires only where auto-capture is off (section 3.1).
_EXPIRING = frozenset(
    {TamaraStatus.NEW, TamaraStatus.APPROVED, TamaraStatus.AUTHORISED, TamaraStatus.UPDATED}
)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it and when."""

    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What one act made of an order."""

    order: Order
    entries: tuple[EntryDraft, ...] = ()
    events: tuple[Event, ...] = ()

    def then(self, later: "Change") -> "Change":
        """Both as one step."""
        return Change(later.order, (*self.entries, *later.entries), (*self.events, *later.events))


def create(order: Order, act: Act) -> Change:
    """An order comes into being; nobody is told."""
    return Change(order, (_entry(order, act, "created"),))


def approve(order: Order, act: Act, *, is_late_taken: bool = False) -> Change:
    """The customer has finished; no money is held for the merchant before `authorise`."""
    late = {TamaraStatus.EXPIRED} if is_late_taken else set()
    _require(order, _UNPAID | late, TamaraStatus.APPROVED)
    approved = replace(order, status=TamaraStatus.APPROVED, approved_at=act.at)
    return Change(approved, events=(Event("order_approved", approved),))


def decline(order: Order, act: Act) -> Change:
    """Tamara refuses the customer."""
    _require(order, _UNPAID, TamaraStatus.DECLINED)
    declined = replace(order, status=TamaraStatus.DECLINED)
    entry = _entry(declined, act, "rejected")
    return Change(declined, (entry,), (Event("order_declined", declined),))


def expire(order: Order, act: Act) -> Change:
    """The time is over, or the customer cancelled; what was still held is let go."""
    _require(order, _EXPIRING, TamaraStatus.EXPIRED)
    held_minor = 0 if order.authorised_at is None else order.open_minor
    expired = replace(order, status=TamaraStatus.EXPIRED)
    entry = _entry(expired, act, "expired", amount_minor=held_minor)
    return Change(expired, (entry,), (Event("order_expired", expired),))


def authorise(order: Order, act: Act) -> Change:
    """The merchant acknowledges; raises TamaraError 409 unless approved."""
    _require(order, {TamaraStatus.APPROVED}, TamaraStatus.AUTHORISED)
    authorised = replace(order, status=TamaraStatus.AUTHORISED, authorised_at=act.at)
    entry = _entry(authorised, act, "authorized", amount_minor=order.total_minor)
    return Change(authorised, (entry,), (Event("order_authorised", authorised),))


def authorise_and_capture(
    order: Order, new: Capture, act: Act, *, settings: TamaraSettings
) -> Change:
    """Both in one step: approved orders become fully captured at once (section 3.2)."""
    authorised = authorise(order, act)
    if not settings.announce_authorised_when_captured_at_once:
        authorised = replace(authorised, events=())
    by_tamara = replace(act, origin="auto")
    return authorised.then(capture(authorised.order, new, by_tamara, settings=settings))


def pay_in_store(order: Order, new: Capture, act: Act, *, settings: TamaraSettings) -> Change:
    """In a store nothing lies between new and fully captured (section 2.5)."""
    approved = replace(approve(order, act), events=())
    return approved.then(authorise_and_capture(approved.order, new, act, settings=settings))


def capture(order: Order, new: Capture, act: Act, *, settings: TamaraSettings) -> Change:
    """Take money; raises TamaraError 409 in the wrong state, 400 for more than is open."""
    is_rest = new.amount_minor >= order.open_minor
    wanted = TamaraStatus.FULLY_CAPTURED if is_rest else TamaraStatus.PARTIALLY_CAPTURED
    allowed = set(_CAPTURABLE)
    if settings.capture_after_refund == "allow" and order.open_minor > 0:
        allowed.add(TamaraStatus.PARTIALLY_REFUNDED)
    _require(order, allowed, wanted)
    if new.amount_minor > order.open_minor:
        raise invalid("The amount is more than what is left to capture", errors.OVER_CAPTURE)
    captured = _with_money_status(replace(order, captures=(*order.captures, new)))
    entry = _entry(captured, act, "captured", amount_minor=new.amount_minor)
    return Change(captured, (entry,), (Event("order_captured", captured, new),))


def cancel(order: Order, new: Cancel, act: Act, *, settings: TamaraSettings) -> Change:
    """Let go of all or a part; raises TamaraError 409 in the wrong state, 400 for too much."""
    is_whole = new.amount_minor >= order.open_minor
    wanted = TamaraStatus.CANCELED if is_whole else TamaraStatus.UPDATED
    allowed = set(_CANCELLABLE)
    if settings.cancel_after_capture == "allow" and order.open_minor > 0:
        allowed.add(TamaraStatus.PARTIALLY_CAPTURED)
    _require(order, allowed, wanted)
    if new.amount_minor > order.open_minor:
        raise invalid("The amount is more than what is left to cancel", errors.OVER_CANCEL)
    reduced = replace(order, cancels=(*order.cancels, new))
    canceled = _with_money_status(reduced) if order.captures else replace(reduced, status=wanted)
    entry = _entry(canceled, act, "voided", amount_minor=new.amount_minor)
    return Change(canceled, (entry,), (Event("order_canceled", canceled, new),))


def refund(order: Order, new: Refund, act: Act, *, settings: TamaraSettings) -> Change:
    """Give captured money back; raises TamaraError 409 in the wrong state, 400 for too much.

    A refund that names no captures is spread over them.
    """
    left_minor = order.captured_minor - order.refunded_minor
    is_whole = new.amount_minor >= left_minor
    wanted = TamaraStatus.FULLY_REFUNDED if is_whole else TamaraStatus.PARTIALLY_REFUNDED
    _require(order, _REFUNDABLE, wanted)
    _check_repeated(order, new, settings=settings)
    may_exceed = settings.over_refunds == "accept" and act.origin == "dashboard"
    if new.amount_minor > left_minor and not may_exceed:
        raise invalid("The amount is more than what was captured", errors.OVER_REFUND)
    spread = new if new.parts else replace(new, parts=_spread(order, new, settings=settings))
    for capture_id, amount_minor in spread.parts:
        if amount_minor > _refundable_of(order, capture_id):
            raise invalid("The amount is more than this capture has left", errors.OVER_REFUND)
    refunded = _with_money_status(replace(order, refunds=(*order.refunds, spread)))
    entry = _entry(
        refunded,
        act,
        "refunded",
        amount_minor=new.amount_minor,
        reference_id=new.merchant_refund_id or order.reference_id,
    )
    return Change(refunded, (entry,), (Event("order_refunded", refunded, spread),))


def rename(order: Order, reference_id: str, act: Act) -> Change:
    """Give the order another reference of the merchant; nobody is told."""
    renamed = replace(order, reference_id=reference_id)
    return Change(renamed, (_entry(renamed, act, "updated"),))


def _with_money_status(order: Order) -> Order:
    if order.refunds:
        is_whole = order.refunded_minor >= order.captured_minor
        status = TamaraStatus.FULLY_REFUNDED if is_whole else TamaraStatus.PARTIALLY_REFUNDED
    else:
        is_whole = order.open_minor == 0
        status = TamaraStatus.FULLY_CAPTURED if is_whole else TamaraStatus.PARTIALLY_CAPTURED
    return replace(order, status=status)


def _spread(order: Order, new: Refund, *, settings: TamaraSettings) -> tuple[tuple[str, int], ...]:
    captures = [capture.capture_id for capture in order.captures]
    if settings.refund_allocation == "newest_first":
        captures.reverse()
    parts, wanted_minor = [], new.amount_minor
    for capture_id in captures:
        part_minor = min(wanted_minor, _refundable_of(order, capture_id))
        if part_minor > 0:
            parts.append((capture_id, part_minor))
            wanted_minor -= part_minor
    return tuple(parts)


def _refundable_of(order: Order, capture_id: str) -> int:
    for known in order.captures:
        if known.capture_id == capture_id:
            return known.amount_minor - order.refunded_of(capture_id)
    raise errors.keyed(errors.REFUND_CAPTURE_NOT_FOUND)


def _check_repeated(order: Order, new: Refund, *, settings: TamaraSettings) -> None:
    known = {refund.merchant_refund_id for refund in order.refunds} - {""}
    if settings.repeated_merchant_refund_id == "refuse" and new.merchant_refund_id in known:
        raise invalid("This merchant_refund_id was used already", errors.REPEATED_REFUND)


def _require(order: Order, allowed: AbstractSet[TamaraStatus], wanted: TamaraStatus) -> None:
    if order.status not in allowed:
        raise transition(order.status.value, wanted.value)


def _entry(
    order: Order,
    act: Act,
    kind: EntryKind,
    *,
    amount_minor: int = 0,
    reference_id: str | None = None,
) -> EntryDraft:
    return EntryDraft(
        kind=kind,
        amount_minor=amount_minor,
        reference_id=order.reference_id if reference_id is None else reference_id,
        origin=act.origin,
        at=act.at,
    )
