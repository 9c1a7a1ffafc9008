"""Puts a wrong amount or currency where MyFatoorah has it: answers of V2, notices of V1 and V2."""

from collections.abc import Mapping
from typing import Any

from gateway_sandbox.amounts import EXPONENTS
from gateway_sandbox.faults import Fault
from gateway_sandbox.myfatoorah.countries import SYMBOLS
from gateway_sandbox.myfatoorah.wire_amounts import as_decimal, plain_number

_AMOUNT_TEXTS = frozenset(
    {
        "TransationValue",
        "DueValue",
        "PaidCurrencyValue",
        "InvoiceValueInBaseCurrency",
        "InvoiceValueInDisplayCurreny",
        "InvoiceValueInPayCurrency",
        "ValueInBaseCurrency",
        "ValueInDisplayCurrency",
        "ValueInPayCurrency",
    }
)
_AMOUNT_NUMBERS = frozenset({"InvoiceValue", "RefundAmount", "Amount"})
_CURRENCY_CODES = frozenset({"BaseCurrency", "DisplayCurrency", "PayCurrency"})
_CURRENCY_SYMBOLS = frozenset({"Currency", "PaidCurrency"})
_DISPLAY_VALUE = "InvoiceDisplayValue"


def tampered(document: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    """The document with every such member changed, however deep it is."""
    alter = _amount if fault.kind == "wrong_amount" else _currency
    return {name: _walked(name, value, fault, alter=alter) for name, value in document.items()}


def _walked(name: str, value: Any, fault: Fault, *, alter: Any) -> Any:
    if isinstance(value, Mapping):
        return tampered(value, fault)
    if isinstance(value, list):
        return [tampered(item, fault) if isinstance(item, Mapping) else item for item in value]
    return alter(name, value, fault)


def _amount(name: str, value: Any, fault: Fault) -> Any:
    if name == _DISPLAY_VALUE:
        return f"{fault.amount} {str(value).rpartition(' ')[2]}"
    if name in _AMOUNT_TEXTS:
        return fault.amount
    if name in _AMOUNT_NUMBERS:
        number = as_decimal(fault.amount)
        if isinstance(value, str) or number is None:
            return fault.amount
        return plain_number(number)
    return value


def _currency(name: str, value: Any, fault: Fault) -> Any:
    if name == _DISPLAY_VALUE:
        return f"{str(value).rpartition(' ')[0]} {SYMBOLS[fault.currency]}"
    if name in _CURRENCY_CODES:
        return fault.currency
    if name not in _CURRENCY_SYMBOLS:
        return value
    # Webhook V1 has the code where API V2 has the symbol.
    return fault.currency if value in EXPONENTS else SYMBOLS[fault.currency]
