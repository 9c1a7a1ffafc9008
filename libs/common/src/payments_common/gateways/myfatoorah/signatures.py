"""What MyFatoorah signs of a webhook: not the body, but a text made of some of its members.

The rules are those of its PHP library (sections 5.1, 5.2 and 10). Values are not escaped, so the
text may be ambiguous; what it says is only a hint anyway.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from payments_common.gateways.authenticity import as_bytes
from payments_common.gateways.myfatoorah.notices import Notice, WebhookVersion, member
from payments_common.gateways.port import WebhookSecret

# By the code of the event, in the order in which they are signed.
SIGNED_MEMBERS: Mapping[int, tuple[str, ...]] = {
    1: (
        "Invoice.Id",
        "Invoice.Status",
        "Transaction.Status",
        "Transaction.PaymentId",
        "Invoice.ExternalIdentifier",
    ),
    2: ("Refund.Id", "Refund.Status", "Amount.ValueInBaseCurrency", "ReferencedInvoice.Id"),
    3: ("Deposit.Reference", "Deposit.ValueInBaseCurrency", "Deposit.NumberOfTransactions"),
    4: ("Supplier.Code", "KycDecision.Status"),
    5: ("Recurring.Id", "Recurring.Status", "Recurring.InitialInvoiceId"),
    6: (
        "Dispute.DisputeTransactionId",
        "Dispute.Status",
        "Invoice.Id",
        "Invoice.Status",
        "Transaction.Status",
        "Transaction.PaymentId",
        "Invoice.ExternalIdentifier",
    ),
    7: ("Supplier.Code", "RequestStatus.Status"),
}
# Objects inside the flat Data of version 1, which are not signed.
UNSIGNED_MEMBERS: Mapping[int, str] = {2: "GatewayReference", 4: "KycFeedback"}
# PHP's own `precision`: a number becomes text with so many digits. It rounds a binary number, which
# tells only on a tie beyond them, and no amount of money has as many.
_PHP_DIGITS = Context(prec=14, rounding=ROUND_HALF_EVEN)
_PHP_SMALLEST_PLAIN = -4
_PHP_LARGEST_PLAIN = 14

Members = Sequence[tuple[str, Any]]


def signed_texts(notice: Notice) -> tuple[str, ...]:
    """Every text that may have been signed; none where a signed member is not a plain value.

    A number with a fraction may have been signed as it was sent or as PHP shortens it.
    """
    texts = [
        _joined(members, shown)
        for members in _signed_members(notice)
        if not any(isinstance(value, Mapping | list) for _, value in members)
        for shown in (_as_sent, _as_php_shows)
    ]
    return tuple(dict.fromkeys(texts))


def signature_of(text: str, secret: WebhookSecret) -> str:
    """The secret's bytes are used as given, although it looks like base64."""
    digest = hmac.new(as_bytes(secret.value), as_bytes(text), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def is_signed(presented: str, texts: Iterable[str], secret: WebhookSecret) -> bool:
    """Every text is tried, so that time does not tell which; only canonical base64 matches."""
    found = [
        hmac.compare_digest(as_bytes(presented), as_bytes(signature_of(text, secret)))
        for text in texts
    ]
    return any(found)


def _signed_members(notice: Notice) -> Iterator[Members]:
    match notice.version:
        case WebhookVersion.V1:
            everything = sorted(notice.data.items(), key=_by_name)
            dropped = UNSIGNED_MEMBERS.get(notice.code)
            yield [(name, value) for name, value in everything if name != dropped]
            # MyFatoorah's own library keeps this one, which the documentation drops (section 9).
            if dropped == "KycFeedback" and dropped in notice.data:
                yield everything
        case WebhookVersion.V2:
            paths = SIGNED_MEMBERS.get(notice.code, ())
            yield [(path, member(notice.data, path)) for path in paths]


def _by_name(named: tuple[str, Any]) -> bytes:
    """The order of PHP's strcasecmp: bytes, and only A to Z have no case."""
    return as_bytes(named[0]).lower()


def _joined(members: Members, shown: Callable[[Any], str]) -> str:
    return ",".join(f"{name}={shown(value)}" for name, value in members)


def _as_sent(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _as_php_shows(value: Any) -> str:
    """1.0 is "1" and 2.500 is "2.5"; very large and very small numbers have an exponent."""
    if not isinstance(value, Decimal):
        return _as_sent(value)
    number = value.normalize(_PHP_DIGITS)
    if number.is_zero():
        return "-0" if number.is_signed() else "0"
    exponent = number.adjusted()
    if _PHP_SMALLEST_PLAIN <= exponent < _PHP_LARGEST_PLAIN:
        return format(number, "f")
    mantissa = format(number.scaleb(-exponent), "f")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{exponent:+d}"
