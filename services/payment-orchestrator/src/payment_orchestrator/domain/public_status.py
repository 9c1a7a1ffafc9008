"""What a customer's page may know of an order: a pure table over its status, and its amounts."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

from payment_orchestrator.domain.order import Order, OrderStatus
from payments_common.money import Money
from payments_common.schemas.observations import Frozen


class Page(StrEnum):
    """What to show the customer."""

    CONFIRMED = "confirmed"
    CHECKING = "checking"
    NOT_PAID = "not_paid"
    REFUNDED = "refunded"


class Refreshed(StrEnum):
    """What came of asking the gateway; the answer beside it is what we know, whatever came."""

    DONE = "done"
    TOO_SOON = "too_soon"
    GATEWAY_SLOW = "gateway_slow"
    GATEWAY_UNAVAILABLE = "gateway_unavailable"


class PublicStatus(Frozen):
    """An order as its customer's page may see it.

    `page` is what to show. `is_final` says that nothing more is expected to happen by itself.
    `refresh` says what came of asking the gateway, null where nobody asked.
    """

    order_reference: str
    page: Page
    status: OrderStatus
    is_final: bool
    total_amount: Money
    captured: Money
    refunded: Money
    updated_at: datetime
    refresh: Refreshed | None = None


def public_status(order: Order, refreshed: Refreshed | None = None) -> PublicStatus:
    """Names no customer, no payment and no gateway, and has none of a gateway's words."""
    return PublicStatus(
        order_reference=order.order_reference,
        page=page_of(order.status),
        status=order.status,
        is_final=is_final(order),
        total_amount=order.total_amount,
        captured=order.balance.captured,
        refunded=order.balance.refunded,
        updated_at=order.updated_at,
        refresh=refreshed,
    )


def page_of(status: OrderStatus) -> Page:
    """Confirmed is an order whose money is held or taken and has not wholly gone back."""
    match status:
        case OrderStatus.CREATED | OrderStatus.PENDING:
            return Page.CHECKING
        case (
            OrderStatus.AUTHORIZED
            | OrderStatus.PARTIALLY_CAPTURED
            | OrderStatus.CAPTURED
            | OrderStatus.PARTIALLY_REFUNDED
        ):
            return Page.CONFIRMED
        case OrderStatus.FAILED | OrderStatus.EXPIRED | OrderStatus.VOIDED:
            return Page.NOT_PAID
        case OrderStatus.REFUNDED:
            return Page.REFUNDED
        case _:
            assert_never(status)


def is_final(order: Order) -> bool:
    """A late payment or a person may still change what is final (law 11)."""
    return _rests(order.status) and not any(o.is_open for o in order.operations)


def _rests(status: OrderStatus) -> bool:
    match status:
        case (
            OrderStatus.CREATED
            | OrderStatus.PENDING
            | OrderStatus.AUTHORIZED
            | OrderStatus.PARTIALLY_CAPTURED
        ):
            return False
        case (
            OrderStatus.CAPTURED
            | OrderStatus.PARTIALLY_REFUNDED
            | OrderStatus.REFUNDED
            | OrderStatus.FAILED
            | OrderStatus.EXPIRED
            | OrderStatus.VOIDED
        ):
            return True
        case _:
            assert_never(status)
