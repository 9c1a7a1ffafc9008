"""MyFatoorah accounts, invoices and answers for tests; every person in them is invented."""

from typing import Any

from pydantic import SecretStr

from payments_common.config import Account
from payments_common.gateways.port import WebhookSecret
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.parties import Actor, Customer, Item

API_KEY = "SK_KWT_example-key-for-tests-only"
WEBHOOK_SECRET = WebhookSecret("current", "ZXhhbXBsZS1zZWNyZXQtZm9yLXRlc3Rz/+==")
INVOICE_ID = "6409988"
PAYMENT_ID = "07076409988323998875"
CAPTURE_ID = "07076409988323998999"
WEBHOOK_URL = "https://shop.example.com/webhooks/myfatoorah-kwt"
CANARY_NAME = "Canary Nightingale"
CANARY_EMAIL = "canary.nightingale@example.com"
CANARY_PHONE = "+96551234567"
CANARY_CARD = "512345xxxxxx0008"


def myfatoorah_account(base_url: str = "https://mf.example.com", **changes: Any) -> Account:
    settings: dict[str, Any] = {
        "name": "myfatoorah-kwt",
        "gateway": "myfatoorah",
        "base_url": base_url,
        "options": {"country": "KWT"},
        "credentials": {"api_key": SecretStr(API_KEY)},
        "webhook_secrets": {WEBHOOK_SECRET.secret_id: SecretStr(WEBHOOK_SECRET.value)},
        "timeout_seconds": 5.0,
        "max_concurrent_calls": 10,
        "calls_per_second": 1000.0,
    }
    return Account(**{**settings, **changes})


def create_session(
    amount_minor: int = 40000, currency: str = "KWD", **changes: Any
) -> CreateSession:
    settings: dict[str, Any] = {
        "order_reference": "order-1",
        "requested_by": Actor(user_id="shop"),
        "account": "myfatoorah-kwt",
        "total_amount": Money(amount_minor, currency),
        "customer": Customer(name=CANARY_NAME, email=CANARY_EMAIL, phone=CANARY_PHONE),
        "items": (Item(title="Lamp", unit_price=Money(amount_minor, currency)),),
        "success_url": "https://shop.example.com/success?order=1",
        "failure_url": "https://shop.example.com/failure",
        "cancel_url": "https://shop.example.com/cancel",
    }
    return CreateSession(**{**settings, **changes})


def envelope(data: Any, message: str = "") -> dict[str, Any]:
    return {"IsSuccess": True, "Message": message, "ValidationErrors": None, "Data": data}


def refusal(*errors: tuple[str, str], message: str = "Invalid data") -> dict[str, Any]:
    named = [{"Name": name, "Error": error} for name, error in errors]
    return {
        "IsSuccess": False,
        "Message": message,
        "ValidationErrors": named or None,
        "Data": None,
    }


NO_DATA = refusal(message="No data match the provided values")


def created(kind: str = "InvoiceURL", **changes: Any) -> dict[str, Any]:
    """A new invoice, as SendPayment (InvoiceURL) or ExecutePayment (PaymentURL) answers."""
    data = {
        "InvoiceId": int(INVOICE_ID),
        kind: "https://demo.MyFatoorah.example.com/KWT/ie/01072634538642-1732339e",
        "CustomerReference": "order-1",
        "UserDefinedField": "0192",
    }
    return envelope({**data, **changes}, "Invoice Created Successfully!")


def methods(*codes: str, direct: bool = False) -> dict[str, Any]:
    offered = [
        {
            "PaymentMethodId": number,
            "PaymentMethodEn": code.upper(),
            "PaymentMethodCode": code,
            "IsDirectPayment": direct,
        }
        for number, code in enumerate(codes, start=1)
    ]
    return envelope({"PaymentMethods": offered}, "Initiated Successfully!")


