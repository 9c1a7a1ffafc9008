"""What of MyFatoorah's bodies may be kept: what explains a call, and no person, card or link."""

import re
from collections.abc import Mapping
from typing import Any

from payments_common.gateways.redaction import JSON, AllowList

ERROR_LISTS = ("ValidationErrors", "FieldsErrors")
_CUSTOMERS = re.compile(r"(^|\.)(Customer(?!Reference)|Shipping)")
_ALLOWED = AllowList(
    leaves=frozenset(
        {
            "IsSuccess",
            "Name",
            "InvoiceId",
            "InvoiceStatus",
            "InvoiceReference",
            "CustomerReference",
            "CreatedDate",
            "ExpiryDate",
            "ExpiryTime",
            "InvoiceValue",
            "InvoiceDisplayValue",
            "InvoiceAmount",
            "DisplayCurrencyIso",
            "CurrencyIso",
            "Language",
            "NotificationOption",
            "AutoCapture",
            "WebhookUrl",
            "TransactionDate",
            "TransactionStatus",
            "TransationValue",
            "CustomerServiceCharge",
            "PaidCurrency",
            "PaidCurrencyValue",
            "Currency",
            "PaymentGateway",
            "PaymentId",
            "TransactionId",
            "TrackId",
            "ReferenceId",
            "ErrorCode",
            "PaymentMethodId",
            "PaymentMethodCode",
            "PaymentMethodEn",
            "IsDirectPayment",
            "Key",
            "KeyType",
            "Operation",
            "Amount",
            "ExternalIdentifier",
            "RefundId",
            "RefundReference",
            "RefundInvoiceId",
            "RefundStatus",
            "RefundAmount",
            "BaseCurrency",
            "Start",
            "End",
            "Page",
            "EndPoint",
            "EventCode",
            "EventName",
            "WebhookReference",
            "Status",
            "Id",
            "Date",
            "Duration",
            "PageSize",
            "PageNumber",
            "PagesCount",
            "ItemsCount",
        }
    ),
    branches=frozenset(
        {
            "Data",
            "ValidationErrors",
            "FieldsErrors",
            "ProcessingDetails",
            "PaymentMethods",
            "InvoiceTransactions",
            "RefundStatusResult",
            "Items",
            "Attempts",
            "Pagination",
            "Invoice",
            "Transaction",
            "Refund",
            "ReferencedInvoice",
        }
    ),
    words=frozenset({"Message", "MessageDetail", "Error", "ErrorMessage", "ResponseMessage"}),
)


def redact(body: JSON) -> JSON:
    """Customers, cards, items, links that can be paid and signatures are in no set above."""
    if isinstance(body, Mapping):
        lists = {name: body[name] for name in ERROR_LISTS if isinstance(body.get(name), list)}
        body = {**body, **{name: [_error(each) for each in lists[name]] for name in lists}}
    return _ALLOWED(body)


def is_of_customer(name: str) -> bool:
    """Whether an error about the member of that name may repeat what a customer told."""
    return _CUSTOMERS.search(name) is not None


def _error(error: Any) -> Any:
    if isinstance(error, Mapping) and is_of_customer(str(error.get("Name"))):
        return {"Name": error.get("Name")}
    return error
