"""Orders: read, authorise, cancel, rename, gateways/tamara.md sections 3.4 and 4."""

from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.clock import after
from gateway_sandbox.tamara import machine
from gateway_sandbox.tamara.book import NO_ORDER
from gateway_sandbox.tamara.decode_payments import decode_cancel, decode_reference
from gateway_sandbox.tamara.errors import not_found
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import TamaraHttp
from gateway_sandbox.tamara.order import Cancel, Order


class OrderRoutes:
    """Answers are short; only the reads show the whole order."""

    def __init__(self, gateway: TamaraGateway, http: TamaraHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def read(self, request: web.Request) -> Any:
        """GET /orders/{id} and /merchants/orders/{id}: both are documented."""
        return self._gateway.writer.order(self._http.order(request))

    async def read_by_reference(self, request: web.Request) -> Any:
        """GET /merchants/orders/reference-id/{reference}; references may repeat."""
        merchant = self._http.authenticate(request)
        reference_id = request.match_info["order_reference_id"]
        orders = self._gateway.book.orders_named(merchant.merchant_id, reference_id)
        if not orders:
            raise not_found(NO_ORDER)
        is_newest = self._gateway.settings.reference_lookup == "newest"
        return self._gateway.writer.order(orders[-1 if is_newest else 0])

    async def authorise(self, request: web.Request) -> Any:
        """POST /orders/{id}/authorise; whatever the body says is ignored."""
        order = self._gateway.authorise(self._http.order(request), self._gateway.act("api"))
        return self._authorised(order)

    async def cancel(self, request: web.Request) -> Any:
        """POST /orders/{id}/cancel."""
        body, gateway = await request.read(), self._gateway
        order = self._http.order(request)
        wanted = decode_cancel(body, order.currency, gateway.settings)
        act = gateway.act("api")
        new = Cancel(new_uuid(), act.at, wanted.amount_minor, wanted.breakdown)
        order = gateway.apply(machine.cancel(order, new, act, settings=gateway.settings))
        return {
            "order_id": order.order_id,
            "cancel_id": new.cancel_id,
            "status": order.status.value,
            "canceled_amount": gateway.writer.money(new.amount_minor, order),
        }

    async def rename(self, request: web.Request) -> Any:
        """PUT /orders/{id}/reference-id."""
        body = await request.read()
        order = self._http.order(request)
        renamed = machine.rename(order, decode_reference(body), self._gateway.act("api"))
        self._gateway.apply(renamed)
        return {"message": "Order reference id was updated successfully"}

    def _authorised(self, order: Order) -> dict[str, Any]:
        gateway = self._gateway
        at = order.authorised_at or order.created_at
        expires_at = after(at, gateway.settings.authorisation_seconds)
        return {
            "order_id": order.order_id,
            "status": order.status.value,
            "order_expiry_time": gateway.writer.moment(expires_at),
            "payment_type": order.checkout.payment_type,
            "auto_captured": bool(order.captures),
            "authorized_amount": gateway.writer.money(order.total_minor, order),
            "capture_id": order.captures[0].capture_id if order.captures else "",
        }
