"""Tabby, gateways/tabby.md: a static header proves the sender, the body is covered by nothing."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from conformance.subject import (
    COMMON_ERRORS,
    Delivered,
    ErrorCase,
    StatusCase,
    Subject,
    customer,
    staff,
)
from payments_common.errors import OutcomeUnknown
from support.running_sandbox import SECRET_KEY, SandboxClient

HEADER = "X-Payments-Webhook"
CODES = {"SAR": "SA", "AED": "AE", "KWD": "KW"}


def account(currency: str) -> Mapping[str, Any]:
    return {
        "gateway": "tabby",
        "options": {"merchant_code": CODES[currency], "currency": currency},
        "credentials": {"secret_key": SECRET_KEY},
    }


async def rotate(sandbox: SandboxClient, url: str, secret: str) -> None:
    """As the merchant would: the registration gets another header."""
    headers = {"X-Merchant-Code": "SA"}
    listed = (await sandbox.http.get("/api/v1/webhooks", headers=headers)).json()
    for webhook in listed if isinstance(listed, list) else [listed]:
        body = {"url": url, "header": {"title": HEADER, "value": secret}}
        path = f"/api/v1/webhooks/{webhook['id']}"
        (await sandbox.http.put(path, json=body, headers=headers)).raise_for_status()


def tampered(delivered: Delivered) -> Delivered:
    """The same claim about another amount: the header still fits."""
    body = json.loads(delivered.body) | {"amount": "1.00", "status": "closed"}
    return Delivered(json.dumps(body).encode(), delivered.headers, delivered.query)


def _wrong_secret(delivered: Delivered, secret: str) -> Delivered:
    return delivered.with_header(HEADER, f"{secret}-of-another-shop")


def _wrongly_encoded(delivered: Delivered, secret: str) -> Delivered:
    return delivered.with_header(HEADER, base64.b64encode(secret.encode()).decode())


SUBJECT = Subject(
    name="tabby",
    title="Tabby",
    account=account,
    currencies=("SAR", "AED", "KWD"),
    secret="example-webhook-secret-1",
    unknown_payment_id="3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44",
    operations={
        "session": "checkout",
        "read": "get_payment",
        "capture": "capture",
        "refund": "refund",
        "void": "close",
    },
    after_decline="failed",
    after_cancel="expired",
    expires_after_seconds=31 * 60,
    statuses=(
        StatusCase("CREATED", (), "pending"),
        StatusCase("AUTHORIZED", (customer("pay"),), "authorized"),
        StatusCase(
            "AUTHORIZED with a capture", (customer("pay"), ("capture", 5000)), "partially_captured"
        ),
        StatusCase("CLOSED, all captured", (customer("pay"), ("capture",)), "captured"),
        StatusCase(
            "CLOSED, a part captured",
            (customer("pay"), ("capture", 5000), ("void",)),
            "partially_captured",
        ),
        StatusCase("CLOSED, nothing captured", (customer("pay"), ("void",)), "voided"),
        StatusCase("REJECTED", (customer("decline"),), "failed"),
        StatusCase("EXPIRED", (customer("cancel"), ("recheck",)), "expired"),
        StatusCase(
            "refunds, a part",
            (customer("pay"), ("capture",), ("refund", 5000)),
            "partially_refunded",
        ),
        StatusCase("refunds, all", (customer("pay"), ("capture",), ("refund",)), "refunded"),
        StatusCase("captured by Tabby after 21 days", (customer("pay"), ("days", 22)), "captured"),
        StatusCase("closed in the dashboard", (customer("pay"), staff("close")), "voided"),
    ),
    errors=(
        *COMMON_ERRORS,
        ErrorCase("404 of a proxy", {"kind": "html", "status": 404}, OutcomeUnknown),
    ),
    attacks={
        "forged": lambda delivered, _: delivered.with_header(HEADER, "forged"),
        "unsigned": lambda delivered, _: delivered.with_header(HEADER, None),
        "wrong secret": _wrong_secret,
        "wrongly encoded": _wrongly_encoded,
        "repeated": lambda delivered, secret: Delivered(
            delivered.body, (*delivered.headers, (HEADER, secret)), delivered.query
        ),
    },
    rotate=rotate,
    tamper=tampered,
    declined_session={
        "customer": {
            "name": "Noor Example",
            "email": "otp.success@tabby.ai",
            "phone": "+966500000002",
        }
    },
    not_meaningful={
        "expired": "its header has no time",
        "failed then paid": "a declined payment is over; another attempt is another payment",
    },
)
