"""MyFatoorah's webhooks: a signature over a few members of the body, amounts not among them.

It covers neither the event's own id nor a time (gateways/myfatoorah.md section 5.2), so the
body's digest is the event key, and what a body says is a hint to read the payment back. A copy
of a delivery proves nothing that the delivery did not, so its signature may be stored.
"""

from collections.abc import Sequence
from datetime import datetime

import orjson

from payments_common import strict_json
from payments_common.config import Account
from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.authenticity import (
    LONGEST_HEADER,
    body_digest,
    explaining_headers,
    matching_secret,
    printable,
    single_header,
)
from payments_common.gateways.myfatoorah.hints import hint_of
from payments_common.gateways.myfatoorah.notices import Notice, WebhookVersion, notice_in
from payments_common.gateways.myfatoorah.signatures import (
    SIGNED_MEMBERS,
    is_signed,
    signature_of,
    signed_texts,
)
from payments_common.gateways.port import (
    ProbeDelivery,
    Verified,
    WebhookDelivery,
    WebhookHint,
    WebhookSecret,
)

SIGNATURE_HEADER = "myfatoorah-signature"
VERSION_HEADER = "myfatoorah-webhook-version"
MOST_HEADERS = 8
_PROBE_EVENT = 7


def webhook_scheme(account: Account) -> "MyFatoorahWebhooks":  # noqa: ARG001 - all are alike
    return MyFatoorahWebhooks()


class MyFatoorahWebhooks:
    def verify(self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> Verified:
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=_matching(delivery, secrets),
            stored_headers=self.stored_headers(delivery),
        )

    def verify_stored(
        self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]
    ) -> Verified:
        """A delivery that was kept still has its signature, and is verified like a fresh one."""
        return Verified(
            event_key=self.event_key(delivery),
            secret_id=_matching(delivery, secrets),
            stored_headers=tuple(delivery.headers),
        )

    def event_key(self, delivery: WebhookDelivery) -> str:
        return body_digest(delivery)

    def stored_headers(self, delivery: WebhookDelivery) -> tuple[tuple[str, str], ...]:
        """The signature opens no door but its own body's, so it is kept as it is."""
        proof = [
            (name, printable(value, LONGEST_HEADER))
            for name in (SIGNATURE_HEADER, VERSION_HEADER)
            for value in delivery.header_values(name)[:2]
        ]
        return tuple([*proof, *explaining_headers(delivery)][:MOST_HEADERS])

    def stored_query(self, delivery: WebhookDelivery) -> str:
        """MyFatoorah adds nothing to the URL; what is there is the registrar's own."""
        return delivery.query

    def probe(self, secret: WebhookSecret, *, now: datetime) -> ProbeDelivery:
        body = {
            "Event": {
                "Code": _PROBE_EVENT,
                "Name": "SUPPLIER_UPDATE_REQUEST_CHANGED",
                "CreationDate": now.isoformat(),
                "Reference": "probe",
            },
            "Data": {"Supplier": {"Code": 0}, "RequestStatus": {"Status": "PROBE"}},
        }
        signature = signature_of(signed_texts(notice_in(body))[0], secret)
        headers = {SIGNATURE_HEADER: signature, VERSION_HEADER: WebhookVersion.V2.value}
        return ProbeDelivery(orjson.dumps(body), headers, {})

    def parse(self, body: object) -> WebhookHint | None:
        return hint_of(notice_in(body))


def _matching(delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> str:
    """The id of the first secret that the signature was made with; raises WebhookRefused."""
    presented = single_header(delivery, SIGNATURE_HEADER)
    if not presented.strip():
        raise WebhookRefused(
            f"{SIGNATURE_HEADER} is empty; enable the secret key in the portal's webhook settings",
            code="signature_missing",
        )
    texts = signed_texts(_notice(delivery))
    return matching_secret(
        secrets,
        lambda secret: is_signed(presented, texts, secret),
        problem=f"{SIGNATURE_HEADER} was made with none of the account's webhook secrets, or of "
        "another body; compare the accounts file with the secret key in the portal",
    )


def _notice(delivery: WebhookDelivery) -> Notice:
    try:
        notice = notice_in(strict_json.loads(delivery.body))
    except InvalidMessage as error:
        raise WebhookRefused(str(error), code=error.code) from error
    told = _told_version(delivery)
    if told is not None and told is not notice.version:
        raise WebhookRefused(
            f"{VERSION_HEADER} says {told}, but the body has the shape of {notice.version}",
            code="signature_version_mismatch",
        )
    if notice.version is WebhookVersion.V2 and notice.code not in SIGNED_MEMBERS:
        raise WebhookRefused(
            f"what is signed of an event of code {notice.code} is not known",
            code="event_unknown",
        )
    return notice


def _told_version(delivery: WebhookDelivery) -> WebhookVersion | None:
    """None where there is no header: deliveries of old had none (section 5)."""
    if not delivery.header_values(VERSION_HEADER):
        return None
    told = single_header(delivery, VERSION_HEADER).strip().lower()
    if told not in set(WebhookVersion):
        raise WebhookRefused(
            f"{VERSION_HEADER} is neither v1 nor v2", code="signature_version_unknown"
        )
    return WebhookVersion(told)
