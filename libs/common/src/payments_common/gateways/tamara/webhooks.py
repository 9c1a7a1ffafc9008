"""Tamara's webhooks: a token that its notification token signs, and that covers no body.

So the body's digest is the event key: a key made of the order and the event could be taken first by
a forged body under a token that somebody saw. What a body says is a hint to read the order back.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import orjson

from payments_common.config import Account
from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.authenticity import (
    body_digest,
    explaining_headers,
    matching_secret,
    printable,
)
from payments_common.gateways.port import (
    ProbeDelivery,
    Verified,
    WebhookDelivery,
    WebhookHint,
    WebhookSecret,
)
from payments_common.gateways.tamara.config import webhook_issuer_of
from payments_common.gateways.tamara.deliveries import (
    Candidate,
    candidates,
    kept_candidates,
    kept_headers,
    without_tokens,
)
from payments_common.gateways.tamara.tokens import (
    ISSUER,
    Token,
    check_claims,
    mint,
    read_kept,
    read_token,
)
from payments_common.gateways.wire_types import uuid_or_none

MOST_HEADERS = 12
LONGEST_CLAIM = 40
LONGEST_REFERENCE = 255
_AMOUNTS = ("captured_amount", "refunded_amount", "canceled_amount")
_DISPUTE = "Dispute"
_PROBE = "OrderDisputeProbe"
# A token that comes nearer to being accepted says more of what is wrong.
_NEARNESS = ("token_malformed", "signature_invalid", "secret_not_configured")


def webhook_scheme(account: Account) -> "TamaraWebhooks":
    return TamaraWebhooks(webhook_issuer_of(account))


class TamaraWebhooks:
    """`issuer` is whom a token must name; "" stands for anybody."""

    def __init__(self, issuer: str = ISSUER) -> None:
        self._issuer = issuer

    def verify(self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> Verified:
        """One good token is enough, wherever it is: a proxy may have put another beside it."""
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=self._any_of(candidates(delivery), read_token, delivery, secrets),
            stored_headers=self.stored_headers(delivery),
        )

    def verify_stored(
        self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]
    ) -> Verified:
        """Verifies what was kept with `stored_headers`, as at the time at which it was received."""
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=self._any_of(kept_candidates(delivery), read_kept, delivery, secrets),
            stored_headers=tuple(delivery.headers),
        )

    def event_key(self, delivery: WebhookDelivery) -> str:
        return body_digest(delivery)

    def stored_headers(self, delivery: WebhookDelivery) -> tuple[tuple[str, str], ...]:
        """Each token's claims and its signature's digest: verified again, but not sent again."""
        return tuple([*kept_headers(delivery), *explaining_headers(delivery)][:MOST_HEADERS])

    def stored_query(self, delivery: WebhookDelivery) -> str:
        return without_tokens(delivery.query)

    def probe(self, secret: WebhookSecret, *, now: datetime) -> ProbeDelivery:
        token = mint(secret.value, issuer=self._issuer or ISSUER, now=now)
        body = {"event_type": _PROBE, "created_at": now.isoformat()}
        return ProbeDelivery(
            orjson.dumps(body), {"authorization": f"Bearer {token}"}, {"tamaraToken": token}
        )

    def parse(self, body: object) -> WebhookHint | None:
        """Of any event that names an order, known or not: the order is what counts."""
        if not isinstance(body, Mapping):
            raise InvalidMessage("a Tamara webhook is a JSON object")
        if not body.get("order_id") and _is_of_dispute(body):
            return None
        order_id = uuid_or_none(body.get("order_id"))
        if order_id is None:
            raise InvalidMessage("a Tamara webhook's order_id is a UUID; this one is not")
        return WebhookHint(
            payment_id=order_id,
            order_reference=_order_reference(body.get("order_reference_id")),
            claims=_claims(body),
        )

    def _any_of(
        self,
        found: Sequence[Candidate],
        read: Callable[[str], Token],
        delivery: WebhookDelivery,
        secrets: Sequence[WebhookSecret],
    ) -> str:
        """The id of the secret that signed the first good token."""
        refusals = []
        for candidate in found:
            try:
                return self._authenticated(read(candidate.text), delivery, secrets)
            except WebhookRefused as refusal:
                refusals.append(refusal)
        if refusals:
            raise max(refusals, key=_nearness)
        raise WebhookRefused(
            "there is no token, neither as Authorization: Bearer nor as tamaraToken in the query; "
            "does something between Tamara and here remove both?",
            code="signature_missing",
        )

    def _authenticated(
        self, token: Token, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]
    ) -> str:
        secret_id = matching_secret(
            secrets,
            lambda secret: token.is_signed_with(secret.value),
            problem="none of the account's webhook secrets signed the token; compare the accounts "
            "file with the notification token in Tamara's portal",
        )
        check_claims(token.claims, issuer=self._issuer, received_at=delivery.received_at)
        return secret_id


def _nearness(refusal: WebhookRefused) -> int:
    return _NEARNESS.index(refusal.code) if refusal.code in _NEARNESS else len(_NEARNESS)


def _is_of_dispute(body: Mapping[str, object]) -> bool:
    """Disputes have CamelCase events, and no documented form (section 4.7)."""
    return _DISPUTE in str(body.get("event_type")) or body.get("type") == "dispute"


def _order_reference(reference: object) -> str | None:
    return reference[:LONGEST_REFERENCE] or None if isinstance(reference, str) else None


def _claims(body: Mapping[str, object]) -> str:
    """Both channels' words, section 5.3: `event_type`, or `order_status` without its prefix."""
    event = body.get("event_type") or body.get("order_status") or "no event"
    parts = [printable(str(event), LONGEST_CLAIM).lower()]
    data = body.get("data")
    if isinstance(data, Mapping):
        parts += [_amount(data[name]) for name in _AMOUNTS if name in data]
        parts.append(printable(str(data.get("declined_code") or ""), LONGEST_CLAIM))
    return ", ".join(part for part in parts if part)


def _amount(money: object) -> str:
    """An object, or a list that holds it."""
    if isinstance(money, list) and money:
        money = money[0]
    if not isinstance(money, Mapping):
        return ""
    return " ".join(
        printable(str(money[name]), LONGEST_CLAIM)
        for name in ("amount", "currency")
        if name in money
    )
