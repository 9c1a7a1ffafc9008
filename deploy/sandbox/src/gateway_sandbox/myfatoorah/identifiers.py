"""Ids that look like MyFatoorah's, gateways/myfatoorah.md sections 2 and 9; nobody may parse them.

Sequences start anywhere and never start again, so that a payment of before a reset is unknown
afterwards instead of being another one.
"""

from datetime import datetime
from itertools import count

from gateway_sandbox.chance import new_hex, source
from gateway_sandbox.myfatoorah.methods import KNET, PaymentMethod


class Numbers:
    """The account-wide sequences."""

    def __init__(self) -> None:
        random = source()
        self._invoice = count(random.randint(1_000_000, 8_000_000))
        self._transaction = count(random.randint(1_000_000, 8_000_000))
        self._refund = count(random.randint(100_000, 800_000))
        self._webhook = count(random.randint(100_000, 800_000))
        self._invoice_reference = count(1)
        self._refund_reference = count(1)

    def invoice_id(self) -> int:
        """Seven digits; refunds get invoices of their own from the same sequence."""
        return next(self._invoice)

    def transaction(self) -> int:
        """The internal number of one attempt, which TrackId and PaymentId carry."""
        return next(self._transaction)

    def refund_id(self) -> int:
        """Six digits."""
        return next(self._refund)

    def invoice_reference(self, at: datetime) -> str:
        """ "2026007518"."""
        return f"{at.year}{next(self._invoice_reference):06d}"

    def refund_reference(self, at: datetime) -> str:
        """ "2026000012"."""
        return f"{at.year}{next(self._refund_reference):06d}"

    def webhook_reference(self) -> str:
        """ "WH-626519"."""
        return f"WH-{next(self._webhook)}"


def invoice_key(invoice_id: int) -> str:
    """ "01072634538642-1732339e": what the hosted page is found by; cannot be guessed."""
    return f"01072{invoice_id}{invoice_id % 90 + 10}-{new_hex(8)}"


def payment_id(invoice_id: int, number: int, method: PaymentMethod) -> str:
    """0707, InvoiceId, the attempt's number and two digits; KNET's are 18 digits of its own."""
    if method == KNET:
        return f"100{number:010d}{invoice_id % 100_000:05d}"
    return f"0707{invoice_id}{number}{number % 90 + 10}"


def bank_ids(number: int, method: PaymentMethod) -> tuple[str, str, str]:
    """ReferenceId, TransactionId and AuthorizationId of an attempt that the bank has answered."""
    if method == KNET:
        return f"1097{number:08d}", f"2021{number:011d}", f"B{number % 100_000:05d}"
    reference_id = f"7679{number:018d}"
    return reference_id, reference_id, f"{number % 1_000_000:06d}"


def recurring_id(invoice_id: int) -> str:
    """ "RECUR2136"."""
    return f"RECUR{invoice_id}"
