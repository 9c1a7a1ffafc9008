"""Payments: read, list, capture, refund, close, update, gateways/tabby.md sections 3 and 4."""

from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.tabby import machine
from gateway_sandbox.tabby.decode import decode_money, decode_update
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.http import TabbyHttp, payment_id_of
from gateway_sandbox.tabby.listing import decode_list, matching
from gateway_sandbox.tabby.payment import Capture, Payment, Refund


class PaymentRoutes:
    """All answers are the whole payment, also to captures and refunds."""

    def __init__(self, gateway: TabbyGateway, http: TabbyHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def read(self, request: web.Request) -> Any:
        """GET /api/v2/payments/{id}."""
        return self._gateway.writer.payment(self._payment(request, is_write=False))

    async def list(self, request: web.Request) -> Any:
        """GET /api/v2/payments, newest first."""
        merchant = self._http.authenticate(request, is_write=False)
        wanted = decode_list(request.query, self._gateway.settings)
        own = [
            payment
            for payment in reversed(self._gateway.book.payments.values())
            if payment.merchant_id == merchant.merchant_id and matching(payment, wanted)
        ]
        page = own[wanted.offset : wanted.offset + wanted.limit]
        documents = [self._gateway.writer.payment(payment) for payment in page]
        is_null = not documents and self._gateway.settings.empty_lists == "null"
        return {
            "payments": None if is_null else documents,
            "pagination": {
                "limit": wanted.limit,
                "offset": wanted.offset,
                "total_count": len(own),
            },
        }

    async def capture(self, request: web.Request) -> Any:
        """POST /api/v2/payments/{id}/captures."""
        payment = self._payment(request, is_write=True)
        settings = self._gateway.settings
        wanted = decode_money(await request.read(), payment.currency, settings)
        act = self._gateway.act("api")
        new = Capture(new_uuid(), act.at, wanted.amount_minor, wanted.reference_id, wanted.details)
        return self._applied(machine.capture(self._current(payment), new, act, settings=settings))

    async def refund(self, request: web.Request) -> Any:
        """POST /api/v2/payments/{id}/refunds."""
        payment = self._payment(request, is_write=True)
        settings = self._gateway.settings
        wanted = decode_money(await request.read(), payment.currency, settings)
        act = self._gateway.act("api")
        new = Refund(
            refund_id=new_uuid(),
            created_at=act.at,
            amount_minor=wanted.amount_minor,
            reference_id=wanted.reference_id,
            reason=wanted.reason,
            details=wanted.details,
        )
        return self._applied(machine.refund(self._current(payment), new, act, settings=settings))

    async def close(self, request: web.Request) -> Any:
        """POST /api/v2/payments/{id}/close; a body is ignored."""
        payment = self._payment(request, is_write=True)
        act = self._gateway.act("api")
        return self._applied(machine.close(payment, act, settings=self._gateway.settings))

    async def update(self, request: web.Request) -> Any:
        """PUT /api/v2/payments/{id}; only order.reference_id can be changed."""
        payment = self._payment(request, is_write=True)
        reference_id = decode_update(await request.read())
        act = self._gateway.act("api")
        change = machine.update(
            self._current(payment), reference_id, act, settings=self._gateway.settings
        )
        return self._applied(change)

    def _payment(self, request: web.Request, *, is_write: bool) -> Payment:
        merchant = self._http.authenticate(request, is_write=is_write)
        return self._gateway.book.payment_of(merchant, payment_id_of(request))

    def _current(self, payment: Payment) -> Payment:
        # Reading the body gave other requests a turn: judge by what the payment is now.
        return self._gateway.book.payments[payment.payment_id]

    def _applied(self, change: machine.Change) -> dict[str, Any]:
        return self._gateway.writer.payment(self._gateway.apply(change))
