"""The token that Tamara puts on a webhook: a JWT, HS256 with the notification token's bytes as key.

Its claims are exp, iat and iss. It names no order and covers no body: it proves only that its
maker held the key within the last quarter of an hour (gateways/tamara.md section 5.4).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from payments_common import strict_json
from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.authenticity import as_bytes, text_digest

ISSUER = "Tamara"
LONGEST_TOKEN = 2048
LIFETIME_SECONDS = 900
# What Tamara's own plug-in allows, after clocks that disagreed had cost it deliveries.
LEEWAY_SECONDS = 180
_ALGORITHM = "HS256"
_KEPT_SIGNATURE = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A well-formed token; its claims mean nothing before its signature fits.

    `proof` is the signature, or of a token that was kept, the signature's digest.
    """

    signed: str
    claims: Mapping[str, Any]
    proof: bytes = field(repr=False)
    is_kept: bool

    def is_signed_with(self, key: str) -> bool:
        """Compares in constant time; an empty key, which everybody has, signs nothing."""
        signature = _signature(self.signed, key)
        expected = _digest(signature) if self.is_kept else signature
        return hmac.compare_digest(self.proof, expected) and bool(key)


def mint(key: str, *, issuer: str, now: datetime) -> str:
    """A token such as Tamara's own, for deliveries that we send to ourselves."""
    issued_at = int(now.timestamp())
    claims = {"exp": issued_at + LIFETIME_SECONDS, "iat": issued_at, "iss": issuer}
    parts = ({"typ": "JWT", "alg": _ALGORITHM}, claims)
    signed = ".".join(_encoded(orjson.dumps(part)) for part in parts)
    return f"{signed}.{_encoded(_signature(signed, key))}"


def read_token(text: str) -> Token:
    """Raises WebhookRefused, code `token_malformed`, for what is not a JWT signed by HS256."""
    signed, signature = _halves(text)
    return Token(signed, _claims(signed), _decoded(signature), is_kept=False)


def read_kept(text: str) -> Token:
    """A token in the form that `kept` gave it; never for what comes from the network."""
    signed, digest = _halves(text)
    if not _KEPT_SIGNATURE.fullmatch(digest):
        raise _malformed("its signature was not kept as a digest")
    return Token(signed, _claims(signed), digest.encode("ascii"), is_kept=True)


def kept(text: str) -> str:
    """What may be stored: claims and the signature's digest, which can be checked, not sent.

    Of what cannot have been Tamara's token, the digest is all: it may be somebody's secret.
    """
    try:
        token = read_token(text)
    except WebhookRefused:
        return text_digest(text)
    return f"{token.signed}.{_digest(token.proof).decode('ascii')}"


def check_claims(claims: Mapping[str, Any], *, issuer: str, received_at: datetime) -> None:
    """Holds a token with a good signature to its time and, unless it is "", its issuer.

    How long it lives is for Tamara to say: who can sign a long-lived token can sign any number of
    short-lived ones. Raises WebhookRefused.
    """
    now = int(received_at.timestamp())
    expires_at = _second(claims, "exp")
    if expires_at is None:
        raise _malformed("it names no time at which it expires")
    if expires_at <= now - LEEWAY_SECONDS:
        raise WebhookRefused(
            "the token was over when it came; is the clock of this machine right?",
            code="token_expired",
        )
    for name in ("iat", "nbf"):
        begins_at = _second(claims, name)
        if begins_at is not None and begins_at > now + LEEWAY_SECONDS:
            raise WebhookRefused(
                f"the token's {name} is in the future; is the clock of this machine right?",
                code="token_not_yet_valid",
            )
    if issuer and claims.get("iss") != issuer:
        raise WebhookRefused(
            f"the token is not issued by {issuer}; options.webhook_issuer names another issuer, "
            'or with "" any',
            code="issuer_unknown",
        )


def _halves(text: str) -> tuple[str, str]:
    if len(text) > LONGEST_TOKEN or text.count(".") != 2:
        raise _malformed("it is not three parts in at most 2048 characters")
    signed, _, signature = text.rpartition(".")
    return signed, signature


def _claims(signed: str) -> Mapping[str, Any]:
    header, claims = (_object(part) for part in signed.split("."))
    # Pinned here, because the token must not choose how it is judged.
    if header.get("alg") != _ALGORITHM or "crit" in header:
        raise _malformed(f"it is not signed by {_ALGORITHM}, or asks for more than that")
    return claims


def _object(part: str) -> Mapping[str, Any]:
    try:
        value = strict_json.loads(_decoded(part))
    except InvalidMessage as error:
        raise _malformed("a part of it is not strict JSON") from error
    if not isinstance(value, dict):
        raise _malformed("a part of it is not a JSON object")
    return value


def _second(claims: Mapping[str, Any], name: str) -> int | Decimal | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _malformed(f"its {name} is not a time in seconds")
    return value


def _signature(signed: str, key: str) -> bytes:
    return hmac.new(as_bytes(key), as_bytes(signed), hashlib.sha256).digest()


def _digest(signature: bytes) -> bytes:
    return text_digest(_encoded(signature)).encode("ascii")


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(part: str) -> bytes:
    """Base64url in its one canonical form: another spelling of the same bytes is refused."""
    try:
        raw = base64.b64decode(as_bytes(part) + b"=" * (-len(part) % 4), altchars=b"-_")
    except binascii.Error as error:
        raise _malformed("a part of it is not base64url") from error
    if _encoded(raw) != part:
        raise _malformed("a part of it is not written as base64url is")
    return raw


def _malformed(what: str) -> WebhookRefused:
    return WebhookRefused(f"the token cannot be Tamara's: {what}", code="token_malformed")
