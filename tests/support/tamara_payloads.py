"""Tamara accounts, orders and answers for tests; every person in them is invented."""

from decimal import Decimal
from typing import Any

import orjson
from pydantic import SecretStr

from payments_common.config import Account
from payments_common.gateways.port import WebhookSecret
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.parties import Actor, Address, Customer, Item

API_TOKEN = "tamara-api-token-of-the-example-shop"
NOTIFICATION_TOKEN = WebhookSecret("current", "ntf-5f0e2c61-example-notification-token")
ORDER_ID = "7b1c2f40-3a8e-4c55-9d0f-1f6a2b7e9c01"
CHECKOUT_ID = "0b7d5f0c-2f3c-4f57-8f5a-6a1f0c9e7d11"
CAPTURE_ID = "c2f0a9be-57d4-4d4e-8a31-90b1d3f4e6aa"
REFUND_ID = "e51d3b88-0d2f-4f07-9a52-6a8fd0c1b2e3"
CANCEL_ID = "1d9e7c55-6b0a-4e8f-b1c2-d3e4f5a6b7c8"
WEBHOOK_ID = "9c4b1a70-8e2d-4b6f-a3c5-0d1e2f3a4b5c"
WEBHOOK_URL = "https://shop.example.com/webhooks/tamara-ksa"
CANARY_NAME = "Canary Nightingale"
CANARY_EMAIL = "canary.nightingale@example.com"
CANARY_PHONE = "+966512345678"
CANARY_STREET = "1 Example Street"


def tamara_account(base_url: str = "https://tamara.example.com", **changes: Any) -> Account:
    settings: dict[str, Any] = {
        "name": "tamara-ksa",
        "gateway": "tamara",
        "base_url": base_url,
        "webhook_url": WEBHOOK_URL,
        "options": {},
        "credentials": {"api_token": SecretStr(API_TOKEN)},
        "webhook_secrets": {NOTIFICATION_TOKEN.secret_id: SecretStr(NOTIFICATION_TOKEN.value)},
        "timeout_seconds": 5.0,
        "max_concurrent_calls": 10,
        "calls_per_second": 1000.0,
    }
    return Account(**{**settings, **changes})


def json_text(body: Any) -> bytes:
    """Decimals are JSON numbers, digit for digit."""
    return orjson.dumps(body, default=lambda number: orjson.Fragment(str(number)))


def major(amount: str | int | Decimal = "150.00", currency: str = "SAR") -> dict[str, Any]:
    """Tamara's money: a number of major units."""
    return {"amount": Decimal(amount), "currency": currency}


def order(
    status: str = "authorised",
    *,
    captures: Any = (),
    refunds: Any = (),
    cancels: Any = (),
    **changes: Any,
) -> dict[str, Any]:
    """An order as GET answers it, section 4.5."""
    person = {"first_name": "Canary", "last_name": "Nightingale", "phone_number": "966512345678"}
    return {
        "order_id": ORDER_ID,
        "order_reference_id": "order-1",
        "order_number": "order-1",
        "description": "lamp",
        "status": status,
        "consumer": {**person, "email": CANARY_EMAIL, "national_id": "", "is_first_order": None},
        "billing_address": None,
        "shipping_address": {**person, "line1": CANARY_STREET, "city": "Riyadh"},
        "items": [{"reference_id": "1", "name": "Lamp", "total_amount": major()}],
        "payment_type": "PAY_BY_INSTALMENTS",
        "instalments": 3,
        "total_amount": major(),
        "shipping_amount": major(0),
        "tax_amount": major(0),
        "captured_amount": major(0),
        "refunded_amount": major(0),
        "canceled_amount": major(0),
        "paid_amount": major("50.00"),
        "discount_amount": {"name": "", "amount": major(0)},
        "settlement_status": "",
        "settlement_date": None,
        "created_at": "2026-03-02T09:15:04.000Z",
        "transactions": {
            "cancels": list(cancels),
            "captures": list(captures),
            "refunds": list(refunds),
        },
        "processing": False,
        "store_code": "",
        "additional_data": [],
        **changes,
    }


