"""An invoice as GetPaymentStatus shows it, gateways/myfatoorah.md section 3.1; sic throughout."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from gateway_sandbox.amounts import format_fixed
from gateway_sandbox.myfatoorah.countries import COUNTRIES, SYMBOLS, TEST_ZONE_NAME
from gateway_sandbox.myfatoorah.currencies import charged, converted
from gateway_sandbox.myfatoorah.invoice import (
    Card,
    Invoice,
    Item,
    SupplierShare,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.wire_amounts import (
    as_number,
    grouped,
    plain_number,
    with_symbol,
)
from gateway_sandbox.myfatoorah.wire_times import (
    created_date,
    expiry_date,
    expiry_time,
    transaction_date,
)

_NO_DEPOSIT = "Not Deposited"
CARD_ISSUER = "Test Bank"
CARD_ECI = "02"
CARD_FUNDING = "credit"


def zone_of(country: str, settings: MyFatoorahSettings) -> tzinfo:
    """Whose wall clock an account's times are."""
    if settings.clock_zone == "kuwait":
        return ZoneInfo(TEST_ZONE_NAME)
    return COUNTRIES[country].zone


def display_minor(invoice: Invoice) -> int:
    """The invoice's value in the display currency; what was asked for, until a part is captured."""
    currency = invoice.order.display_currency
    if invoice.value_minor == invoice.invoiced_minor:
        return invoice.order.display_minor
    return converted(invoice.value_minor, invoice.currency, to=currency)


def paid_minor(row: Transaction, invoice: Invoice, currency: str) -> int:
    """What the payer pays in the gateway's currency, rounded up to 2 decimals."""
    total_minor = row.amount_minor + row.customer_charge_minor
    return charged(total_minor, invoice.currency, to=currency)


def due_deposit_minor(invoice: Invoice) -> int:
    """What MyFatoorah owes the merchant: DueValue - service charge - VAT of it."""
    return sum(
        row.amount_minor + row.customer_charge_minor - row.service_charge_minor - row.vat_minor
        for row in invoice.transactions
        if row.status == TransactionStatus.SUCCESS
    )


@dataclass(frozen=True, slots=True)
class InvoiceWriter:
    """Writes invoices under the given settings."""

    settings: MyFatoorahSettings

    def tree(self, invoice: Invoice) -> dict[str, Any]:
        """Data of GetPaymentStatus and UpdatePaymentStatus."""
        order = invoice.order
        zone = zone_of(invoice.country, self.settings)
        return {
            "InvoiceId": invoice.invoice_id,
            "InvoiceStatus": invoice.status.value,
            "InvoiceReference": invoice.reference,
            "CustomerReference": order.customer_reference,
            "CreatedDate": created_date(invoice.created_at, zone),
            "ExpiryDate": expiry_date(invoice.expires_at, zone),
            "ExpiryTime": expiry_time(invoice.expires_at, zone),
            "InvoiceValue": as_number(invoice.value_minor, invoice.currency),
            "Comments": None,
            "CustomerName": order.customer_name,
            "CustomerMobile": order.customer_mobile,
            "CustomerEmail": order.customer_email,
            "UserDefinedField": order.user_defined_field,
            "InvoiceDisplayValue": self._display_value(invoice),
            "DueDeposit": as_number(due_deposit_minor(invoice), invoice.currency),
            "DepositStatus": _NO_DEPOSIT,
            "InvoiceItems": [_item(item) for item in order.items],
            "InvoiceTransactions": [self._row(row, invoice, zone) for row in invoice.transactions],
            "Suppliers": [_supplier(share) for share in order.suppliers],
        }

    def pay_currency(self, invoice: Invoice) -> str:
        """What the payer's bank is asked for."""
        return self.settings.payment_currency or invoice.currency

    def _display_value(self, invoice: Invoice) -> str:
        currency, amount_minor = invoice.order.display_currency, display_minor(invoice)
        if self.settings.display_value_currency == "iso":
            return f"{format_fixed(amount_minor, currency)} {currency}"
        return with_symbol(amount_minor, currency)

    def _row(self, row: Transaction, invoice: Invoice, zone: tzinfo) -> dict[str, Any]:
        currency, pay_currency = invoice.currency, self.pay_currency(invoice)
        card = _shown_card(row)
        return {
            "TransactionDate": transaction_date(row.at, zone),
            "PaymentGateway": row.method.name_en,
            "ReferenceId": row.reference_id,
            "TrackId": row.track_id,
            "TransactionId": row.transaction_id,
            "PaymentId": row.payment_id,
            "AuthorizationId": row.authorization_id,
            "TransactionStatus": self._status(row),
            "TransationValue": grouped(row.amount_minor, currency),
            "CustomerServiceCharge": grouped(row.customer_charge_minor, currency),
            "TotalServiceCharge": grouped(row.service_charge_minor, currency),
            "DueValue": grouped(row.amount_minor + row.customer_charge_minor, currency),
            "PaidCurrency": SYMBOLS[pay_currency],
            "PaidCurrencyValue": grouped(paid_minor(row, invoice, pay_currency), pay_currency),
            "VatAmount": grouped(row.vat_minor, currency),
            "IpAddress": row.ip_address,
            "Country": None if row.ip_address is None else COUNTRIES[invoice.country].name_en,
            "Currency": SYMBOLS[currency],
            "Error": row.error,
            "CardNumber": None if card is None else card.masked_number,
            "ErrorCode": row.error_code,
            "ECI": eci_of(row) or None,
            "Card": card_document(card, invoice.country),
        }

    def _status(self, row: Transaction) -> str:
        is_success = row.status == TransactionStatus.SUCCESS
        return self.settings.success_spelling if is_success else row.status.value


def eci_of(row: Transaction) -> str:
    """What a card's bank says of how its owner was recognized; "" where it says nothing."""
    return CARD_ECI if row.card is not None and row.is_approved else ""


def card_document(card: Card | None, country: str) -> dict[str, str]:
    """What is known of a card; "" where nothing is."""
    is_known = card is not None and card.brand != ""
    return {
        "NameOnCard": card.name_on_card if card else "",
        "Number": card.masked_number if card else "",
        "Token": card.token if card else "",
        "PanHash": "",
        "ExpiryMonth": card.expiry_month if card else "",
        "ExpiryYear": card.expiry_year if card else "",
        "Brand": card.brand if card else "",
        "Issuer": CARD_ISSUER if is_known else "",
        "IssuerCountry": country if is_known else "",
        "FundingMethod": CARD_FUNDING if is_known else "",
    }


def _shown_card(row: Transaction) -> Card | None:
    # API V2 shows the number of a captured card and nothing of a released one (section 4.1).
    if row.card is None or not row.is_settlement:
        return row.card
    return Card(row.card.masked_number, "", "", "", "") if row.is_approved else None


def _item(item: Item) -> dict[str, Any]:
    measures = {name: plain_number(measure) for name, measure in item.measures.items()}
    return {
        "ItemName": item.name,
        "Quantity": item.quantity,
        "UnitPrice": plain_number(item.unit_price),
        **measures,
    }


def _supplier(share: SupplierShare) -> dict[str, Any]:
    proposed = share.proposed_share
    return {
        "SupplierCode": share.code,
        "SupplierName": f"Supplier {share.code}",
        "InvoiceShare": plain_number(share.invoice_share),
        "ProposedShare": None if proposed is None else plain_number(proposed),
        "DepositShare": plain_number(share.invoice_share if proposed is None else proposed),
    }
