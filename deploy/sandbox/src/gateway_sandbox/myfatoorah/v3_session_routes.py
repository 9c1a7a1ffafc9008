"""POST and GET /v3/sessions, gateways/myfatoorah.md section 2.5; no payer's script runs here."""

import base64
from secrets import token_bytes
from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.myfatoorah.errors import NO_MATCH, MyFatoorahError
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, json_answer, success
from gateway_sandbox.myfatoorah.notice_v2 import NoticeWriterV2
from gateway_sandbox.myfatoorah.v3_document import payment_document
from gateway_sandbox.myfatoorah.v3_session import PaymentSession, SessionMaker
from gateway_sandbox.myfatoorah.wire_amounts import as_number
from gateway_sandbox.myfatoorah.wire_times import utc_offset_ticks

_CREATED = "Created Successfully!"
_KEY_BYTES = 32


class V3SessionRoutes:
    """A session keeps what is to be paid; POST /v3/payments names it as its SourceOfFund."""

    def __init__(self, gateway: MyFatoorahGateway, http: MyFatoorahHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def create(self, request: web.Request) -> Any:
        """POST /v3/sessions: 201."""
        merchant = self._http.authenticate(request, "create_session")
        fields = fields_of(await request.read())
        maker = SessionMaker(merchant, self._gateway.settings, self._gateway.clock.now())
        session = maker.session(
            fields,
            session_id=f"{merchant.country}-{new_uuid()}",
            encryption_key=base64.b64encode(token_bytes(_KEY_BYTES)).decode(),
        )
        self._gateway.book.payment_sessions[session.session_id] = session
        document = {
            "SessionId": session.session_id,
            "SessionExpiry": utc_offset_ticks(session.expires_at),
            "EncryptionKey": session.encryption_key,
            "OperationType": session.operation,
            "Order": _order(session),
            "Customer": {"Reference": session.customer_reference, "Cards": []},
        }
        return json_answer(success(document, _CREATED), status=201)

    async def read(self, request: web.Request) -> Any:
        """GET /v3/sessions/{session_id}; the result is there once a payment has used it."""
        merchant = self._http.authenticate(request, "get_session")
        session = self._gateway.book.payment_sessions.get(request.match_info["session_id"])
        if session is None or session.api_key != merchant.api_key:
            raise MyFatoorahError(NO_MATCH, status=self._gateway.settings.v3_not_found_status)
        document = {
            "SessionExpiry": utc_offset_ticks(session.expires_at),
            "IsUsed": session.invoice_id is not None,
            "OperationType": session.operation,
            "Order": _order(session),
            "Customer": {"Reference": session.customer_reference},
            "Card": None,
            "TransactionResult": self._result(session),
        }
        return success(document, _CREATED)

    def _result(self, session: PaymentSession) -> dict[str, Any] | None:
        invoice = self._gateway.book.invoices.get(session.invoice_id or 0)
        row = invoice.latest if invoice is not None else None
        if invoice is None or row is None:
            return None
        return payment_document(NoticeWriterV2(self._gateway.writer), invoice, row)


def _order(session: PaymentSession) -> dict[str, Any]:
    return {
        "Amount": as_number(session.amount_minor, session.currency),
        "Currency": session.currency,
        "ExternalIdentifier": session.external_identifier,
    }
