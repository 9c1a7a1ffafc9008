"""Payments and invoices as API V3 shows them, gateways/myfatoorah.md section 3.2."""

from typing import Any

from gateway_sandbox.myfatoorah.invoice import Invoice, Transaction
from gateway_sandbox.myfatoorah.notice_v2 import NoticeWriterV2
from gateway_sandbox.myfatoorah.wire_times import utc_ticks


def payment_document(writer: NoticeWriterV2, invoice: Invoice, row: Transaction) -> dict[str, Any]:
    """One attempt with its invoice: the webhook's tree with finer dates and the whole customer."""
    tree = writer.payment(invoice, row)
    order = invoice.order
    return tree | {
        "Invoice": tree["Invoice"] | _dates(invoice),
        "Customer": {
            "Reference": order.own_reference,
            "Name": order.customer_name,
            "Mobile": order.customer_mobile,
            "Email": order.customer_email or "",
        },
    }


def invoice_document(writer: NoticeWriterV2, invoice: Invoice) -> dict[str, Any]:
    """An invoice with all its attempts, of which there must be one."""
    rows = [writer.transaction(row, invoice) for row in invoice.transactions]
    tree = payment_document(writer, invoice, invoice.latest or invoice.transactions[-1])
    return {
        ("Transactions" if name == "Transaction" else name): (
            rows if name == "Transaction" else value
        )
        for name, value in tree.items()
    }


def _dates(invoice: Invoice) -> dict[str, str]:
    return {
        "CreationDate": utc_ticks(invoice.created_at),
        "ExpirationDate": utc_ticks(invoice.expires_at),
    }
