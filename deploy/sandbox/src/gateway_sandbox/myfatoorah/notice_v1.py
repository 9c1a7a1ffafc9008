"""Bodies of Webhook V1, gateways/myfatoorah.md section 5.1; the misspelt members are real."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway_sandbox.amounts import format_short
from gateway_sandbox.myfatoorah.event_names import CODES, TRANSACTION_WORDS, V1_NAMES
from gateway_sandbox.myfatoorah.invoice import (
    Event,
    Invoice,
    Refund,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.invoice_document import (
    InvoiceWriter,
    display_minor,
    eci_of,
    paid_minor,
    zone_of,
)
from gateway_sandbox.myfatoorah.wire_times import packed


@dataclass(frozen=True, slots=True)
class NoticeWriterV1:
    """Writes one event; `details` of a staged event replace members of Data."""

    writer: InvoiceWriter

    def body(self, event: Event) -> dict[str, Any]:
        """EventType, Event, DateTime, CountryIsoCode and Data."""
        code = CODES[event.kind]
        return {
            "EventType": code,
            "Event": V1_NAMES[code],
            "DateTime": self._packed(event.at, event.invoice),
            "CountryIsoCode": event.invoice.country,
            "Data": self._data(event) | dict(event.details),
        }

    def _data(self, event: Event) -> dict[str, Any]:
        if event.refund is not None:
            return self._refund(event.invoice, event.refund)
        if event.transaction is not None:
            return self._payment(event.invoice, event.transaction)
        return self._staged(event)

    def _staged(self, event: Event) -> dict[str, Any]:
        match event.kind:
            case "balance":
                return self._balance(event)
            case "supplier":
                return self._supplier()
            case "recurring":
                return self._recurring(event)
            case "dispute":
                return self._dispute(event)
            case _:
                return self._supplier_update(event)

    def _payment(self, invoice: Invoice, row: Transaction) -> dict[str, Any]:
        order = invoice.order
        return {
            "InvoiceId": invoice.invoice_id,
            "InvoiceReference": invoice.reference,
            "CreatedDate": self._packed(invoice.created_at, invoice),
            "CustomerReference": order.customer_reference,
            "CustomerName": order.customer_name,
            "CustomerMobile": order.customer_mobile,
            "CustomerEmail": order.customer_email,
            "TransactionStatus": TRANSACTION_WORDS[row.status],
            "PaymentMethod": row.method.name_en,
            "UserDefinedField": order.user_defined_field,
            "ReferenceId": row.reference_id,
            "TrackId": row.track_id,
            "PaymentId": row.payment_id,
            "AuthorizationId": row.authorization_id,
            **self._values(invoice, row),
        }

    def _values(self, invoice: Invoice, row: Transaction | None) -> dict[str, Any]:
        display, pay = invoice.order.display_currency, self.writer.pay_currency(invoice)
        pay_minor = 0 if row is None else paid_minor(row, invoice, pay)
        return {
            "InvoiceValueInBaseCurrency": format_short(invoice.value_minor, invoice.currency),
            "BaseCurrency": invoice.currency,
            "InvoiceValueInDisplayCurreny": format_short(display_minor(invoice), display),
            "DisplayCurrency": display,
            "InvoiceValueInPayCurrency": format_short(pay_minor, pay),
            "PayCurrency": pay,
        }

    def _refund(self, invoice: Invoice, refund: Refund) -> dict[str, Any]:
        row = invoice.last(TransactionStatus.SUCCESS)
        amount = format_short(refund.amount_minor, invoice.currency)
        return {
            "RefundId": refund.refund_id,
            "RefundReference": refund.reference,
            "CreatedDate": self._packed(refund.created_at, invoice),
            "RefundStatus": refund.status.value.upper(),
            "Amount": amount,
            "Comments": refund.comment,
            "InvoiceId": invoice.payment_id,
            "InvoiceRefernce": invoice.reference,
            "GatewayReference": {
                "PaymentId": row.payment_id if row else "",
                "AuthorizationId": row.authorization_id if row else "",
                "ReferenceId": row.reference_id if row else "",
                "TransactionId": row.transaction_id if row else "",
                "RefundAmount": amount,
                "Currency": invoice.currency,
                "PaymentMethod": row.method.name_en if row else "",
            },
        }

    def _balance(self, event: Event) -> dict[str, Any]:
        invoice = event.invoice
        return {
            "DepositReference": f"{event.at.year}000002",
            "DepositedAmount": format_short(invoice.captured_minor, invoice.currency),
            "NumberOfTransactions": "1",
            "DepositFor": "VENDOR",
            "SupplierCode": "",
        }

    def _supplier(self) -> dict[str, Any]:
        return {
            "SupplierCode": 11,
            "SupplierName": "Example Supplier",
            "SupplierMobile": "50000000",
            "SupplierEmail": "supplier@example.com",
            "SupplierStatus": "REJECTED",
            "KycFeedback": {"Comments": "missing documents", "RejectReasons": "1,5,15"},
        }

    def _recurring(self, event: Event) -> dict[str, Any]:
        invoice, row = event.invoice, event.invoice.latest
        return {
            "RecurringId": invoice.recurring_id or f"RECUR{invoice.invoice_id}",
            "RecurringStatus": "ACTIVE",
            "NextPayDate": self._packed(invoice.expires_at, invoice),
            "InvoiceId": invoice.invoice_id,
            "InvoiceReference": invoice.reference,
            "CreatedDate": self._packed(invoice.created_at, invoice),
            "TransactionStatus": TRANSACTION_WORDS[row.status] if row else "INPROGRESS",
            "ReferenceId": row.reference_id if row else "",
            "TrackId": row.track_id if row else "",
            "PaymentId": row.payment_id if row else "",
            "AuthorizationId": row.authorization_id if row else "",
            "InvoiceValueInBaseCurrency": format_short(invoice.value_minor, invoice.currency),
            "BaseCurrency": invoice.currency,
        }

    def _dispute(self, event: Event) -> dict[str, Any]:
        invoice, row, order = event.invoice, event.invoice.latest, event.invoice.order
        receivable_minor = invoice.captured_minor
        if row is not None:
            receivable_minor -= row.service_charge_minor + row.vat_minor
        return {
            "InvoiceId": invoice.invoice_id,
            "InvoiceReference": invoice.reference,
            "CustomerReference": order.customer_reference,
            "CustomerName": order.customer_name,
            "CustomerMobile": order.customer_mobile,
            "CustomerEmail": order.customer_email or "",
            "TransactionStatus": TRANSACTION_WORDS[row.status] if row else "",
            "UserDefinedField": order.user_defined_field or "",
            **self._values(invoice, row),
            "DisputeTransactionId": 114,
            "DisputeType": "CHARGEBACK",
            "DisputeStatus": "PENDING",
            "DisputeChargeBackType": "Trading",
            "DisputeReason": "MerchandiseServiceNotReceived",
            "InvoiceTransactionId": row.number if row else 0,
            "DisputeCreatedDate": self._packed(event.at, invoice),
            "InvoiceStatus": invoice.status.value.upper(),
            "InvoiceCreationDate": self._packed(invoice.created_at, invoice),
            "InvoiceExternalIdentifier": order.customer_reference,
            **self._disputed(row, invoice),
            "ServiceChargeVAT": format_short(row.vat_minor if row else 0, invoice.currency),
            "ServiceCharge": format_short(row.service_charge_minor if row else 0, invoice.currency),
            "ReceivableAmount": format_short(receivable_minor, invoice.currency),
        }

    def _disputed(self, row: Transaction | None, invoice: Invoice) -> dict[str, Any]:
        return {
            "TransactionId": row.transaction_id if row else "",
            "TransactionPaymentMethod": row.method.name_en if row else "",
            "TransactionReferenceId": row.reference_id if row else "",
            "TransactionECI": eci_of(row) if row else "",
            "TransactionDate": self._packed(row.at, invoice) if row else "",
            "TransactionAuthorizationId": row.authorization_id if row else "",
            "TransactionTrackId": row.track_id if row else "",
            "TransactionPaymentId": row.payment_id if row else "",
        }

    def _supplier_update(self, event: Event) -> dict[str, Any]:
        return {
            "RequestStatus": "APPROVED",
            "Comments": "",
            "ActionDate": self._packed(event.at, event.invoice),
            "SupplierCode": 11,
            "SupplierName": "Example Supplier",
            "SupplierMobile": "50000000",
            "SupplierEmail": "supplier@example.com",
            "SupplierStatus": "APPROVED",
        }

    def _packed(self, moment: datetime, invoice: Invoice) -> str:
        return packed(moment, zone_of(invoice.country, self.writer.settings))
