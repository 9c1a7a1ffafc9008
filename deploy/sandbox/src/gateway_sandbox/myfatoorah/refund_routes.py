"""Refunds: file and look up, gateways/myfatoorah.md sections 2.6 and 4.2."""

from typing import Any

from aiohttp import web

from gateway_sandbox.myfatoorah.decode_keys import RefundRequest, decode_key, decode_refund
from gateway_sandbox.myfatoorah.errors import NO_TRANSACTION, MyFatoorahError, invalid
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, json_answer, success
from gateway_sandbox.myfatoorah.idempotency import FirstAnswers
from gateway_sandbox.myfatoorah.invoice import Invoice, Refund
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.wire_amounts import as_number, to_minor

_REFUNDABLE_KEYS = {"invoiceid", "paymentid"}
_STATUS_KEYS = {"invoiceid", "refundid", "refundreference"}


class RefundRoutes:
    """A 200 to MakeRefund means filed: finance decides later."""

    def __init__(self, gateway: MyFatoorahGateway, http: MyFatoorahHttp) -> None:
        self._gateway = gateway
        self._http = http
        self._first_answers = FirstAnswers(gateway, http)

    async def make(self, request: web.Request) -> Any:
        """POST /v2/MakeRefund; a known Idempotency-Key gets the first answer, whatever the body."""
        merchant = self._http.authenticate(request, "refund")
        body = await request.read()
        return self._first_answers.once(
            request, merchant, lambda: json_answer(self._filed(merchant, body))
        )

    async def status(self, request: web.Request) -> Any:
        """POST /v2/GetRefundStatus; one row per partial refund."""
        merchant = self._http.authenticate(request, "get_refund_status")
        key = decode_key(fields_of(await request.read()))
        if key.key_type not in _STATUS_KEYS:
            raise invalid("KeyType", "KeyType is not valid")
        found = self._gateway.book.refunds_of(merchant, key)
        return success({"RefundStatusResult": [_status(*pair) for pair in found]})

    def _filed(self, merchant: Merchant, body: bytes) -> dict[str, Any]:
        wanted = decode_refund(fields_of(body))
        invoice = self._invoice(merchant, wanted)
        refund = self._gateway.file_refund(
            invoice,
            to_minor(wanted.amount, invoice.currency),
            origin="api",
            comment=wanted.comment,
            external_identifier=wanted.external_identifier,
        )
        own_id = refund.own_invoice_id
        is_text = self._gateway.settings.refund_invoice_id_type == "text"
        data = {
            "Key": wanted.key.value,
            "RefundId": refund.refund_id,
            "RefundReference": refund.reference,
            "RefundInvoiceId": str(own_id) if is_text else own_id,
            "Amount": as_number(refund.amount_minor, invoice.currency),
            "Comment": refund.comment,
            "ExternalIdentifier": refund.external_identifier,
        }
        return success(data, "Refund Created Successfully!")

    def _invoice(self, merchant: Merchant, wanted: RefundRequest) -> Invoice:
        if wanted.key.key_type not in _REFUNDABLE_KEYS:
            raise invalid("KeyType", "KeyType is not valid")
        try:
            return self._gateway.book.invoice_of(merchant, wanted.key)
        except MyFatoorahError as error:
            raise invalid("Key", NO_TRANSACTION) from error


def _status(invoice: Invoice, refund: Refund) -> dict[str, Any]:
    amount = as_number(refund.amount_minor, invoice.currency)
    return {
        "RefundId": refund.refund_id,
        "RefundStatus": refund.status.value,
        "InvoiceId": invoice.invoice_id,
        "Amount": amount,
        "RefundReference": refund.reference,
        "ExternalIdentifier": refund.external_identifier,
        "RefundAmount": amount,
        "RRN": refund.rrn,
        "BaseCurrency": invoice.currency,
    }
