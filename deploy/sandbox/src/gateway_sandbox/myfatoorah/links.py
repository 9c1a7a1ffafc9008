"""Where payers pay, in the shapes of gateways/myfatoorah.md sections 2.2 and 2.3."""

from urllib.parse import urlencode

from gateway_sandbox.myfatoorah.invoice import Invoice
from gateway_sandbox.myfatoorah.methods import PaymentMethod

_LANGUAGES = {"EN": "En", "AR": "Ar"}


def invoice_url(invoice: Invoice, public_url: str) -> str:
    """SendPayment's: the payer chooses how to pay."""
    return f"{public_url}/{invoice.country}/ie/{invoice.invoice_key}"


def payment_url(invoice: Invoice, method: PaymentMethod, public_url: str) -> str:
    """ExecutePayment's: one method."""
    query = {"invoiceKey": invoice.invoice_key, "paymentGatewayId": method.gateway_id}
    return f"{_pages(invoice, public_url)}/Checkout?{urlencode(query)}"


def session_url(invoice: Invoice, payment_id: str, public_url: str) -> str:
    """ExecutePayment's with the card of a session."""
    query = {"paymentId": payment_id, "sessionId": invoice.order.session_id or ""}
    return f"{_pages(invoice, public_url)}/MpgsAuthentication?{urlencode(query)}"


def result_url(invoice: Invoice, payment_id: str, public_url: str) -> str:
    """MyFatoorah's own page, for payers whose shop gave no URL."""
    return f"{_pages(invoice, public_url)}/Result?{urlencode({'paymentId': payment_id})}"


def _pages(invoice: Invoice, public_url: str) -> str:
    language = _LANGUAGES[invoice.order.language]
    return f"{public_url}/{language}/{invoice.country}/PayInvoice"
