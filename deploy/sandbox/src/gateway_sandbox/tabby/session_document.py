"""A checkout session as Tabby shows it, gateways/tabby.md section 2.2.

Some of the undocumented members of live answers are here too, so that clients meet them.
"""

from calendar import monthrange
from datetime import date
from typing import Any
from urllib.parse import urlencode

from gateway_sandbox.amounts import format_fixed, split_evenly
from gateway_sandbox.clock import iso_seconds
from gateway_sandbox.tabby.payment import Payment, Session, TabbyStatus
from gateway_sandbox.tabby.payment_document import PaymentWriter

INSTALMENTS = 4
_COUNTRIES = {"AED": "ARE", "SAR": "SAU", "KWD": "KWT"}


def session_status(session: Session, payment: Payment, *, is_over: bool) -> str:
    """created, rejected, expired or approved."""
    if session.rejection_reason is not None or payment.status == TabbyStatus.REJECTED:
        return "rejected"
    if payment.status in {TabbyStatus.AUTHORIZED, TabbyStatus.CLOSED}:
        return "approved"
    return "expired" if is_over or payment.status == TabbyStatus.EXPIRED else "created"


def session_document(
    session: Session, payment: Payment, writer: PaymentWriter, *, public_url: str, status: str
) -> dict[str, Any]:
    """The answer to creating or reading a session."""
    return {
        "id": session.session_id,
        "warnings": [],
        "configuration": _configuration(session, payment, writer, public_url=public_url),
        "api_url": f"{public_url}/api/v2/checkout/{session.session_id}",
        "token": None,
        "flow": "web",
        "payment": writer.payment(payment),
        "status": status,
        "merchant_code": session.merchant_code,
        "merchant_urls": dict(session.merchant_urls) or None,
        "product_type": "installments",
        "lang": "ara" if session.lang == "ar" else "eng",
        "terms_accepted": False,
    }


def page_url(session: Session, payment: Payment, *, public_url: str) -> str:
    """Where the customer pays."""
    query = {
        "sessionId": session.session_id,
        "apiKey": payment.merchant_id,
        "lang": session.lang,
        "merchantCode": session.merchant_code,
        "product": "installments",
    }
    return f"{public_url}/tabby/checkout?{urlencode(query)}"


def instalments(payment: Payment) -> list[tuple[date, int]]:
    """Due dates and minor units of the four parts; they add up to the amount."""
    first = payment.created_at.date()
    parts = split_evenly(payment.amount_minor, INSTALMENTS)
    return [(_months_later(first, number), part) for number, part in enumerate(parts)]


def _configuration(
    session: Session, payment: Payment, writer: PaymentWriter, *, public_url: str
) -> dict[str, Any]:
    reason = session.rejection_reason
    is_available = reason is None
    rejected: dict[str, Any] | None = None if writer.settings.rejected_products == "null" else {}
    available = {"installments": [_product(session, payment, public_url=public_url)]}
    return {
        "currency": payment.currency,
        "app_type": None,
        "new_customer": True,
        "country": _COUNTRIES[payment.currency],
        "expires_at": iso_seconds(session.expires_at),
        "is_tokenized": False,
        "available_products": available if is_available else rejected,
        "products": {
            "installments": {
                "type": "installments",
                "is_available": is_available,
                "rejection_reason": reason,
            }
        },
    }


def _product(session: Session, payment: Payment, *, public_url: str) -> dict[str, Any]:
    (_, downpayment), *later = instalments(payment)
    currency = payment.currency
    return {
        "web_url": page_url(session, payment, public_url=public_url),
        "qr_code": None,
        "id": 1,
        "downpayment": format_fixed(downpayment, currency),
        "downpayment_percent": "25",
        "amount_to_pay": format_fixed(payment.amount_minor, currency),
        "next_payment_date": later[0][0].isoformat(),
        "installments": [
            {
                "due_date": due.isoformat(),
                "amount": format_fixed(part, currency),
                "principal": format_fixed(part, currency),
                "service_fee": format_fixed(0, currency),
            }
            for due, part in later
        ],
        "installments_count": len(later),
        "installment_period": "P1M",
        "pay_per_installment": format_fixed(later[0][1], currency),
    }


def _months_later(day: date, months: int) -> date:
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(day.day, last))
