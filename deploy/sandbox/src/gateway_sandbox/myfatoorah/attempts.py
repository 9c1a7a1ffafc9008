"""Rows of InvoiceTransactions in the making: ids, fees and cards; the machine judges them."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from gateway_sandbox.myfatoorah import identifiers
from gateway_sandbox.myfatoorah.invoice import Card, Invoice, Transaction, TransactionStatus
from gateway_sandbox.myfatoorah.methods import PaymentMethod
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.test_data import Failure
from gateway_sandbox.myfatoorah.wire_times import track_date

# From the documentation range, so that it is nobody's.
_PAYER_ADDRESS = "203.0.113.9"


@dataclass(frozen=True, slots=True)
class AttemptMaker:
    """Makes rows of one invoice at one time."""

    invoice: Invoice
    at: datetime
    zone: tzinfo
    settings: MyFatoorahSettings

    def opened(self, number: int, method: PaymentMethod) -> Transaction:
        """InProgress: nobody but MyFatoorah has given it an id."""
        payment_id = identifiers.payment_id(self.invoice.invoice_id, number, method)
        row = Transaction(
            number=number,
            at=self.at,
            method=method,
            status=TransactionStatus.IN_PROGRESS,
            amount_minor=self.invoice.invoiced_minor,
            payment_id=payment_id,
            track_id=f"{track_date(self.at, self.zone)}_{number}",
            reference_id=payment_id,
            transaction_id=payment_id,
            authorization_id=payment_id,
            ip_address=_PAYER_ADDRESS,
        )
        return self._with_fees(row)

    def approved(self, opened: Transaction, card: Card | None) -> Transaction:
        """The bank has said yes: its ids, and the card."""
        reference_id, transaction_id, authorization_id = identifiers.bank_ids(
            opened.number, opened.method
        )
        return replace(
            opened,
            at=self.at,
            card=card if opened.method.has_card else None,
            reference_id=reference_id,
            transaction_id=transaction_id,
            authorization_id=authorization_id,
        )

    def refused(self, opened: Transaction, failure: Failure, card: Card | None) -> Transaction:
        """The bank, or the payer, has said no."""
        return replace(
            opened,
            at=self.at,
            card=card if opened.method.has_card else None,
            error=failure.message,
            error_code=failure.code,
        )

    def captured(self, number: int, held: Transaction, amount_minor: int) -> Transaction:
        """A capture's row: ids of its own, the bank's of what it captures (section 4.1)."""
        return replace(
            self._settling(number, held, amount_minor),
            reference_id=held.reference_id,
            authorization_id=held.authorization_id,
        )

    def released(self, number: int, held: Transaction) -> Transaction:
        """A release's row: nothing but its own ids (section 4.1)."""
        return self._settling(number, held, held.amount_minor)

    def _settling(self, number: int, held: Transaction, amount_minor: int) -> Transaction:
        row = replace(
            self.opened(number, held.method),
            amount_minor=amount_minor,
            card=held.card,
            is_settlement=True,
            ip_address=None,
        )
        return self._with_fees(row)

    def _with_fees(self, row: Transaction) -> Transaction:
        charge_minor = _percent(row.amount_minor, self.settings.service_charge_percent)
        is_customers = self.settings.customer_pays_service_charge
        return replace(
            row,
            service_charge_minor=charge_minor,
            customer_charge_minor=charge_minor if is_customers else 0,
            vat_minor=_percent(charge_minor, self.settings.vat_percent),
        )


def _percent(amount_minor: int, percent: int) -> int:
    return (amount_minor * percent + 50) // 100
