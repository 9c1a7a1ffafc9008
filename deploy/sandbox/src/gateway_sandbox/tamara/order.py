"""A Tamara order and what belongs to it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

EventKind = Literal[
    "order_approved",
    "order_declined",
    "order_authorised",
    "order_canceled",
    "order_captured",
    "order_refunded",
    "order_expired",
]


class TamaraStatus(StrEnum):
    """Tamara's own words (section 3.1); `updated` means cancelled in part."""

    NEW = "new"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    AUTHORISED = "authorised"
    UPDATED = "updated"
    CANCELED = "canceled"
    PARTIALLY_CAPTURED = "partially_captured"
    FULLY_CAPTURED = "fully_captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    FULLY_REFUNDED = "fully_refunded"


@dataclass(frozen=True, slots=True)
class Item:
    """One position; amounts in minor units of the order's currency."""

    reference_id: str
    type: str
    name: str
    sku: str
    quantity: str
    unit_price_minor: int
    tax_minor: int
    total_minor: int
    discount_minor: int
    image_url: str
    item_url: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How the caller explains an amount; shipping None means that it did not say."""

    items: tuple[Item, ...] = ()
    shipping_minor: int | None = None
    tax_minor: int = 0
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class ShippingInfo:
    """As the caller sent it; an empty shipped_at means the time of the capture."""

    shipped_at: str = ""
    shipping_company: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture."""

    capture_id: str
    created_at: datetime
    amount_minor: int
    breakdown: Breakdown = Breakdown()
    shipping_info: ShippingInfo = ShippingInfo()


@dataclass(frozen=True, slots=True)
class Cancel:
    """A cancellation of all or a part."""

    cancel_id: str
    created_at: datetime
    amount_minor: int
    breakdown: Breakdown = Breakdown()


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund; `parts` says which captures it takes the money from, capture id to amount."""

    refund_id: str
    created_at: datetime
    amount_minor: int
    parts: tuple[tuple[str, int], ...] = ()
    comment: str = ""
    merchant_refund_id: str = ""
    items: tuple[Item, ...] = ()

    @property
    def capture_id(self) -> str:
        """The first capture it draws on; that is all Tamara shows."""
        return self.parts[0][0] if self.parts else ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """What the caller asked for, decoded."""

    total_minor: int
    currency: str
    country_code: str
    reference_id: str
    order_number: str
    phone_number: str
    consumer: Mapping[str, Any]
    shipping_address: Mapping[str, str]
    billing_address: Mapping[str, str] | None = None
    description: str = ""
    locale: str = "ar_SA"
    platform: str = ""
    is_mobile: bool = False
    payment_type: str = "PAY_BY_INSTALMENTS"
    instalments: int = 3
    items: tuple[Item, ...] = ()
    discount_name: str | None = None
    breakdown: Breakdown = Breakdown()
    merchant_url: Mapping[str, str] = field(default_factory=dict)
    additional_data: Mapping[str, Any] = field(default_factory=dict)
    is_in_store: bool = False
    lifetime_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order with its checkout session; Tamara has one session each."""

    order_id: str
    checkout_id: str
    merchant_id: str
    created_at: datetime
    session_expires_at: datetime
    reference_id: str
    checkout: Checkout
    status: TamaraStatus = TamaraStatus.NEW
    approved_at: datetime | None = None
    authorised_at: datetime | None = None
    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()
    cancels: tuple[Cancel, ...] = ()

    @property
    def currency(self) -> str:
        """The one currency of all its amounts."""
        return self.checkout.currency

    @property
    def total_minor(self) -> int:
        """What the customer bought for."""
        return self.checkout.total_minor

    @property
    def captured_minor(self) -> int:
        """Sum of all captures."""
        return sum(capture.amount_minor for capture in self.captures)

    @property
    def refunded_minor(self) -> int:
        """Sum of all refunds."""
        return sum(refund.amount_minor for refund in self.refunds)

    @property
    def canceled_minor(self) -> int:
        """Sum of all cancellations."""
        return sum(cancel.amount_minor for cancel in self.cancels)

    @property
    def open_minor(self) -> int:
        """What is neither captured nor cancelled."""
        return self.total_minor - self.captured_minor - self.canceled_minor

    def refunded_of(self, capture_id: str) -> int:
        """What refunds took from one capture."""
        parts = [part for refund in self.refunds for part in refund.parts]
        return sum(amount_minor for name, amount_minor in parts if name == capture_id)


@dataclass(frozen=True, slots=True)
class Event:
    """A notice in the making: the order as it was at that step, and what moved."""

    kind: EventKind
    order: Order
    moved: Capture | Cancel | Refund | None = None
