"""What an invoice is worth: exact, although what is paid is rounded up and may carry a fee."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from payments_common.gateways.myfatoorah.countries import CURRENCIES
from payments_common.gateways.myfatoorah.wire import Invoice, InvoiceTransaction
from payments_common.gateways.wire_types import money_of
from payments_common.money import Money

_CENT = Decimal("0.01")
# The short symbols of amounts for people (section 3.1); one sample shows an ISO code instead.
_CURRENCIES = {
    "KD": "KWD",
    "SR": "SAR",
    "BD": "BHD",
    "LE": "EGP",
    "QR": "QAR",
    "OR": "OMR",
    "JD": "JOD",
    **{code: code for code in (*CURRENCIES, "USD", "EUR")},
}


def exact_value(row: InvoiceTransaction, invoice: Invoice) -> Decimal:
    """The invoice's value where the row's differs only by rounding up or the customer's fee."""
    if row.value is None:
        return invoice.value
    charged = invoice.value + (row.customer_fee or 0)
    same = {invoice.value, rounded_up(invoice.value), charged, rounded_up(charged)}
    return invoice.value if row.value in same else row.value


def total_of(
    invoice: Invoice,
    *,
    held: Sequence[InvoiceTransaction],
    taken: Sequence[InvoiceTransaction],
    currency: str,
) -> Money:
    """What was held where something was: by a capture the invoice's value becomes what it took.

    Raises InvalidMoney for an amount that the currency cannot hold.
    """
    is_partial = bool(taken) and {row.value for row in taken}.isdisjoint(row.value for row in held)
    values = [
        row.value if is_partial and row.value is not None else exact_value(row, invoice)
        for row in held
    ]
    return money_of(max(values, default=invoice.value), currency)


def told_amounts(invoice: Invoice, total: Money) -> tuple[Money, ...]:
    """The total, and what is displayed where that is another amount: a mismatch must show."""
    told = {total}
    shown = invoice.displayed
    if shown is not None:
        symbol = shown.symbol.upper().replace(".", "")
        currency = _CURRENCIES.get(symbol, total.currency)
        if (shown.amount, currency) != (invoice.value, total.currency):
            told.add(money_of(shown.amount, currency))
    return tuple(sorted(told, key=lambda money: (money.currency, money.amount_minor)))


def rounded_up(amount: Decimal) -> Decimal:
    """What is paid of an amount of three decimals (section 3.1)."""
    return amount.quantize(_CENT, rounding=ROUND_CEILING)