def capture(amount: str = "150.00", id_: str = CAPTURE_ID, **changes: Any) -> dict[str, Any]:
    return {
        "capture_id": id_,
        "order_id": ORDER_ID,
        "total_amount": major(amount),
        "refunded_amount": major(0),
        "shipping_info": {"shipped_at": "2026-03-03T10:00:00+00:00", "shipping_company": "N/A"},
        "items": [],
        "created_at": "2026-03-03T10:00:00+00:00",
        **changes,
    }


def refund(amount: str = "50.00", id_: str = REFUND_ID, **changes: Any) -> dict[str, Any]:
    return {
        "refund_id": id_,
        "capture_id": CAPTURE_ID,
        "total_amount": major(amount),
        "items": [],
        "created_at": "2026-03-04T10:00:00.000Z",
        **changes,
    }


def cancel(amount: str = "150.00", id_: str = CANCEL_ID, **changes: Any) -> dict[str, Any]:
    return {
        "cancel_id": id_,
        "order_id": ORDER_ID,
        "total_amount": major(amount),
        "items": [],
        "created_at": "2026-03-04T11:00:00.000Z",
        **changes,
    }


def session_answer(**changes: Any) -> dict[str, Any]:
    """A session as POST answers it, section 2.3."""
    url = f"https://checkout.example.com/checkout/{CHECKOUT_ID}?orderId={ORDER_ID}"
    return {
        "order_id": ORDER_ID,
        "checkout_id": CHECKOUT_ID,
        "checkout_url": url,
        "status": "new",
        **changes,
    }


def authorised_answer(**changes: Any) -> dict[str, Any]:
    """Section 3.4."""
    return {
        "order_id": ORDER_ID,
        "status": "authorised",
        "order_expiry_time": "2026-05-31T09:15:04+00:00",
        "payment_type": "PAY_BY_INSTALMENTS",
        "auto_captured": False,
        "authorized_amount": major(),
        "capture_id": "",
        **changes,
    }


def captured_answer(amount: str = "150.00", **changes: Any) -> dict[str, Any]:
    """Section 4.1."""
    return {
        "capture_id": CAPTURE_ID,
        "order_id": ORDER_ID,
        "status": "fully_captured",
        "captured_amount": major(amount),
        **changes,
    }


def refunded_answer(amount: str = "50.00", **changes: Any) -> dict[str, Any]:
    """Section 4.3."""
    return {
        "order_id": ORDER_ID,
        "comment": "damaged",
        "refund_id": REFUND_ID,
        "capture_id": CAPTURE_ID,
        "status": "partially_refunded",
        "refunded_amount": major(amount),
        **changes,
    }


def canceled_answer(
    amount: str = "150.00", status: str | None = "canceled", **changes: Any
) -> dict[str, Any]:
    """Section 4.2."""
    return {
        "order_id": ORDER_ID,
        "cancel_id": CANCEL_ID,
        "status": status,
        "canceled_amount": major(amount),
        **changes,
    }


def error_body(message: str, code: str | None = None, **data: Any) -> dict[str, Any]:
    """Section 7."""
    errors: list[dict[str, Any]] = (
        [] if code is None else [{"error_code": code, "data": data or []}]
    )
    return {"message": message, "errors": errors}


def notice(event: str = "order_approved", data: Any = (), **changes: Any) -> dict[str, Any]:
    """A webhook's body, section 5.2: what has no data has an empty list."""
    return {
        "order_id": ORDER_ID,
        "order_reference_id": "order-1",
        "order_number": "order-1",
        "event_type": event,
        "data": data or [],
        **changes,
    }


def create_session(
    amount_minor: int = 15000, currency: str = "SAR", **changes: Any
) -> CreateSession:
    settings: dict[str, Any] = {
        "order_reference": "order-1",
        "requested_by": Actor(user_id="shop"),
        "account": "tamara-ksa",
        "total_amount": Money(amount_minor, currency),
        "customer": Customer(name=CANARY_NAME, email=CANARY_EMAIL, phone=CANARY_PHONE),
        "shipping_address": Address(city="Riyadh", line=CANARY_STREET),
        "items": (Item(title="Lamp", unit_price=Money(amount_minor, currency)),),
        "success_url": "https://shop.example.com/success?order=1",
        "failure_url": "https://shop.example.com/failure",
        "cancel_url": "https://shop.example.com/cancel",
    }
    return CreateSession(**{**settings, **changes})
