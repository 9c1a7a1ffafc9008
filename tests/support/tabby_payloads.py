"""Tabby accounts, payments and webhooks for tests; every person in them is invented."""

from typing import Any

from pydantic import SecretStr

from payments_common.config import Account
from payments_common.gateways.port import WebhookSecret
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.parties import Actor, Address, Customer, Item

SECRET_KEY = "sk_test_00000000-0000-4000-8000-000000000001"
WEBHOOK_SECRET = WebhookSecret("current", "0f3c7a19-example-secret")
PAYMENT_ID = "3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44"
CAPTURE_ID = "a7c2e1d8-51f4-4b0e-8a68-9d0c3e55b210"
REFUND_ID = "c1d5a0f2-0b1c-4f0e-9c55-2f4f3a7be611"
WEBHOOK_URL = "https://shop.example.com/webhooks/tabby-ksa"
CANARY_NAME = "Canary Nightingale"
CANARY_EMAIL = "canary.nightingale@example.com"
CANARY_PHONE = "+966512345678"


def tabby_account(base_url: str = "https://tabby.example.com", **changes: Any) -> Account:
    settings: dict[str, Any] = {
        "name": "tabby-ksa",
        "gateway": "tabby",
        "base_url": base_url,
        "options": {"merchant_code": "SA"},
        "credentials": {"secret_key": SecretStr(SECRET_KEY)},
        "webhook_secrets": {WEBHOOK_SECRET.secret_id: SecretStr(WEBHOOK_SECRET.value)},
        "timeout_seconds": 5.0,
        "max_concurrent_calls": 10,
        "calls_per_second": 1000.0,
    }
    return Account(**{**settings, **changes})


def payment(status: str = "AUTHORIZED", **changes: Any) -> dict[str, Any]:
    """A payment as GET answers it, section 3."""
    return {
        "id": PAYMENT_ID,
        "created_at": "2026-03-02T09:15:04Z",
        "expires_at": "2027-03-02T09:17:31Z",
        "status": status,
        "is_test": True,
        "amount": "150",
        "currency": "SAR",
        "description": None,
        "buyer": {"id": None, "name": CANARY_NAME, "email": CANARY_EMAIL, "phone": CANARY_PHONE},
        "shipping_address": {"city": "Riyadh", "address": "1 Example Street", "zip": "00000"},
        "order": {"reference_id": "order-1", "items": []},
        "captures": [],
        "refunds": [],
        "meta": {"order_id": "0192", "customer": CANARY_EMAIL},
        **changes,
    }


def capture(amount: str = "150", **changes: Any) -> dict[str, Any]:
    return {
        "id": CAPTURE_ID,
        "created_at": "2026-03-02T09:17:40Z",
        "amount": amount,
        "tax_amount": "0",
        "items": None,
        "reference_id": "capture-1",
        **changes,
    }


def refund(amount: str = "50", **changes: Any) -> dict[str, Any]:
    return {
        "id": REFUND_ID,
        "created_at": "2026-03-03T10:00:00Z",
        "amount": amount,
        "reason": "damaged",
        "reference_id": "refund-1",
        **changes,
    }


def session_answer(status: str = "created", **changes: Any) -> dict[str, Any]:
    """A session as POST answers it, section 2.2."""
    web_url = "https://checkout.tabby.example.com/?sessionId=b3f1"
    return {
        "id": "b3f1a0de-2f2f-4b66-8d0a-1a2b3c4d5e6f",
        "status": status,
        "token": None,
        "payment": payment("CREATED"),
        "configuration": {
            "available_products": {"installments": [{"web_url": web_url, "id": 7}]},
            "products": {"installments": {"is_available": True, "rejection_reason": None}},
            "expires_at": "2026-03-02T09:35:04Z",
        },
        **changes,
    }


def rejected_session_answer(reason: str | None, products: Any = None) -> dict[str, Any]:
    installments = {"is_available": False, "rejection_reason": reason}
    return session_answer(
        "rejected",
        configuration={
            "available_products": products,
            "products": {"installments": installments},
        },
    )


def create_session(
    amount_minor: int = 15000, currency: str = "SAR", **changes: Any
) -> CreateSession:
    settings: dict[str, Any] = {
        "order_reference": "order-1",
        "requested_by": Actor(user_id="shop"),
        "account": "tabby-ksa",
        "total_amount": Money(amount_minor, currency),
        "customer": Customer(name=CANARY_NAME, email=CANARY_EMAIL, phone=CANARY_PHONE),
        "shipping_address": Address(city="Riyadh", line="1 Example Street"),
        "items": (Item(title="Lamp", unit_price=Money(amount_minor, currency)),),
        "success_url": "https://shop.example.com/success?order=1",
        "failure_url": "https://shop.example.com/failure",
        "cancel_url": "https://shop.example.com/cancel",
    }
    return CreateSession(**{**settings, **changes})


def webhook(
    url: str = WEBHOOK_URL, value: str = WEBHOOK_SECRET.value, id_: str = CAPTURE_ID
) -> dict[str, Any]:
    """A webhook as its registration shows it, section 5.1."""
    header = {"title": "X-Payments-Webhook", "value": value}
    return {"id": id_, "url": url, "is_test": True, "header": header}
