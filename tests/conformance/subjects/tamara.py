"""Tamara, gateways/tamara.md: a token that lives a quarter of an hour and covers no body."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.subject import (
    COMMON_ERRORS,
    Attack,
    Delivered,
    ErrorCase,
    StatusCase,
    Subject,
    customer,
    staff,
)
from gateway_sandbox.tamara.token import encode
from payments_common.errors import GatewayRefusal
from support.running_sandbox import SandboxClient

API_TOKEN = "tamara-sandbox-api-token-1"
DAY = 24 * 3600


def account(currency: str) -> Mapping[str, Any]:
    return {
        "gateway": "tamara",
        "options": {"currency": currency},
        "credentials": {"api_token": API_TOKEN},
    }


async def rotate(sandbox: SandboxClient, _: str, secret: str) -> None:
    """As in Tamara's portal."""
    merchant = {"api_token": API_TOKEN, "notification_token": secret}
    (await sandbox.http.post("/sandbox/tamara/merchants", json=merchant)).raise_for_status()


def tampered(delivered: Delivered) -> Delivered:
    """Another claim under the same token: it covers no body."""
    body = json.loads(delivered.body) | {
        "event_type": "order_refunded",
        "data": {"refunded_amount": {"amount": 1, "currency": "SAR"}},
    }
    return replace(delivered, body=json.dumps(body).encode())


def _token(delivered: Delivered) -> str:
    return delivered.header("Authorization").removeprefix("Bearer ")


def _with_token(delivered: Delivered, token: str) -> Delivered:
    """In both of its places."""
    there = delivered.with_header("Authorization", f"Bearer {token}")
    return replace(there, query=f"tamaraToken={token}")


def _signed(secret_suffix: str = "", **claims: Any) -> Attack:
    def attack(delivered: Delivered, secret: str) -> Delivered:
        now = int(time.time())
        told = {"exp": now + 900, "iat": now, "iss": "Tamara", **claims}
        return _with_token(delivered, encode(told, f"{secret}{secret_suffix}".encode()))

    return attack


def _expired(delivered: Delivered, secret: str) -> Delivered:
    now = int(time.time())
    claims = {"exp": now - 600, "iat": now - 1500, "iss": "Tamara"}
    return _with_token(delivered, encode(claims, secret.encode()))


def _wrongly_encoded(delivered: Delivered, _: str) -> Delivered:
    """Padded, as base64 is elsewhere."""
    return _with_token(delivered, f"{_token(delivered)}=")


def _unsigned(delivered: Delivered, _: str) -> Delivered:
    return replace(delivered.with_header("Authorization", None), query="")


SUBJECT = Subject(
    name="tamara",
    title="Tamara",
    account=account,
    currencies=("SAR", "AED", "KWD", "BHD", "OMR"),
    secret="11111111-2222-4333-8444-555555555555",
    unknown_payment_id="3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44",
    operations={
        "session": "checkout",
        "read": "get_order",
        "authorize": "authorise",
        "capture": "capture",
        "refund": "refund",
        "void": "cancel",
    },
    after_decline="failed",
    after_cancel="expired",
    expires_after_seconds=31 * 60,
    statuses=(
        StatusCase("new", (), "pending"),
        StatusCase("approved, then authorised by us", (customer("pay"),), "authorized"),
        StatusCase("declined", (customer("decline"),), "failed"),
        StatusCase("expired", (customer("cancel"),), "expired"),
        StatusCase(
            "partially_captured", (customer("pay"), ("capture", 5000)), "partially_captured"
        ),
        StatusCase("fully_captured", (customer("pay"), ("capture",)), "captured"),
        StatusCase("canceled", (customer("pay"), ("void",)), "voided"),
        StatusCase("updated", (customer("pay"), ("void", 5000)), "authorized"),
        StatusCase(
            "updated, then the rest canceled",
            (customer("pay"), ("void", 5000), ("void",)),
            "voided",
        ),
        StatusCase(
            "updated, then captured",
            (customer("pay"), ("void", 5000), ("capture",)),
            "partially_captured",
        ),
        StatusCase(
            "partially_refunded",
            (customer("pay"), ("capture",), ("refund", 5000)),
            "partially_refunded",
        ),
        StatusCase("fully_refunded", (customer("pay"), ("capture",), ("refund",)), "refunded"),
        StatusCase("captured after 21 days", (customer("pay"), ("days", 22)), "captured"),
        StatusCase(
            "captured by authorise",
            (customer("pay"),),
            "captured",
            settings={"capture_on_authorise": True},
        ),
        StatusCase(
            "authorised by Tamara itself",
            (customer("pay"),),
            "captured",
            settings={"auto_authorise": True},
        ),
        StatusCase("canceled in the dashboard", (customer("pay"), staff("close")), "voided"),
    ),
    errors=(
        *COMMON_ERRORS,
        ErrorCase("401", {}, GatewayRefusal, credentials={"api_token": "unknown-api-token"}),
        ErrorCase(
            "404 Merchant is not found",
            {},
            GatewayRefusal,
            merchant={"api_token": API_TOKEN, "environment": "production"},
        ),
    ),
    attacks={
        "forged": lambda delivered, _: _with_token(delivered, "forged"),
        "unsigned": _unsigned,
        "wrong secret": _signed("-of-another-shop"),
        "wrongly encoded": _wrongly_encoded,
        "expired": _expired,
        "another issuer": _signed(iss="Somebody"),
    },
    rotate=rotate,
    tamper=tampered,
    declined_session=None,
    not_meaningful={
        "repeated": "it comes in two places, and one that is good is enough",
        "failed then paid": "a declined order is over; another attempt is another order",
        "declined session": "the customer is refused on Tamara's page",
    },
)
