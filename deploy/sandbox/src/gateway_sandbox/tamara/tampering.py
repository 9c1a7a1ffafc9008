"""Documents with a fault's amount or currency in them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway_sandbox.amounts import InvalidAmountError, parse_minor
from gateway_sandbox.faults import Fault
from gateway_sandbox.strict_body import ExactNumber

# In an order only its total; elsewhere the one amount that the document is about.
_AMOUNT_NAMES = (
    "total_amount",
    "authorized_amount",
    "captured_amount",
    "refunded_amount",
    "canceled_amount",
)


def tampered(document: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    """An order, an answer or a notice with the wrong money."""
    data = document.get("data")
    if isinstance(data, Mapping):
        return {**document, "data": tampered(data, fault)}
    for name in _AMOUNT_NAMES:
        money = document.get(name)
        if isinstance(money, Mapping):
            return {**document, name: _wrong(money, fault)}
    return dict(document)


def _wrong(money: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    if fault.kind == "wrong_currency":
        return {**money, "currency": fault.currency}
    return {**money, "amount": _number(fault.amount)}


def _number(text: str) -> ExactNumber | str:
    try:
        parse_minor(text, "KWD", truncate=True)
    except InvalidAmountError:
        return text
    return ExactNumber(f"{Decimal(text):f}")
