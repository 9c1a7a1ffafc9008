"""Captures and refunds, gateways/tamara.md sections 4.1, 4.3 and 4.4."""

from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.tamara import errors, machine
from gateway_sandbox.tamara.decode_payments import (
    CaptureRefundRequest,
    decode_capture,
    decode_legacy_refund,
    decode_refund,
    order_id_in,
)
from gateway_sandbox.tamara.errors import keyed
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import TamaraHttp
from gateway_sandbox.tamara.machine import Act, Change
from gateway_sandbox.tamara.order import Capture, Order, Refund


class PaymentRoutes:
    """Nothing here is idempotent: what is asked twice happens twice, if there is money for it.

    Bodies are read before anything is looked up: reading gives other requests a turn.
    """

    def __init__(self, gateway: TamaraGateway, http: TamaraHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def capture(self, request: web.Request) -> Any:
        """POST /payments/capture."""
        body, gateway = await request.read(), self._gateway
        order = self._order_in(request, body)
        wanted = decode_capture(body, order.currency, gateway.settings)
        act = gateway.act("api")
        new = Capture(
            capture_id=new_uuid(),
            created_at=act.at,
            amount_minor=wanted.amount_minor,
            breakdown=wanted.breakdown,
            shipping_info=wanted.shipping_info,
        )
        change = machine.capture(order, new, act, settings=gateway.settings)
        order = gateway.apply(change)
        return {
            "capture_id": new.capture_id,
            "order_id": order.order_id,
            "status": order.status.value,
            "captured_amount": gateway.writer.money(new.amount_minor, order),
        }

    async def refund(self, request: web.Request) -> Any:
        """POST /payments/simplified-refund/{id}."""
        body, gateway = await request.read(), self._gateway
        order = self._http.order(request)
        wanted = decode_refund(body, order.currency, gateway.settings)
        act = gateway.act("api")
        new = Refund(
            refund_id=new_uuid(),
            created_at=act.at,
            amount_minor=wanted.amount_minor,
            comment=wanted.comment,
            merchant_refund_id=wanted.merchant_refund_id,
        )
        change = machine.refund(order, new, act, settings=gateway.settings)
        order = gateway.apply(change)
        return {
            "order_id": order.order_id,
            "comment": new.comment,
            "refund_id": new.refund_id,
            "capture_id": order.refunds[-1].capture_id,
            "status": order.status.value,
            "refunded_amount": gateway.writer.money(new.amount_minor, order),
        }

    async def legacy_refund(self, request: web.Request) -> Any:
        """POST /payments/refund: several captures at once, all of them or none."""
        body, gateway = await request.read(), self._gateway
        order = self._order_in(request, body)
        wanted = decode_legacy_refund(body, order.currency, gateway.settings)
        act = gateway.act("api")
        change = Change(order)
        for request_of_one in wanted:
            self._check_shipping(change.order, request_of_one)
            new = _legacy_refund(request_of_one, act)
            change = change.then(machine.refund(change.order, new, act, settings=gateway.settings))
        order = gateway.apply(change)
        new_refunds = order.refunds[-len(wanted) :]
        amount_minor = sum(refund.amount_minor for refund in new_refunds)
        return {
            "order_id": order.order_id,
            "refunds": [
                {"capture_id": refund.capture_id, "refund_id": refund.refund_id}
                for refund in new_refunds
            ],
            "status": order.status.value,
            "refunded_amount": gateway.writer.money(amount_minor, order),
        }

    def _order_in(self, request: web.Request, body: bytes) -> Order:
        merchant = self._http.authenticate(request)
        return self._gateway.book.order_of(merchant, order_id_in(body))

    def _check_shipping(self, order: Order, wanted: CaptureRefundRequest) -> None:
        known = {capture.capture_id: capture for capture in order.captures}
        capture = known.get(wanted.capture_id)
        if capture is None:
            raise keyed(errors.REFUND_CAPTURE_NOT_FOUND)
        captured_minor = capture.breakdown.shipping_minor
        is_first = order.refunded_of(capture.capture_id) == 0
        if not self._gateway.settings.legacy_refund_checks or captured_minor is None:
            return
        if is_first and wanted.breakdown.shipping_minor != captured_minor:
            raise keyed(errors.REFUND_SHIPPING_INVALID)


def _legacy_refund(wanted: CaptureRefundRequest, act: Act) -> Refund:
    return Refund(
        refund_id=new_uuid(),
        created_at=act.at,
        amount_minor=wanted.amount_minor,
        parts=((wanted.capture_id, wanted.amount_minor),),
        items=wanted.breakdown.items,
    )
