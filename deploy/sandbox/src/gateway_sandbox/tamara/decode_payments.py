"""Capture, cancel, refund and reference requests, gateways/tamara.md section 4."""

from dataclasses import dataclass
from datetime import datetime

from gateway_sandbox.tamara import errors
from gateway_sandbox.tamara.decode_parts import decode_breakdown
from gateway_sandbox.tamara.errors import invalid, keyed
from gateway_sandbox.tamara.members import Members, load_members
from gateway_sandbox.tamara.money import decode_money, wrong_currency
from gateway_sandbox.tamara.order import Breakdown, ShippingInfo
from gateway_sandbox.tamara.settings import TamaraSettings


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What to capture."""

    amount_minor: int
    breakdown: Breakdown
    shipping_info: ShippingInfo


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What to cancel."""

    amount_minor: int
    breakdown: Breakdown


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What to give back, and the caller's own name for it."""

    amount_minor: int
    comment: str
    merchant_refund_id: str


@dataclass(frozen=True, slots=True)
class CaptureRefundRequest:
    """One member of a legacy refund."""

    capture_id: str
    amount_minor: int
    breakdown: Breakdown


def order_id_in(body: bytes) -> str:
    """The order that a payment call is about; raises TamaraError 400."""
    return load_members(body).text("order_id")


def decode_capture(body: bytes, currency: str, settings: TamaraSettings) -> CaptureRequest:
    """POST /payments/capture; shipping_info is required by the documents, not by all callers."""
    document = load_members(body)
    return CaptureRequest(
        amount_minor=_total(document, currency, settings),
        breakdown=decode_breakdown(document, currency, settings),
        shipping_info=_shipping_info(document, settings),
    )


def decode_cancel(body: bytes, currency: str, settings: TamaraSettings) -> CancelRequest:
    """POST /orders/{id}/cancel."""
    document = load_members(body)
    return CancelRequest(
        amount_minor=_total(document, currency, settings),
        breakdown=decode_breakdown(document, currency, settings),
    )


def decode_refund(body: bytes, currency: str, settings: TamaraSettings) -> RefundRequest:
    """POST /payments/simplified-refund/{id}."""
    document = load_members(body)
    return RefundRequest(
        amount_minor=_total(document, currency, settings),
        comment=document.text("comment"),
        merchant_refund_id=document.optional_text("merchant_refund_id"),
    )


def decode_legacy_refund(
    body: bytes, currency: str, settings: TamaraSettings
) -> list[CaptureRefundRequest]:
    """POST /payments/refund: at least one refund, each of one capture."""
    refunds = load_members(body).objects("refunds")
    if not refunds:
        raise invalid("refunds is required")
    return [_capture_refund(refund, currency, settings) for refund in refunds]


def decode_reference(body: bytes) -> str:
    """PUT /orders/{id}/reference-id."""
    return load_members(body).text("order_reference_id")


def _capture_refund(
    refund: Members, currency: str, settings: TamaraSettings
) -> CaptureRefundRequest:
    breakdown = decode_breakdown(refund, currency, settings)
    if settings.legacy_refund_checks and not breakdown.items:
        raise keyed(errors.ITEMS_EMPTY)
    return CaptureRefundRequest(
        # Empty from a shop that has not captured; it waits to hear that there is no such capture.
        capture_id=refund.optional_text("capture_id"),
        amount_minor=_total(refund, currency, settings),
        breakdown=breakdown,
    )


def _total(document: Members, currency: str, settings: TamaraSettings) -> int:
    name = document.named("total_amount")
    total = decode_money(document.values.get("total_amount"), name, settings)
    if total.currency != currency:
        raise wrong_currency(f"{name} must be in the order's currency {currency}")
    return total.amount_minor


def _shipping_info(document: Members, settings: TamaraSettings) -> ShippingInfo:
    info = document.optional_object("shipping_info")
    if info is None:
        if settings.require_shipping_info:
            raise document.missing("shipping_info")
        return ShippingInfo()
    needed = Members(info.values, info.path, is_strict=settings.require_shipping_info)
    return ShippingInfo(
        shipped_at=_readable_time(needed.documented_text("shipped_at")),
        shipping_company=needed.documented_text("shipping_company"),
        tracking_number=info.optional_text("tracking_number"),
        tracking_url=info.optional_text("tracking_url"),
    )


def _readable_time(text: str) -> str:
    # Clients parse it as a time when they read the order; what is none is not shown to them.
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text
