"""Status tokens: a JWT for each order, the same one whenever it is made."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

from payment_orchestrator.domain.order import Order

ALGORITHM = "HS256"
AUDIENCE = "payments-status"
LEEWAY_SECONDS = 60
"""By how much the clocks of two hosts may differ."""


class JoseStatusTokens:
    """The first key signs; the others are of tokens that were given out before it."""

    def __init__(self, keys: Sequence[bytes], *, lasts: timedelta) -> None:
        self._keys = [OctKey.import_key(key) for key in keys]
        self._lasts = lasts

    def of(self, order: Order) -> str:
        issued = int(order.created_at.timestamp())
        claims = {
            "aud": AUDIENCE,
            "sub": order.order_id,
            "iat": issued,
            "exp": issued + int(self._lasts.total_seconds()),
        }
        return jwt.encode({"alg": ALGORITHM}, claims, self._keys[0], [ALGORITHM])

    def order_id(self, token: str, *, now: datetime) -> str | None:
        """Tries every key always, so that the time tells nothing of which one signed."""
        found = [self._read(token, key, now) for key in self._keys]
        return next((each for each in found if each is not None), None)

    def _read(self, token: str, key: OctKey, now: datetime) -> str | None:
        claims = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            read = jwt.decode(token, key, [ALGORITHM])
            claims.validate(read.claims)
        except (JoseError, ValueError, TypeError):
            return None
        subject = read.claims["sub"]
        return subject if isinstance(subject, str) else None
