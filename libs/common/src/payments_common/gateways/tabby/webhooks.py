"""Tabby's webhooks: a static header that we chose and Tabby repeats; it does not cover the body.

There is no event id, signature or timestamp (gateways/tabby.md section 5.2), so the body's digest
is the event key, and what a body says is a hint to read the payment back.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import orjson

from payments_common.config import Account
from payments_common.errors import InvalidMessage
from payments_common.gateways.authenticity import (
    as_bytes,
    body_digest,
    explaining_headers,
    matching_secret,
    printable,
    single_header,
    text_digest,
)
from payments_common.gateways.port import (
    ProbeDelivery,
    Verified,
    WebhookDelivery,
    WebhookHint,
    WebhookSecret,
)
from payments_common.gateways.tabby.config import webhook_header_of
from payments_common.gateways.wire_types import uuid_or_none

MOST_HEADERS = 8
LONGEST_CLAIM = 40
LONGEST_REFERENCE = 255


def webhook_scheme(account: Account) -> "TabbyWebhooks":
    return TabbyWebhooks(webhook_header_of(account))


class TabbyWebhooks:
    """`header_name` is the header that the account's webhooks are registered with."""

    def __init__(self, header_name: str) -> None:
        self._header_name = header_name.lower()

    def verify(self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> Verified:
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=self._matching(delivery, secrets, form=as_bytes),
            stored_headers=self.stored_headers(delivery),
        )

    def verify_stored(
        self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]
    ) -> Verified:
        """Verifies a delivery that was kept with `stored_headers`, never one from the network.

        There the header holds its value's digest, which would let in whoever has read the store.
        """
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=self._matching(delivery, secrets, form=_kept),
            stored_headers=tuple(delivery.headers),
        )

    def event_key(self, delivery: WebhookDelivery) -> str:
        return body_digest(delivery)

    def stored_headers(self, delivery: WebhookDelivery) -> tuple[tuple[str, str], ...]:
        """The authentication's digest allows a second verification and no second delivery."""
        authentication = [
            (self._header_name, text_digest(value))
            for value in delivery.header_values(self._header_name)
        ]
        others = [each for each in explaining_headers(delivery) if each[0] != self._header_name]
        return tuple([*authentication, *others][:MOST_HEADERS])

    def stored_query(self, delivery: WebhookDelivery) -> str:
        """Tabby adds nothing to the URL; what is there is the registrar's own."""
        return delivery.query

    def probe(self, secret: WebhookSecret, *, now: datetime) -> ProbeDelivery:
        body = {"token": "probe", "status": "probe", "created_at": now.isoformat()}
        return ProbeDelivery(orjson.dumps(body), {self._header_name: secret.value}, {})

    def parse(self, body: object) -> WebhookHint | None:
        if not isinstance(body, Mapping):
            raise InvalidMessage("a Tabby webhook is a JSON object")
        if "id" not in body and (body.get("dispute_id") or body.get("token")):
            return None
        payment_id = uuid_or_none(body.get("id"))
        if payment_id is None:
            raise InvalidMessage("a Tabby webhook's id is its payment's, a UUID; this one is not")
        return WebhookHint(
            payment_id=payment_id,
            order_reference=_order_reference(body.get("order")),
            claims=_claims(body),
        )

    def _matching(
        self,
        delivery: WebhookDelivery,
        secrets: Sequence[WebhookSecret],
        *,
        form: Callable[[str], bytes],
    ) -> str:
        """The id of the first secret that the header holds, in the form that it is held in."""
        presented = as_bytes(single_header(delivery, self._header_name))
        return matching_secret(
            secrets,
            lambda secret: hmac.compare_digest(presented, form(secret.value)),
            problem=f"{self._header_name} holds none of the account's webhook secrets; "
            "compare the accounts file with the webhook's registration",
        )


def _kept(text: str) -> bytes:
    """The form in which `stored_headers` keeps a secret."""
    return text_digest(text).encode("ascii")


def _order_reference(order: object) -> str | None:
    reference = order.get("reference_id") if isinstance(order, Mapping) else None
    return reference[:LONGEST_REFERENCE] or None if isinstance(reference, str) else None


def _claims(body: Mapping[str, object]) -> str:
    amount = " ".join(
        printable(str(body[name]), LONGEST_CLAIM) for name in ("amount", "currency") if name in body
    )
    parts = [printable(str(body.get("status") or "no status"), LONGEST_CLAIM).lower(), amount]
    for name in ("captures", "refunds"):
        moves = body.get(name)
        if isinstance(moves, list) and moves:
            word = name.removesuffix("s") if len(moves) < 2 else name
            parts.append(f"{len(moves)} {word}")
    return ", ".join(part for part in parts if part)