def row(status: str = "Succss", value: str = "40.000", **changes: Any) -> dict[str, Any]:
    """A member of InvoiceTransactions[], section 3.1."""
    return {
        "TransactionDate": "2026-01-10T00:15:33.3533333",
        "PaymentGateway": "VISA/MASTER",
        "ReferenceId": "601000118731",
        "TrackId": "10-01-2026_3250552",
        "TransactionId": "118731",
        "PaymentId": PAYMENT_ID,
        "AuthorizationId": "118731",
        "TransactionStatus": status,
        "TransationValue": value,
        "CustomerServiceCharge": "0.000",
        "TotalServiceCharge": "0.101",
        "DueValue": value,
        "PaidCurrency": "KD",
        "PaidCurrencyValue": value,
        "VatAmount": "0.015",
        "IpAddress": "203.0.113.9",
        "Country": "Kuwait",
        "Currency": "KD",
        "Error": None,
        "CardNumber": CANARY_CARD,
        "ErrorCode": "",
        "ECI": "02",
        "Card": {"NameOnCard": CANARY_NAME, "Number": CANARY_CARD, "Token": "token-1"},
        **changes,
    }


def held(value: str = "40.000", **changes: Any) -> dict[str, Any]:
    return row("Authorize", value, **changes)


def captured(value: str = "40.000", **changes: Any) -> dict[str, Any]:
    """The row that a capture adds, section 4.1."""
    later = {"PaymentId": CAPTURE_ID, "TransactionDate": "2026-01-11T10:00:00.5"}
    return row("Succss", value, **{**later, "IpAddress": None, "Country": None, **changes})


def released(**changes: Any) -> dict[str, Any]:
    later = {"PaymentId": CAPTURE_ID, "TransactionDate": "2026-01-11T10:00:00.5"}
    return row("Canceled", "40.000", **{**later, "Error": "Transaction Released", **changes})


def declined(code: str = "MF002", **changes: Any) -> dict[str, Any]:
    first = {"PaymentId": "07076409988323990001", "TransactionDate": "2026-01-10T00:14:00"}
    return row("Failed", "40.000", **{**first, "Error": "Declined", "ErrorCode": code, **changes})


def invoice(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The Data of GetPaymentStatus, section 3.1."""
    return {
        "InvoiceId": int(INVOICE_ID),
        "InvoiceStatus": "Pending",
        "InvoiceReference": "2026000073",
        "CustomerReference": "order-1",
        "CreatedDate": "2026-01-10T00:15:07.293",
        "ExpiryDate": "January 13, 2027",
        "ExpiryTime": "00:15:07.293",
        "InvoiceValue": 40,
        "Comments": None,
        "CustomerName": CANARY_NAME,
        "CustomerMobile": CANARY_PHONE,
        "CustomerEmail": CANARY_EMAIL,
        "UserDefinedField": "0192",
        "InvoiceDisplayValue": "40.000 KD",
        "DueDeposit": 0,
        "DepositStatus": "Not Deposited",
        "InvoiceItems": [],
        "InvoiceTransactions": list(rows),
        "Suppliers": [],
        **changes,
    }


def paid(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return invoice(*(rows or (row(),)), **{"InvoiceStatus": "Paid", **changes})


def refunded(status: str = "Refunded", amount: Any = 5, **changes: Any) -> dict[str, Any]:
    """A member of RefundStatusResult[], section 4.2."""
    return {
        "RefundId": 111147,
        "RefundStatus": status,
        "InvoiceId": int(INVOICE_ID),
        "Amount": amount,
        "RefundReference": "2026000012",
        "ExternalIdentifier": "refund-1",
        "RRN": None,
        "RefundAmount": amount,
        "BaseCurrency": "KWD",
        **changes,
    }


def refunds(*rows: dict[str, Any]) -> dict[str, Any]:
    return envelope({"RefundStatusResult": list(rows)})


def filed(**changes: Any) -> dict[str, Any]:
    """MakeRefund's answer, section 4.2."""
    data = {
        "Key": INVOICE_ID,
        "RefundId": 111147,
        "RefundReference": "2026000012",
        "RefundInvoiceId": 6410001,
        "Amount": 5,
        "Comment": "damaged",
        "ExternalIdentifier": "refund-1",
    }
    return envelope({**data, **changes}, "Refund Created Successfully!")
