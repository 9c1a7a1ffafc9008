"""The tokens that Tamara's notices carry, gateways/tamara.md section 5.4.

A JWT by HS256 whose key is the notification token's own bytes. It does not cover the body.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway_sandbox.tamara.settings import TamaraSettings


def mint(notification_token: str, now: datetime, settings: TamaraSettings) -> str:
    """A token of this moment, or one with the fault that the settings ask for."""
    issued_at = int(now.timestamp() + settings.clock_skew_seconds)
    claims: dict[str, Any] = {"iss": settings.jwt_issuer}
    if settings.jwt_claims == "all":
        expires_at = issued_at + int(settings.jwt_lifetime_seconds)
        claims = {"exp": expires_at, "iat": issued_at, **claims}
    key = notification_token.encode()
    match settings.jwt_alg:
        case "HS256":
            return encode(claims, key)
        case "HS512":
            return encode(claims, key, algorithm="HS512", digest="sha512")
        case "HS512_in_name_only":
            return encode(claims, key, algorithm="HS512")
        case "none":
            return f"{_unsigned(claims, 'none')}."


def encode(
    claims: Mapping[str, Any], key: bytes, *, algorithm: str = "HS256", digest: str = "sha256"
) -> str:
    """A signed JWT with its members in the order of Tamara's own."""
    unsigned = _unsigned(claims, algorithm)
    signature = hmac.new(key, unsigned.encode(), digest).digest()
    return f"{unsigned}.{_base64url(signature)}"


def _unsigned(claims: Mapping[str, Any], algorithm: str) -> str:
    header = {"typ": "JWT", "alg": algorithm}
    return f"{_part(header)}.{_part(claims)}"


def _part(members: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(members, separators=(",", ":")).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
