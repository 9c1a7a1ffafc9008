"""What the gateways' ways to prove a webhook have in common. All of it is pure."""

import hashlib
from collections.abc import Callable, Sequence

from payments_common.errors import WebhookRefused
from payments_common.gateways.port import WebhookDelivery, WebhookSecret

DIGEST_PREFIX = "sha256:"
LONGEST_HEADER = 256
_EXPLAINING_HEADERS = frozenset({"content-type", "user-agent", "date"})


def body_digest(delivery: WebhookDelivery) -> str:
    """The event key of a delivery whose authentication covers no event id."""
    return DIGEST_PREFIX + hashlib.sha256(delivery.body).hexdigest()


def text_digest(text: str) -> str:
    """Of what may be kept only as its digest, such as a secret or a signature."""
    return DIGEST_PREFIX + hashlib.sha256(as_bytes(text)).hexdigest()


def as_bytes(text: str) -> bytes:
    """Whatever a server made of a header's bytes, lone surrogates included, has bytes again."""
    return text.encode("utf-8", "surrogatepass")


def single_header(delivery: WebhookDelivery, name: str) -> str:
    """Raises WebhookRefused where the header is not there, or more than once."""
    values = delivery.header_values(name)
    if not values:
        raise WebhookRefused(
            f"there is no {name} header; register the webhook with it", code="signature_missing"
        )
    if len(values) > 1:
        raise WebhookRefused(
            f"{name} is there {len(values)} times, once is expected", code="signature_repeated"
        )
    return values[0]


def matching_secret(
    secrets: Sequence[WebhookSecret], matches: Callable[[WebhookSecret], bool], *, problem: str
) -> str:
    """The id of the first secret that matches; all are tried, so that time does not tell which.

    Raises WebhookRefused, with `problem` where none does.
    """
    if not secrets:
        raise WebhookRefused(
            "no webhook secret is configured for this account; name one in the accounts file",
            code="secret_not_configured",
        )
    matching = [secret.secret_id for secret in secrets if matches(secret)]
    if not matching:
        raise WebhookRefused(problem, code="signature_invalid")
    return matching[0]


def explaining_headers(delivery: WebhookDelivery) -> list[tuple[str, str]]:
    """What tells a reader of the store how a delivery came, and proves nothing."""
    return [
        (name.lower(), printable(value, LONGEST_HEADER))
        for name, value in delivery.headers
        if name.lower() in _EXPLAINING_HEADERS
    ]


def printable(text: str, longest: int) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:longest])
