"""How a webhook is signed, gateways/myfatoorah.md sections 5.1 and 5.2."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

SIGNATURE_HEADER = "MyFatoorah-Signature"
VERSION_HEADER = "MyFatoorah-Webhook-Version"
_LEFT_OUT_OF_V1 = {2: "GatewayReference", 4: "KycFeedback"}
_PAYMENT_PATHS = (
    "Invoice.Id",
    "Invoice.Status",
    "Transaction.Status",
    "Transaction.PaymentId",
    "Invoice.ExternalIdentifier",
)
_SIGNED_IN_V2: dict[int, tuple[str, ...]] = {
    1: _PAYMENT_PATHS,
    2: (
        "Refund.Id",
        "Refund.Status",
        "Amount.ValueInBaseCurrency",
        "ReferencedInvoice.Id",
    ),
    3: (
        "Deposit.Reference",
        "Deposit.ValueInBaseCurrency",
        "Deposit.NumberOfTransactions",
    ),
    4: ("Supplier.Code", "KycDecision.Status"),
    5: ("Recurring.Id", "Recurring.Status", "Recurring.InitialInvoiceId"),
    6: ("Dispute.DisputeTransactionId", "Dispute.Status", *_PAYMENT_PATHS),
    7: ("Supplier.Code", "RequestStatus.Status"),
}


def signed_text(document: Mapping[str, Any]) -> str:
    """What the signature covers of a webhook's body; the body's shape tells its version."""
    data = document["Data"]
    if "EventType" in document:
        left_out = _LEFT_OUT_OF_V1.get(document["EventType"])
        names = sorted((name for name in data if name != left_out), key=str.lower)
        return _joined((name, data[name]) for name in names)
    paths = _SIGNED_IN_V2[document["Event"]["Code"]]
    return _joined((path, _at(data, path)) for path in paths)


def signature(document: Mapping[str, Any], secret: str) -> str:
    """The value of the signature header; the secret's text is the key, as it stands."""
    # Unpaired surrogates come in by escapes.
    text = signed_text(document).encode("utf-8", "backslashreplace")
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _joined(pairs: Iterable[tuple[str, object]]) -> str:
    return ",".join(f"{name}={'' if value is None else value}" for name, value in pairs)


def _at(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
