"""The signature of webhooks, against vectors that MyFatoorah's own library accepts."""

from typing import Any

import pytest

from gateway_sandbox.myfatoorah.signing import signature, signed_text

SECRET = "dummy-webhook-secret-for-tests-only/0123456789+=="
V1_PAYMENT = {
    "InvoiceId": 586170,
    "InvoiceReference": "2021000184",
    "CreatedDate": "04032021211555",
    "CustomerReference": "ORDER-1001",
    "CustomerName": "Test Webhook",
    "CustomerMobile": "96512345678",
    "CustomerEmail": None,
    "TransactionStatus": "SUCCESS",
    "PaymentMethod": "KNET",
    "UserDefinedField": None,
    "ReferenceId": "106310001097",
    "TrackId": "04-03-2021_477336",
    "PaymentId": "100202106359084366",
    "AuthorizationId": "B68413",
    "InvoiceValueInBaseCurrency": "456.75",
    "BaseCurrency": "KWD",
    "InvoiceValueInDisplayCurreny": "456.75",
    "DisplayCurrency": "KWD",
    "InvoiceValueInPayCurrency": "456.75",
    "PayCurrency": "KWD",
}
V1_REFUND = {
    "RefundId": 2840,
    "RefundReference": "2021000019",
    "CreatedDate": "04032021210447",
    "RefundStatus": "REFUNDED",
    "Amount": "40",
    "Comments": "Test Webhook",
    "InvoiceId": "585757",
    "GatewayReference": {"PaymentId": "100202109798688317"},
}
V1_SUPPLIER = {
    "SupplierCode": 11,
    "SupplierName": "test supplier",
    "SupplierMobile": "123456",
    "SupplierEmail": "supplier@example.com",
    "SupplierStatus": "REJECTED",
    "KycFeedback": {"Comments": "missing documents", "RejectReasons": "1,5,15"},
}
V2_PAYMENT = {
    "Invoice": {
        "Id": "6409988",
        "Status": "PAID",
        "Reference": "2026000073",
        "ExternalIdentifier": "asdqwd-f13sdf-fasjkz",
    },
    "Transaction": {"Id": "86781", "Status": "SUCCESS", "PaymentId": "07076409988323998875"},
    "Amount": {"BaseCurrency": "KWD", "ValueInBaseCurrency": "1"},
}
V2_REFUND = {
    "Refund": {"Id": "111147", "Status": "REFUNDED", "InvoiceId": "5620292"},
    "Amount": {"BaseCurrency": "KWD", "ValueInBaseCurrency": "30"},
    "ReferencedInvoice": {"Id": "5620277", "ValueInBaseCurrency": "64.32"},
}
V2_DISPUTE = {
    "Dispute": {"Type": "CHARGEBACK", "Status": "PENDING", "DisputeTransactionId": 112},
    "Invoice": {"Id": "5897264", "Status": "PAID", "ExternalIdentifier": "ref-0003"},
    "Transaction": {"Id": "203009", "Status": "SUCCESS", "PaymentId": "07075897264282534874"},
}


def v1(event_type: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"EventType": event_type, "Event": "any", "DateTime": "04032021211615", "Data": data}


def v2(code: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"Event": {"Code": code, "Name": "any", "Reference": "WH-1"}, "Data": data}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (v1(1, V1_PAYMENT), "cECdu68h1leUCST48yjCJvm4z5wdtWt4wlhbQZTnH1o="),
        (v1(2, V1_REFUND), "3nXPbvb8/6jOib2z/E7peaDvFgxPehcUfYKdXNeO9U0="),
        (v1(4, V1_SUPPLIER), "EIIrNAZQDNhvcJPGGhVB+fjlGjo28o935ftqH8DlKkA="),
        (v2(1, V2_PAYMENT), "ipDozvQ3dsCI2o8h7MU7a4nGYEDqXzUdP5uBgcgiYpA="),
        (v2(2, V2_REFUND), "Mgnl9TL9jEl67V1sCr2t1myHpPify+yNkoPwP6F+Iow="),
        (v2(6, V2_DISPUTE), "8ze/a7cn5ph6ygiHDhiIAeg2D6Lz70kLbRhhNbGOccY="),
    ],
)
def test_the_vectors_are_reproduced(document: dict[str, Any], expected: str) -> None:
    assert signature(document, SECRET) == expected


def test_names_are_sorted_whatever_their_case() -> None:
    deposit = {
        "DepositReference": "2021000002",
        "DepositFor": "VENDOR",
        "SupplierCode": "",
        "NumberOfTransactions": "24",
        "DepositedAmount": "6917.282",
    }
    assert signed_text(v1(3, deposit)) == (
        "DepositedAmount=6917.282,DepositFor=VENDOR,DepositReference=2021000002,"
        "NumberOfTransactions=24,SupplierCode="
    )


@pytest.mark.parametrize(
    ("code", "data", "expected"),
    [
        (
            3,
            {"Deposit": {"Reference": "1", "ValueInBaseCurrency": "2", "NumberOfTransactions": 3}},
            "Deposit.Reference=1,Deposit.ValueInBaseCurrency=2,Deposit.NumberOfTransactions=3",
        ),
        (
            4,
            {"Supplier": {"Code": 279}, "KycDecision": {"Status": "APPROVED"}},
            "Supplier.Code=279,KycDecision.Status=APPROVED",
        ),
        (
            5,
            {"Recurring": {"Id": "RECUR1", "Status": "ACTIVE", "InitialInvoiceId": "7"}},
            "Recurring.Id=RECUR1,Recurring.Status=ACTIVE,Recurring.InitialInvoiceId=7",
        ),
        (
            7,
            {"Supplier": {"Code": 236}, "RequestStatus": {"Status": "APPROVED"}},
            "Supplier.Code=236,RequestStatus.Status=APPROVED",
        ),
    ],
)
def test_each_event_of_version_2_has_its_own_members(
    code: int, data: dict[str, Any], expected: str
) -> None:
    assert signed_text(v2(code, data)) == expected


@pytest.mark.parametrize("data", [{}, {"Invoice": None}, {"Invoice": {"Id": None}}])
def test_what_is_missing_is_signed_as_nothing(data: dict[str, Any]) -> None:
    assert signed_text(v2(1, data)) == (
        "Invoice.Id=,Invoice.Status=,Transaction.Status=,Transaction.PaymentId=,"
        "Invoice.ExternalIdentifier="
    )


def test_unpaired_surrogates_are_signed_as_well() -> None:
    assert signature(v1(1, {"CustomerName": "\ud800"}), SECRET)
