"""Requests that name an invoice by a key, gateways/myfatoorah.md sections 3.1, 4 and 5."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from gateway_sandbox.myfatoorah.fields import Fields
from gateway_sandbox.myfatoorah.wire_times import moment_of

Operation = Literal["capture", "release"]
MAXIMUM_REFUND_TEXT_LENGTH = 500
WEBHOOK_STATUSES = {word.lower(): word for word in ("Waiting", "Running", "Succeeded", "Failed")}
WEBHOOK_KEY_TYPES = {
    word.lower(): word for word in ("InvoiceId", "CustomerReference", "WebhookReference")
}


@dataclass(frozen=True, slots=True)
class Key:
    """What the caller knows an invoice or a refund by; `key_type` is in lower case, "" if none."""

    key_type: str
    value: str


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """UpdatePaymentStatus."""

    key: Key
    operation: Operation
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """MakeRefund; the amount is in the account's base currency, whatever CurrencyIso says."""

    key: Key
    amount: Decimal
    comment: str | None
    external_identifier: str | None


@dataclass(frozen=True, slots=True)
class WebhookQuery:
    """GetWebhooks; None filters nothing."""

    start: datetime | None
    end: datetime | None
    page: int
    event_name: str | None
    status: str | None
    key_type: str | None
    keys: frozenset[str]


def decode_key(fields: Fields) -> Key:
    """Key and KeyType as they are: a wrong one matches nothing and is no error of its own."""
    return Key((fields.text("KeyType") or "").strip().lower(), (fields.text("Key") or "").strip())


def decode_update(fields: Fields) -> UpdateRequest:
    """Raises MyFatoorahError 400."""
    operation = fields.choice(
        "Operation", {"capture": "capture", "release": "release"}, required=True
    )
    amount = fields.number("Amount", required=operation == "capture")
    key = _required_key(fields)
    fields.finish()
    return UpdateRequest(key, "release" if operation == "release" else "capture", amount)


def decode_refund(fields: Fields) -> RefundRequest:
    """Raises MyFatoorahError 400; members of older versions are ignored (section 4.2)."""
    amount = fields.number("Amount", required=True)
    fields.flag("ServiceChargeOnCustomer")
    fields.number("AmountDeductedFromSupplier")
    request = RefundRequest(
        key=_required_key(fields),
        amount=amount or Decimal(0),
        comment=fields.text("Comment", maximum=MAXIMUM_REFUND_TEXT_LENGTH),
        external_identifier=fields.text("ExternalIdentifier", maximum=MAXIMUM_REFUND_TEXT_LENGTH),
    )
    fields.finish()
    return request


def decode_webhook_query(fields: Fields) -> WebhookQuery:
    """Raises MyFatoorahError 400."""
    query = WebhookQuery(
        start=_moment(fields, "Start"),
        end=_moment(fields, "End"),
        page=fields.integer("Page") or 1,
        event_name=fields.text("EventType") or None,
        status=fields.choice("Status", WEBHOOK_STATUSES),
        key_type=fields.choice("KeyType", WEBHOOK_KEY_TYPES),
        keys=frozenset(str(item) for item in fields.array("Key")),
    )
    if query.page < 1:
        fields.refuse("Page", "Page must be 1 or more")
    fields.finish()
    return query


def _required_key(fields: Fields) -> Key:
    fields.text("Key", required=True)
    fields.text("KeyType", required=True)
    return decode_key(fields)


def _moment(fields: Fields, name: str) -> datetime | None:
    text = fields.text(name)
    if not text:
        return None
    moment = moment_of(text, UTC)
    if moment is None:
        fields.refuse(name, f"{name} is not a valid date")
    return moment
