"""A Tabby payment and what belongs to it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

EventKind = Literal["authorize", "capture", "close", "reject", "expire", "refund", "update"]


class TabbyStatus(StrEnum):
    """Tabby's own words; upper case in the API, lower case in webhooks (section 3)."""

    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture; details are the caller's tax, shipping, discount and items."""

    capture_id: str
    created_at: datetime
    amount_minor: int
    reference_id: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of captured money."""

    refund_id: str
    created_at: datetime
    amount_minor: int
    reference_id: str
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment; `request` is the caller's payment object, echoed in answers."""

    payment_id: str
    session_id: str
    merchant_id: str
    merchant_code: str
    is_test: bool
    created_at: datetime
    expires_at: datetime
    amount_minor: int
    currency: str
    reference_id: str
    request: Mapping[str, Any]
    status: TabbyStatus = TabbyStatus.CREATED
    authorized_at: datetime | None = None
    closed_at: datetime | None = None
    expired_at: datetime | None = None
    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()
    is_disputed: bool = False

    @property
    def captured_minor(self) -> int:
        """Sum of all captures."""
        return sum(capture.amount_minor for capture in self.captures)

    @property
    def refunded_minor(self) -> int:
        """Sum of all refunds."""
        return sum(refund.amount_minor for refund in self.refunds)


@dataclass(frozen=True, slots=True)
class Session:
    """A checkout session; one payment each, used once."""

    session_id: str
    payment_id: str
    merchant_code: str
    lang: str
    created_at: datetime
    expires_at: datetime
    rejection_reason: str | None
    merchant_urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """A notice in the making: the payment as it was at that step."""

    kind: EventKind
    payment: Payment
