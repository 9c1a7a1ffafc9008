"""Tabby's webhooks: a static header that we chose and Tabby repeats; it does not cover the body.

There is no event id, signature or timestamp (gateways/tabby.md section 5.2), so the body's digest
is the event key, and what a body says is a hint to read the payment back.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.port import (
    Verified,
    WebhookDelivery,
    WebhookHint,
    WebhookSecret,
)
from payments_common.gateways.tabby.wire import uuid_or_none

DIGEST_PREFIX = "sha256:"
LONGEST_HEADER = 256
MOST_HEADERS = 8
LONGEST_CLAIM = 40
LONGEST_REFERENCE = 255
_KEPT_HEADERS = frozenset({"content-type", "user-agent", "date"})


class TabbyWebhooks:
    """`header_name` is the header that the account's webhooks are registered with."""

    def __init__(self, header_name: str) -> None:
        self._header_name = header_name.lower()

    def verify(self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> Verified:
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=self._matching(delivery, secrets, form=_bytes),
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
            secret_id=self._matching(delivery, secrets, form=_digest),
            stored_headers=tuple(delivery.headers),
        )

    def event_key(self, delivery: WebhookDelivery) -> str:
        return DIGEST_PREFIX + hashlib.sha256(delivery.body).hexdigest()

    def stored_headers(self, delivery: WebhookDelivery) -> tuple[tuple[str, str], ...]:
        """The authentication's digest allows a second verification and no second delivery."""
        authentication = [
            (self._header_name, _digest(value).decode("ascii"))
            for value in delivery.header_values(self._header_name)
        ]
        others = [
            (name.lower(), _printable(value, LONGEST_HEADER))
            for name, value in delivery.headers
            if name.lower() in _KEPT_HEADERS - {self._header_name}
        ]
        return tuple([*authentication, *others][:MOST_HEADERS])

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
        presented = _bytes(self._presented(delivery))
        if not secrets:
            raise WebhookRefused(
                "no webhook secret is configured for this account; name one in the accounts file",
                code="secret_not_configured",
            )
        # All are compared before one is chosen, so that the time does not tell which one it was.
        matching = [
            secret.secret_id
            for secret in secrets
            if hmac.compare_digest(presented, form(secret.value))
        ]
        if not matching:
            raise WebhookRefused(
                f"{self._header_name} holds none of the account's webhook secrets; "
                "compare the accounts file with the webhook's registration",
                code="signature_invalid",
            )
        return matching[0]

    def _presented(self, delivery: WebhookDelivery) -> str:
        values = delivery.header_values(self._header_name)
        if not values:
            raise WebhookRefused(
                f"there is no {self._header_name} header; register the webhook with it",
                code="signature_missing",
            )
        if len(values) > 1:
            raise WebhookRefused(
                f"{self._header_name} is there {len(values)} times, once is expected",
                code="signature_repeated",
            )
        return values[0]


def _bytes(text: str) -> bytes:
    """Whatever a server made of a header's bytes, lone surrogates included, has bytes again."""
    return text.encode("utf-8", "surrogatepass")


def _digest(text: str) -> bytes:
    return (DIGEST_PREFIX + hashlib.sha256(_bytes(text)).hexdigest()).encode("ascii")


def _order_reference(order: object) -> str | None:
    reference = order.get("reference_id") if isinstance(order, Mapping) else None
    return reference[:LONGEST_REFERENCE] or None if isinstance(reference, str) else None


def _claims(body: Mapping[str, object]) -> str:
    amount = " ".join(
        _printable(str(body[name]), LONGEST_CLAIM)
        for name in ("amount", "currency")
        if name in body
    )
    parts = [_printable(str(body.get("status") or "no status"), LONGEST_CLAIM).lower(), amount]
    for name in ("captures", "refunds"):
        moves = body.get(name)
        if isinstance(moves, list) and moves:
            word = name.removesuffix("s") if len(moves) < 2 else name
            parts.append(f"{len(moves)} {word}")
    return ", ".join(part for part in parts if part)


def _printable(text: str, longest: int) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:longest])
