"""A MyFatoorah invoice and what belongs to it, as values; gateways/myfatoorah.md section 3.1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from gateway_sandbox.ledger import Origin
from gateway_sandbox.myfatoorah.methods import PaymentMethod

EventKind = Literal[
    "pay",
    "authorize",
    "capture",
    "close",
    "reject",
    "refund",
    "balance",
    "supplier",
    "recurring",
    "dispute",
    "supplier_update",
]


class InvoiceStatus(StrEnum):
    """Words of API V2; Webhook V2 and API V3 have them in upper case."""

    PENDING = "Pending"
    PAID = "Paid"
    CANCELED = "Canceled"
    DUPLICATE_PAYMENT = "DuplicatePayment"


class TransactionStatus(StrEnum):
    """Words of API V2; `Succss` is what the real one writes."""

    IN_PROGRESS = "InProgress"
    SUCCESS = "Succss"
    FAILED = "Failed"
    CANCELED = "Canceled"
    AUTHORIZE = "Authorize"


class RefundStatus(StrEnum):
    """Canceled means rejected by MyFatoorah's finance."""

    PENDING = "Pending"
    REFUNDED = "Refunded"
    CANCELED = "Canceled"


@dataclass(frozen=True, slots=True)
class Card:
    """What may be shown of a card."""

    masked_number: str
    name_on_card: str
    expiry_month: str
    expiry_year: str
    brand: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the caller's invoice."""

    name: str
    quantity: int
    unit_price: Decimal
    measures: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SupplierShare:
    """What a supplier gets of the invoice."""

    code: int
    invoice_share: Decimal
    proposed_share: Decimal | None


@dataclass(frozen=True, slots=True)
class Order:
    """What the caller asked for; the amount is in the display currency.

    `own_reference` is API V3's Customer.Reference; its ExternalIdentifier is `customer_reference`.
    """

    display_currency: str
    display_minor: int
    customer_name: str
    customer_mobile: str
    customer_reference: str | None = None
    customer_email: str | None = None
    own_reference: str = ""
    user_defined_field: str | None = None
    language: str = "EN"
    callback_url: str | None = None
    error_url: str | None = None
    webhook_url: str | None = None
    expires_at: datetime | None = None
    items: tuple[Item, ...] = ()
    suppliers: tuple[SupplierShare, ...] = ()
    method_ids: tuple[int, ...] = ()
    session_id: str | None = None
    is_authorize_only: bool = False
    is_recurring: bool = False
    meta_data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row of InvoiceTransactions; amounts in minor units of the account's currency.

    `is_settlement`: a capture or release by the merchant, not an attempt of the payer.
    """

    number: int
    at: datetime
    method: PaymentMethod
    status: TransactionStatus
    amount_minor: int
    payment_id: str
    track_id: str
    reference_id: str
    transaction_id: str
    authorization_id: str
    error: str | None = None
    error_code: str = ""
    service_charge_minor: int = 0
    customer_charge_minor: int = 0
    vat_minor: int = 0
    card: Card | None = None
    ip_address: str | None = None
    is_settlement: bool = False

    @property
    def is_approved(self) -> bool:
        """Whether the bank has said yes."""
        return self.status in {TransactionStatus.SUCCESS, TransactionStatus.AUTHORIZE}


@dataclass(frozen=True, slots=True)
class Refund:
    """One request to finance; `own_invoice_id` is an invoice of its own, not the paid one."""

    refund_id: int
    reference: str
    own_invoice_id: int
    created_at: datetime
    amount_minor: int
    origin: Origin
    comment: str | None = None
    external_identifier: str | None = None
    status: RefundStatus = RefundStatus.PENDING
    settled_at: datetime | None = None

    @property
    def rrn(self) -> str | None:
        """What the customer's bank knows an executed refund by."""
        return f"6{self.refund_id:011d}" if self.status == RefundStatus.REFUNDED else None


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice with all attempts to pay it."""

    invoice_id: int
    invoice_key: str
    api_key: str
    country: str
    currency: str
    reference: str
    created_at: datetime
    expires_at: datetime
    invoiced_minor: int
    order: Order
    recurring_id: str = ""
    status: InvoiceStatus = InvoiceStatus.PENDING
    transactions: tuple[Transaction, ...] = ()
    refunds: tuple[Refund, ...] = ()
    is_expired: bool = False

    @property
    def payment_id(self) -> str:
        """What the ledger knows it by."""
        return str(self.invoice_id)

    @property
    def order_reference(self) -> str:
        """The caller's id of the order, "" if it gave none."""
        return self.order.customer_reference or ""

    @property
    def is_paid(self) -> bool:
        """Whether money was taken."""
        return self.status in {InvoiceStatus.PAID, InvoiceStatus.DUPLICATE_PAYMENT}

    @property
    def is_open(self) -> bool:
        """Whether nothing has ended it yet."""
        is_pending = self.status == InvoiceStatus.PENDING and not self.is_expired
        return is_pending and self.last(TransactionStatus.AUTHORIZE) is None

    @property
    def held(self) -> Transaction | None:
        """The authorization that waits for its capture or release."""
        for row in reversed(self.transactions):
            if row.status in {TransactionStatus.SUCCESS, TransactionStatus.CANCELED}:
                return None
            if row.status == TransactionStatus.AUTHORIZE:
                return row
        return None

    @property
    def is_settled(self) -> bool:
        """Whether the one capture or release has been made."""
        return self.held is None and self.last(TransactionStatus.AUTHORIZE) is not None

    @property
    def captured_minor(self) -> int:
        """Sum of all charges and captures."""
        return sum(
            item.amount_minor
            for item in self.transactions
            if item.status == TransactionStatus.SUCCESS
        )

    @property
    def value_minor(self) -> int:
        """InvoiceValue: the captured amount once captured, else what was invoiced."""
        captured = self.last(TransactionStatus.SUCCESS)
        return captured.amount_minor if captured is not None else self.invoiced_minor

    @property
    def latest(self) -> Transaction | None:
        """The charge or capture, else the last attempt."""
        paid = self.last(TransactionStatus.SUCCESS)
        return paid or (self.transactions[-1] if self.transactions else None)

    def refunded_minor(self, *, with_pending: bool) -> int:
        """Sum of executed refunds, and of those that wait for finance if so wished."""
        counted = {RefundStatus.REFUNDED} | ({RefundStatus.PENDING} if with_pending else set())
        return sum(refund.amount_minor for refund in self.refunds if refund.status in counted)

    def last(self, status: TransactionStatus) -> Transaction | None:
        """The latest row of that status."""
        return next((row for row in reversed(self.transactions) if row.status == status), None)


@dataclass(frozen=True, slots=True)
class Event:
    """A notice in the making: the invoice as it was at that step."""

    kind: EventKind
    invoice: Invoice
    at: datetime
    transaction: Transaction | None = None
    refund: Refund | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
