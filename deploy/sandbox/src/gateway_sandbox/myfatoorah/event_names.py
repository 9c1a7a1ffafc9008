"""Which number and names MyFatoorah gives an event, gateways/myfatoorah.md sections 5.1 and 5.2."""

from gateway_sandbox.myfatoorah.invoice import EventKind, TransactionStatus

PAYMENT, REFUND, BALANCE, SUPPLIER, RECURRING, DISPUTE, SUPPLIER_UPDATE = range(1, 8)
CODES: dict[EventKind, int] = {
    "pay": PAYMENT,
    "authorize": PAYMENT,
    "capture": PAYMENT,
    "close": PAYMENT,
    "reject": PAYMENT,
    "refund": REFUND,
    "balance": BALANCE,
    "supplier": SUPPLIER,
    "recurring": RECURRING,
    "dispute": DISPUTE,
    "supplier_update": SUPPLIER_UPDATE,
}
# What `POST /sandbox/payments/{id}/event` can send.
STAGED_KINDS: tuple[EventKind, ...] = (
    "balance",
    "supplier",
    "recurring",
    "dispute",
    "supplier_update",
)
V1_NAMES = {
    PAYMENT: "TransactionsStatusChanged",
    REFUND: "RefundStatusChanged",
    BALANCE: "BalanceTransferred",
    SUPPLIER: "SupplierStatusChanged",
    RECURRING: "RecurringStatusChanged",
    DISPUTE: "DisputeStatusChanged",
    SUPPLIER_UPDATE: "SupplierUpdateRequestChanged",
}
V2_NAMES = {
    PAYMENT: "PAYMENT_STATUS_CHANGED",
    REFUND: "REFUND_STATUS_CHANGED",
    BALANCE: "BALANCE_TRANSFERRED",
    SUPPLIER: "SUPPLIER_STATUS_CHANGED",
    RECURRING: "RECURRING_UPDATES",
    DISPUTE: "DISPUTE_STATUS_CHANGED",
    SUPPLIER_UPDATE: "SUPPLIER_UPDATE_REQUEST_CHANGED",
}
# GetWebhooks documents these spellings for its filter.
FILTER_SPELLINGS = {
    "BALANCE_TRANSFERED": "BALANCE_TRANSFERRED",
    "SUPLIER_STATUS_CHANGED": "SUPPLIER_STATUS_CHANGED",
}
TRANSACTION_WORDS = {
    TransactionStatus.IN_PROGRESS: "INPROGRESS",
    TransactionStatus.SUCCESS: "SUCCESS",
    TransactionStatus.FAILED: "FAILED",
    TransactionStatus.CANCELED: "CANCELED",
    TransactionStatus.AUTHORIZE: "AUTHORIZE",
}
