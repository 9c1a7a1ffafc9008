"""Which payment a notice points at; its signature proves no more than that (section 5.2)."""

from collections.abc import Mapping
from typing import Any

from payments_common.errors import InvalidMessage
from payments_common.gateways.authenticity import printable
from payments_common.gateways.myfatoorah.notices import Notice, WebhookVersion, member
from payments_common.gateways.myfatoorah.wire import digits_or_none
from payments_common.gateways.port import WebhookHint
from payments_common.gateways.wire_types import LONGEST_TEXT

PAYMENT_EVENT = 1
REFUND_EVENT = 2
_RECURRING_EVENT = 5
_DISPUTE_EVENT = 6
LONGEST_CLAIM = 40
# Where the paid invoice's id and the order's reference are: of a refund it is the invoice that is
# referred to, because a refund is an invoice of its own.
_INVOICE = {
    (WebhookVersion.V1, PAYMENT_EVENT): ("InvoiceId",),
    (WebhookVersion.V1, REFUND_EVENT): ("InvoiceId",),
    (WebhookVersion.V1, _RECURRING_EVENT): ("InvoiceId",),
    (WebhookVersion.V1, _DISPUTE_EVENT): ("InvoiceId",),
    (WebhookVersion.V2, PAYMENT_EVENT): ("Invoice.Id",),
    (WebhookVersion.V2, REFUND_EVENT): ("ReferencedInvoice.Id",),
    (WebhookVersion.V2, _RECURRING_EVENT): ("Payment.Invoice.Id", "Recurring.InitialInvoiceId"),
    (WebhookVersion.V2, _DISPUTE_EVENT): ("Invoice.Id",),
}
_REFERENCE = {
    WebhookVersion.V1: ("CustomerReference", "InvoiceExternalIdentifier"),
    WebhookVersion.V2: (
        "Invoice.ExternalIdentifier",
        "ReferencedInvoice.ExternalIdentifier",
        "Payment.Invoice.ExternalIdentifier",
    ),
}
_CLAIMS = {
    WebhookVersion.V1: (
        "DisputeType",
        "DisputeStatus",
        "RefundStatus",
        "InvoiceStatus",
        "TransactionStatus",
    ),
    WebhookVersion.V2: (
        "Dispute.Type",
        "Dispute.Status",
        "Refund.Status",
        "Recurring.Status",
        "Invoice.Status",
        "Transaction.Status",
    ),
}
_AMOUNTS = {
    WebhookVersion.V1: (
        ("InvoiceValueInBaseCurrency", "BaseCurrency"),
        ("Amount", "GatewayReference.Currency"),
    ),
    WebhookVersion.V2: (("Amount.ValueInBaseCurrency", "Amount.BaseCurrency"),),
}


def hint_of(notice: Notice) -> WebhookHint | None:
    """None for a notice that concerns no invoice.

    Raises InvalidMessage for one of a payment or refund that does not say which.
    """
    paths = _INVOICE.get((notice.version, notice.code), ())
    invoice_id = next(
        (found for path in paths if (found := digits_or_none(member(notice.data, path)))), None
    )
    if invoice_id is not None:
        return WebhookHint(
            payment_id=invoice_id,
            order_reference=_first_text(notice.data, _REFERENCE[notice.version]),
            claims=_claims(notice),
        )
    if notice.code in {PAYMENT_EVENT, REFUND_EVENT}:
        raise InvalidMessage(
            f"a MyFatoorah webhook of kind {notice.code} has the id of its invoice in {paths[0]}, "
            "decimal digits; this one has not"
        )
    return None


def _claims(notice: Notice) -> str:
    words = [_first_text(notice.data, (path,)) for path in _CLAIMS[notice.version]]
    amounts = [
        " ".join(filter(None, (_shown(member(notice.data, path)) for path in pair)))
        for pair in _AMOUNTS[notice.version]
    ]
    parts = [_shown(word).lower() for word in words if word]
    parts += [amount for amount in amounts if amount]
    parts += [_shown(notice.reference)] if notice.reference else []
    return ", ".join(parts) or "no status"


def _first_text(data: Mapping[str, Any], paths: tuple[str, ...]) -> str | None:
    values = (member(data, path) for path in paths)
    return next((v[:LONGEST_TEXT] for v in values if isinstance(v, str) and v), None)


def _shown(value: object) -> str:
    is_plain = value is not None and not isinstance(value, Mapping | list)
    return printable(str(value), LONGEST_CLAIM) if is_plain else ""
