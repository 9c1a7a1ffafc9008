"""Bodies of Webhook V2, gateways/myfatoorah.md section 5.2: nearly every scalar is a text."""

from dataclasses import dataclass
from typing import Any

from gateway_sandbox.amounts import format_short
from gateway_sandbox.myfatoorah.countries import COUNTRIES
from gateway_sandbox.myfatoorah.event_names import CODES, TRANSACTION_WORDS, V2_NAMES
from gateway_sandbox.myfatoorah.invoice import (
    Event,
    Invoice,
    InvoiceStatus,
    Refund,
    SupplierShare,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.invoice_document import (
    InvoiceWriter,
    card_document,
    display_minor,
    eci_of,
    paid_minor,
)
from gateway_sandbox.myfatoorah.wire_times import utc_milliseconds, utc_ticks

_STATUS_WORDS = {
    InvoiceStatus.PENDING: "PENDING",
    InvoiceStatus.PAID: "PAID",
    InvoiceStatus.CANCELED: "CANCELED",
    # Undocumented; the library takes it for paid.
    InvoiceStatus.DUPLICATE_PAYMENT: "PAID",
}


@dataclass(frozen=True, slots=True)
class NoticeWriterV2:
    """Writes one event; `details` of a staged event replace members of Data."""

    writer: InvoiceWriter

    def body(self, event: Event, reference: str) -> dict[str, Any]:
        """Event with its own reference, and Data."""
        code = CODES[event.kind]
        return {
            "Event": {
                "Code": code,
                "Name": V2_NAMES[code],
                "CountryIsoCode": event.invoice.country,
                "CreationDate": utc_ticks(event.at),
                "Reference": reference,
            },
            "Data": self._data(event) | dict(event.details),
        }

    def payment(self, invoice: Invoice, row: Transaction) -> dict[str, Any]:
        """One attempt with its invoice; API V3 shows payments the same way (section 3.2)."""
        return {
            "Invoice": self.invoice(invoice),
            "Transaction": self.transaction(row, invoice),
            "Customer": self._customer(invoice) | {"Email": _masked(invoice.order.customer_email)},
            "Amount": self.amount(invoice, row),
            "Suppliers": [_supplier(share) for share in invoice.order.suppliers],
        }

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        """The Invoice member."""
        return {
            "Id": invoice.payment_id,
            "Status": _STATUS_WORDS[invoice.status],
            "Reference": invoice.reference,
            "CreationDate": utc_milliseconds(invoice.created_at),
            "ExpirationDate": utc_milliseconds(invoice.expires_at),
            "UserDefinedField": invoice.order.user_defined_field or "",
            "ExternalIdentifier": invoice.order.customer_reference,
            "MetaData": invoice.order.meta_data,
        }

    def transaction(self, row: Transaction, invoice: Invoice) -> dict[str, Any]:
        """The Transaction member."""
        has_address = row.ip_address is not None
        return {
            "Id": row.transaction_id,
            "Status": TRANSACTION_WORDS[row.status],
            "PaymentMethod": row.method.name_en,
            "PaymentId": row.payment_id,
            "ReferenceId": row.reference_id,
            "TrackId": row.track_id,
            "AuthorizationId": row.authorization_id,
            "TransactionDate": utc_ticks(row.at),
            "ECI": eci_of(row),
            "IP": {
                "Address": row.ip_address or "",
                "Country": COUNTRIES[invoice.country].name_en if has_address else "",
            },
            "Error": {"Code": row.error_code, "Message": row.error or ""},
            "Card": card_document(row.card, invoice.country),
        }

    def amount(self, invoice: Invoice, row: Transaction | None) -> dict[str, Any]:
        """The Amount member: the invoice's value in three currencies, and MyFatoorah's fees."""
        base, display = invoice.currency, invoice.order.display_currency
        pay = self.writer.pay_currency(invoice)
        charge_minor = row.service_charge_minor if row else 0
        vat_minor = row.vat_minor if row else 0
        pay_minor = paid_minor(row, invoice, pay) if row else 0
        receivable_minor = invoice.value_minor - charge_minor - vat_minor
        return {
            "BaseCurrency": base,
            "ValueInBaseCurrency": format_short(invoice.value_minor, base),
            "ServiceCharge": format_short(charge_minor, base),
            "ServiceChargeVAT": format_short(vat_minor, base),
            "ReceivableAmount": format_short(receivable_minor, base),
            "DisplayCurrency": display,
            "ValueInDisplayCurrency": format_short(display_minor(invoice), display),
            "PayCurrency": pay,
            "ValueInPayCurrency": format_short(pay_minor, pay),
        }

    def _data(self, event: Event) -> dict[str, Any]:
        if event.refund is not None:
            return self._refund(event.invoice, event.refund)
        if event.transaction is not None:
            return self.payment(event.invoice, event.transaction)
        return self._staged(event)

    def _staged(self, event: Event) -> dict[str, Any]:
        match event.kind:
            case "balance":
                return self._balance(event)
            case "supplier":
                return _supplier_status()
            case "recurring":
                return self._recurring(event.invoice)
            case "dispute":
                return self._dispute(event)
            case _:
                return _supplier_update(event)

    def _refund(self, invoice: Invoice, refund: Refund) -> dict[str, Any]:
        base, row = invoice.currency, invoice.last(TransactionStatus.SUCCESS)
        amount = format_short(refund.amount_minor, base)
        left_minor = invoice.captured_minor - invoice.refunded_minor(with_pending=False)
        return {
            "Refund": {
                "Id": str(refund.refund_id),
                "Reference": refund.reference,
                "Status": refund.status.value.upper(),
                "InvoiceId": str(refund.own_invoice_id),
                "CreationDate": utc_milliseconds(refund.created_at),
                "RefundDate": utc_ticks(refund.settled_at) if refund.settled_at else None,
                "RRN": refund.rrn,
                "Comment": "",
                "VendorComment": refund.comment or "",
            },
            "Amount": {
                "BaseCurrency": base,
                "ValueInBaseCurrency": amount,
                "Distribution": {"Vendor": amount, "Suppliers": []},
            },
            "ReferencedInvoice": {
                "Id": invoice.payment_id,
                "Reference": invoice.reference,
                "ExternalIdentifier": invoice.order.customer_reference,
                "PaymentMethod": row.method.name_en if row else "",
                "BaseCurrency": base,
                "ValueInBaseCurrency": format_short(invoice.value_minor, base),
                "RemainingValueInBaseCurrency": format_short(left_minor, base),
            },
        }

    def _balance(self, event: Event) -> dict[str, Any]:
        invoice = event.invoice
        return {
            "Deposit": {
                "Reference": f"{event.at.year}000006",
                "BaseCurrency": invoice.currency,
                "ValueInBaseCurrency": format_short(invoice.captured_minor, invoice.currency),
                "NumberOfTransactions": "1",
                "DepositDate": utc_milliseconds(event.at),
            },
            "Supplier": None,
            "Bank": {"Name": "Example Bank", "IBAN": "", "AccountNumber": ""},
        }

    def _recurring(self, invoice: Invoice) -> dict[str, Any]:
        row = invoice.latest
        payment: dict[str, Any] = {"Invoice": self.invoice(invoice)}
        if row is not None:
            payment["Transaction"] = self.transaction(row, invoice)
        return {
            "Recurring": {
                "Id": invoice.recurring_id or f"RECUR{invoice.invoice_id}",
                "NextPayDate": utc_milliseconds(invoice.expires_at),
                "Status": "ACTIVE",
                "InitialInvoiceId": invoice.payment_id,
            },
            "Payment": payment,
        }

    def _dispute(self, event: Event) -> dict[str, Any]:
        invoice, row = event.invoice, event.invoice.latest
        return {
            "Dispute": {
                "Type": "CHARGEBACK",
                "Status": "PENDING",
                "CreatedDate": utc_ticks(event.at),
                "ChargeBackType": "General",
                "Reason": "CreditNotProcessed",
                "DisputeTransactionId": 112,
                "InvoiceTransactionId": row.number if row else 0,
            },
            "Invoice": self.invoice(invoice),
            "Transaction": self.transaction(row, invoice) if row else {},
            "Customer": self._customer(invoice),
            "Amount": self.amount(invoice, row),
        }

    def _customer(self, invoice: Invoice) -> dict[str, Any]:
        order = invoice.order
        return {
            "Name": order.customer_name,
            "Mobile": order.customer_mobile,
            "Email": order.customer_email or "",
        }


def _supplier(share: SupplierShare) -> dict[str, Any]:
    proposed = share.proposed_share
    return {
        "Code": share.code,
        "Name": f"Supplier {share.code}",
        "InvoiceShare": f"{share.invoice_share:f}",
        "ProposedShare": "" if proposed is None else f"{proposed:f}",
        "DepositShare": f"{share.invoice_share if proposed is None else proposed:f}",
    }


def _supplier_status() -> dict[str, Any]:
    return {
        "Supplier": {
            "Code": 279,
            "Name": "Example Supplier",
            "Mobile": "50000000",
            "Email": "supplier@example.com",
        },
        "KycDecision": {"Status": "APPROVED", "Comments": "", "RejectionReason": []},
        "BusinessCategory": {"Code": "5814", "Name": "Cafes"},
    }


def _supplier_update(event: Event) -> dict[str, Any]:
    return {
        "Supplier": {
            "Code": 279,
            "Name": "Example Supplier",
            "Mobile": "50000000",
            "Email": "supplier@example.com",
            "Status": "APPROVED",
        },
        "RequestStatus": {
            "Status": "APPROVED",
            "Comments": "",
            "ActionDate": utc_ticks(event.at),
        },
    }


def _masked(email: str | None) -> str:
    if not email:
        return ""
    name, _, host = email.partition("@")
    return f"{name[:1]}***@{host}"
