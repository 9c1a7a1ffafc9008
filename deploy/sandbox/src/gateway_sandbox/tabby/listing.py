"""Filters of the payment list, gateways/tabby.md section 3."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway_sandbox.tabby.errors import UNDECODABLE_LIST, TabbyError, bad_data
from gateway_sandbox.tabby.payment import Payment, TabbyStatus
from gateway_sandbox.tabby.settings import TabbySettings

MAXIMUM_LIMIT = 20
_SHOWN = (TabbyStatus.AUTHORIZED, TabbyStatus.CLOSED)
STATUSES = frozenset(
    {"authorized", "closed", "rejected", "new", "captured", "refunded", "cancelled"}
)


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What to list; created_from and created_to are both inclusive."""

    created_from: datetime | None
    created_to: datetime | None
    status: str | None
    limit: int
    offset: int


def decode_list(query: Mapping[str, str], settings: TabbySettings) -> ListRequest:
    """From the query string; raises TabbyError 400."""
    limit = _natural(query.get("limit", str(MAXIMUM_LIMIT)))
    if limit > MAXIMUM_LIMIT and settings.list_limit_over_maximum == "refuse":
        raise _undecodable()
    status = query.get("status")
    if status is not None and status not in STATUSES:
        raise _undecodable()
    return ListRequest(
        created_from=_moment(query.get("created_at__gte")),
        created_to=_moment(query.get("created_at__lte")),
        status=status,
        limit=min(limit, MAXIMUM_LIMIT),
        offset=_natural(query.get("offset", "0")),
    )


def matching(payment: Payment, wanted: ListRequest) -> bool:
    """Whether the list shows this payment."""
    if wanted.created_from is not None and payment.created_at < wanted.created_from:
        return False
    if wanted.created_to is not None and payment.created_at > wanted.created_to:
        return False
    if wanted.status is None:
        return payment.status in _SHOWN
    return has_status(payment, wanted.status)


def has_status(payment: Payment, status: str) -> bool:
    """Whether a payment is in that status of the API or of the dashboard."""
    is_closed = payment.status == TabbyStatus.CLOSED
    match status:
        case "new":
            return payment.status == TabbyStatus.AUTHORIZED
        case "captured":
            return is_closed and bool(payment.captures) and not payment.refunds
        case "refunded":
            return is_closed and bool(payment.refunds)
        case "cancelled":
            return is_closed and not payment.captures
        case _:
            return payment.status.value.lower() == status


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _undecodable()
    return int(text)


def _moment(text: str | None) -> datetime | None:
    """A date means its first second, so that `lte` of a date leaves that day out."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _undecodable() from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _undecodable() -> TabbyError:
    return bad_data(UNDECODABLE_LIST)
