"""Tokens as Tamara signs them, written without a line of ours: the vectors of section 10.1."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from payments_common.gateways.port import WebhookDelivery, WebhookSecret

BODY = b'{"order_id":"7b1c2f40-3a8e-4c55-9d0f-1f6a2b7e9c01","event_type":"order_approved"}'
KEY = "ntf-0c1e5d8a-9b42-4f0e-8a77-2f6d1b3c4e5f"
SECRET = WebhookSecret("current", KEY)
NEXT_SECRET = WebhookSecret("next", "ntf-77aa-next-example")
NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
GOOD_HEADER = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"
_V1_CLAIMS = "eyJleHAiOjQxMDI0NDQ4MDAsImlhdCI6MTcwMDAwMDAwMCwiaXNzIjoiVGFtYXJhIn0"

V1 = f"{GOOD_HEADER}.{_V1_CLAIMS}.4_vn8XBmnvdXlmHllffDzdRP5e519kbr9euzhqF7zwo"
V2 = f"{GOOD_HEADER}.{_V1_CLAIMS}.CxbgGRNV_5QgNqMcUiATvj6oYn1ThUyLC2YiJ3B-GxM"
V4 = f"{GOOD_HEADER}.eyJpc3MiOiJUYW1hcmEifQ.djMe41a7b8AyWbYP_aMI2Bbc1ZHWFJl-iRHdG0JASKc"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_token(
    claims: bytes = b'{"exp":4102444800,"iat":1700000000,"iss":"Tamara"}',
    *,
    header: bytes = b'{"typ":"JWT","alg":"HS256"}',
    signature: bytes | None = None,
    key: str = KEY,
) -> str:
    signed = f"{encoded(header)}.{encoded(claims)}"
    if signature is None:
        signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{encoded(signature)}"


def claims_token(**changes: Any) -> str:
    """A member that is changed to None is left out."""
    claims = {"exp": 4102444800, "iat": 1700000000, "iss": "Tamara"} | changes
    told = {name: value for name, value in claims.items() if value is not None}
    return signed_token(json.dumps(told, separators=(",", ":")).encode())


V3 = claims_token(exp=1700000900)
V5 = claims_token(iss="Evil")
V6 = signed_token(header=b'{"typ":"JWT","alg":"none"}', signature=b"")
V7 = signed_token(header=b'{"typ":"JWT","alg":"HS512"}')
V8 = claims_token(iat=4102444000)


def delivery(
    *authorization: str,
    query: str = "",
    body: bytes = BODY,
    headers: Iterable[tuple[str, str]] = (),
) -> WebhookDelivery:
    bearers = [("authorization", value) for value in authorization]
    return WebhookDelivery(body=body, headers=[*headers, *bearers], query=query, received_at=NOW)
