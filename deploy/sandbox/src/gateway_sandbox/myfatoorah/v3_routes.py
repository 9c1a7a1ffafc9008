"""API V3 of payments and invoices, gateways/myfatoorah.md sections 2.5, 3.2 and 4.1."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from gateway_sandbox.myfatoorah.decode_keys import Key
from gateway_sandbox.myfatoorah.errors import NO_MATCH, USED_SESSION, MyFatoorahError, invalid
from gateway_sandbox.myfatoorah.fields import Fields, fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, json_answer, success
from gateway_sandbox.myfatoorah.idempotency import FirstAnswers
from gateway_sandbox.myfatoorah.invoice import Invoice, Order, Transaction
from gateway_sandbox.myfatoorah.links import invoice_url, payment_url, session_url
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.methods import CARDS, method_of
from gateway_sandbox.myfatoorah.notice_v2 import NoticeWriterV2
from gateway_sandbox.myfatoorah.v3_document import invoice_document, payment_document
from gateway_sandbox.myfatoorah.v3_requests import (
    decode_payment,
    decode_payment_update,
    names_method,
)
from gateway_sandbox.myfatoorah.wire_amounts import to_minor
from gateway_sandbox.public_url import PublicUrl

_RETRIEVED = "Invoice Retrieved Successfully"


class V3Routes:
    """The same invoices as in V2, in other words; redirect flows only."""

    def __init__(
        self, gateway: MyFatoorahGateway, http: MyFatoorahHttp, *, public_url: PublicUrl
    ) -> None:
        self._gateway = gateway
        self._http = http
        self._public_url = public_url
        self._first_answers = FirstAnswers(gateway, http)

    async def create(self, request: web.Request) -> Any:
        """POST /v3/payments: 201."""
        merchant = self._http.authenticate(request, "create_payment")
        body = await request.read()
        public_url = self._public_url.of(request)

        def create() -> web.Response:
            document = self._created(fields_of(body), merchant, public_url)
            return json_answer(document, status=201)

        return self._first_answers.once(request, merchant, create)

    async def read(self, request: web.Request) -> Any:
        """GET /v3/payments/{payment_id}."""
        merchant = self._http.authenticate(request, "get_payment")
        invoice, row = self._payment(merchant, request.match_info["payment_id"])
        return success(self._document(invoice, row))

    async def update(self, request: web.Request) -> Any:
        """PUT /v3/payments/{payment_id}; the answer is the new attempt's."""
        merchant = self._http.authenticate(request, "update_payment")
        body = await request.read()
        payment_id = request.match_info["payment_id"]

        def update() -> web.Response:
            return json_answer(self._updated(fields_of(body), merchant, payment_id))

        return self._first_answers.once(request, merchant, update)

    async def invoice(self, request: web.Request) -> Any:
        """GET /v3/invoices/{invoice_id}."""
        key = Key("invoiceid", request.match_info["invoice_id"])
        return self._invoice(request, key, "No invoices match this InvoiceId")

    async def invoice_of_order(self, request: web.Request) -> Any:
        """GET /v3/invoices/externalIdentifier/{external_identifier}: the newest one."""
        key = Key("customerreference", request.match_info["external_identifier"])
        return self._invoice(request, key, "No invoices match this External Identifier")

    def _created(self, fields: Fields, merchant: Merchant, public_url: str) -> dict[str, Any]:
        order = decode_payment(fields, merchant, self._gateway.settings)
        if order.session_id is not None:
            invoice = self._paid_by_session(merchant, order, order.session_id)
        else:
            invoice = self._gateway.open_invoice(merchant, order)
        return success(
            {
                "InvoiceId": invoice.payment_id,
                "PaymentId": None,
                "PaymentURL": self._payment_url(invoice, fields, public_url),
                "PaymentCompleted": False,
                "TransactionDetails": None,
            }
        )

    def _paid_by_session(self, merchant: Merchant, order: Order, session_id: str) -> Invoice:
        sessions = self._gateway.book.payment_sessions
        session = sessions.get(session_id)
        if session is None or not session.is_usable(merchant, self._gateway.clock.now()):
            raise invalid("SourceOfFund.SessionId", USED_SESSION)
        if session.operation == "AUTHORIZE":
            order = replace(order, is_authorize_only=True)
        invoice = self._gateway.open_invoice(merchant, order)
        sessions[session_id] = replace(session, invoice_id=invoice.invoice_id)
        return invoice

    def _payment_url(self, invoice: Invoice, fields: Fields, public_url: str) -> str:
        order = invoice.order
        if order.session_id is not None:
            row = self._gateway.open_attempt(invoice, CARDS, must_show=True)
            return session_url(invoice, row.payment_id, public_url)
        if names_method(fields):
            method = method_of(invoice.country, order.method_ids[0])
            return payment_url(invoice, method, public_url)
        return invoice_url(invoice, public_url)

    def _updated(self, fields: Fields, merchant: Merchant, payment_id: str) -> dict[str, Any]:
        wanted = decode_payment_update(fields)
        invoice, _ = self._payment(merchant, payment_id)
        act, amount = self._gateway.act("api"), wanted.amount
        amount_minor = None if amount is None else to_minor(amount, invoice.currency)
        if wanted.operation == "capture":
            invoice = self._gateway.capture(invoice, amount_minor or 0, act)
        else:
            invoice = self._gateway.release(invoice, amount_minor, act)
        return success(self._document(invoice, invoice.transactions[-1]))

    def _invoice(self, request: web.Request, key: Key, refusal: str) -> dict[str, Any]:
        merchant = self._http.authenticate(request, "get_invoice")
        try:
            invoice = self._gateway.book.invoice_of(merchant, key)
        except MyFatoorahError as error:
            raise self._not_found(refusal) from error
        if not invoice.transactions:
            # Documented: an invoice without any attempt is not found.
            raise self._not_found(refusal)
        writer = NoticeWriterV2(self._gateway.writer)
        return success(invoice_document(writer, invoice), _RETRIEVED)

    def _payment(self, merchant: Merchant, payment_id: str) -> tuple[Invoice, Transaction]:
        invoice = self._gateway.book.with_payment_id(payment_id)
        if invoice is None or invoice.api_key != merchant.api_key:
            raise self._not_found(NO_MATCH)
        row = next(item for item in invoice.transactions if item.payment_id == payment_id)
        return invoice, row

    def _document(self, invoice: Invoice, row: Transaction) -> dict[str, Any]:
        return payment_document(NoticeWriterV2(self._gateway.writer), invoice, row)

    def _not_found(self, message: str) -> MyFatoorahError:
        return MyFatoorahError(message, status=self._gateway.settings.v3_not_found_status)
