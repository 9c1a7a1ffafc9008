"""MyFatoorah's webhooks for tests: signed here by rules of their own, and the stored vectors."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from payments_common.gateways.port import WebhookDelivery, WebhookSecret
from support.myfatoorah_payloads import INVOICE_ID, PAYMENT_ID, WEBHOOK_SECRET

VECTORS = json.loads((Path(__file__).parent / "myfatoorah_vectors.json").read_text())
SIGNATURE = "myfatoorah-signature"
VERSION = "myfatoorah-webhook-version"
NEXT_SECRET = WebhookSecret("next", "bmV4dC1leGFtcGxl")


def signed_by(text: str, secret: WebhookSecret = WEBHOOK_SECRET) -> str:
    digest = hmac.new(secret.value.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def first_text(data: dict[str, Any], *, without: str = "") -> str:
    """Of version 1: every member, of plain text only, in the order of its name."""
    names = sorted((name for name in data if name != without), key=str.lower)
    return ",".join(f"{name}={'' if data[name] is None else data[name]}" for name in names)


def second_text(data: dict[str, Any], paths: Iterable[str]) -> str:
    """Of version 2: the listed members."""
    return ",".join(f"{path}={_at(data, path)}" for path in paths)


def _at(data: Any, path: str) -> str:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return "" if data is None else str(data)


def delivery(
    body: Any, signature: str | None, *headers: tuple[str, str], raw: bytes | None = None
) -> WebhookDelivery:
    proof = [] if signature is None else [(SIGNATURE, signature)]
    return WebhookDelivery(
        body=orjson.dumps(body) if raw is None else raw,
        headers=[*proof, *headers],
        query="",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def vector_delivery(vector: dict[str, Any], payload: Any = None) -> WebhookDelivery:
    return WebhookDelivery(
        body=orjson.dumps(vector["payload"] if payload is None else payload),
        headers=[(name.lower(), value) for name, value in vector["headers"].items()],
        query="",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def first_body(code: Any = 1, **changes: Any) -> dict[str, Any]:
    data = {
        "InvoiceId": int(INVOICE_ID),
        "CustomerReference": "order-1",
        "CustomerName": "Test Webhook",
        "CustomerEmail": None,
        "TransactionStatus": "SUCCESS",
        "PaymentId": PAYMENT_ID,
        "InvoiceValueInBaseCurrency": "40",
        "BaseCurrency": "KWD",
        **changes,
    }
    return {
        "EventType": code,
        "Event": "TransactionsStatusChanged",
        "DateTime": "04032021211615",
        "CountryIsoCode": "KWT",
        "Data": data,
    }


def second_body(code: Any = 1, data: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "Event": {
            "Code": code,
            "Name": "PAYMENT_STATUS_CHANGED",
            "CountryIsoCode": "KWT",
            "CreationDate": "2026-01-04T08:15:00.9500000Z",
            "Reference": "WH-626519",
        },
        "Data": payment_data() if data is None else data,
    }


def payment_data(**changes: Any) -> dict[str, Any]:
    return {
        "Invoice": {"Id": INVOICE_ID, "Status": "PAID", "ExternalIdentifier": "order-1"},
        "Transaction": {"Status": "SUCCESS", "PaymentId": PAYMENT_ID},
        "Customer": {"Name": "Anonymous", "Mobile": "+965", "Email": ""},
        "Amount": {"BaseCurrency": "KWD", "ValueInBaseCurrency": "40"},
        **changes,
    }


def refund_data(**changes: Any) -> dict[str, Any]:
    return {
        "Refund": {"Id": "111147", "Status": "REFUNDED", "InvoiceId": "5620292"},
        "Amount": {"BaseCurrency": "KWD", "ValueInBaseCurrency": "30"},
        "ReferencedInvoice": {"Id": INVOICE_ID, "ExternalIdentifier": "order-1"},
        **changes,
    }


def signed_first(body: dict[str, Any], **how: Any) -> WebhookDelivery:
    return delivery(body, signed_by(first_text(body["Data"])), *how.get("headers", ()))


def signed_second(body: dict[str, Any], paths: Iterable[str], **how: Any) -> WebhookDelivery:
    return delivery(body, signed_by(second_text(body["Data"], paths)), *how.get("headers", ()))


def payment_notice(*headers: tuple[str, str]) -> WebhookDelivery:
    return signed_second(second_body(), VECTORS["rules"]["v2_fields"]["1"], headers=headers)
