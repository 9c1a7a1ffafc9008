"""Sessions: online, in store, void, gateways/tamara.md sections 2.2, 2.3 and 2.5."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.clock import after
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.tamara import errors, machine
from gateway_sandbox.tamara.amount_limits import check_limits
from gateway_sandbox.tamara.book import NO_CHECKOUT
from gateway_sandbox.tamara.decode_checkout import decode_checkout, decode_in_store
from gateway_sandbox.tamara.errors import invalid, not_found
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import TamaraHttp
from gateway_sandbox.tamara.machine import Act
from gateway_sandbox.tamara.members import load_members
from gateway_sandbox.tamara.merchants import Merchant
from gateway_sandbox.tamara.order import Checkout, Order, TamaraStatus

PAGE = "/tamara/checkout"


class CheckoutRoutes:
    """Each POST makes a new order with a session of its own."""

    def __init__(self, gateway: TamaraGateway, http: TamaraHttp, *, public_url: PublicUrl) -> None:
        self._gateway = gateway
        self._http = http
        self._public_url = public_url

    async def create(self, request: web.Request) -> Any:
        """POST /checkout."""
        merchant = self._http.authenticate(request)
        wanted = decode_checkout(await request.read(), self._gateway.settings)
        order = self._open(merchant, wanted)
        return {
            "order_id": order.order_id,
            "checkout_id": order.checkout_id,
            "checkout_url": self._url(request, order),
            "status": order.status.value,
        }

    async def create_in_store(self, request: web.Request) -> Any:
        """POST /checkout/in-store-session: a link sent to the customer's phone."""
        merchant = self._http.authenticate(request)
        wanted = decode_in_store(await request.read(), self._gateway.settings, is_qr=False)
        return self._deep_link(request, self._open(merchant, wanted))

    async def create_qr(self, request: web.Request) -> Any:
        """POST /checkout/in-store: a link shown as a QR code; needs X-Device-Id."""
        merchant = self._http.authenticate(request)
        if not request.headers.get("X-Device-Id"):
            raise invalid("The header X-Device-Id is required")
        wanted = decode_in_store(await request.read(), self._gateway.settings, is_qr=True)
        return self._deep_link(request, self._open(merchant, wanted))

    async def void(self, request: web.Request) -> Any:
        """POST /checkout/{id}/void: order_id in the query or, as the SDK does, in the body."""
        merchant = self._http.authenticate(request)
        document = load_members(await request.read())
        named = {
            name: request.query.get(name) or document.optional_text(name)
            for name in ("order_id", "store_code")
        }
        if not named["order_id"]:
            raise invalid("order_id is required")
        order = self._gateway.book.order_of(merchant, named["order_id"])
        if order.checkout_id != request.match_info["checkout_id"]:
            raise not_found(NO_CHECKOUT)
        is_open = order.status == TamaraStatus.NEW
        if is_open:
            order = self._gateway.apply(machine.expire(order, self._gateway.act("api")))
        return {
            "order_was_voided": is_open,
            "captured_amount": self._gateway.writer.money(order.captured_minor, order),
            "message": "success" if is_open else f"The order is {order.status.value} already",
            "store_code": named["store_code"],
        }

    def _open(self, merchant: Merchant, wanted: Checkout) -> Order:
        gateway = self._gateway
        act = gateway.act("api")
        check_limits(wanted, self._bought_minor(merchant, wanted.currency), gateway.settings)
        self._check_reference(merchant, wanted)
        return gateway.open_order(self._order(merchant, wanted, act), act)

    def _bought_minor(self, merchant: Merchant, currency: str) -> int:
        if self._gateway.settings.daily_volume_major == 0:
            return 0
        since = self._gateway.clock.now() - timedelta(days=1)
        return self._gateway.book.bought_minor(merchant, currency, since)

    def _check_reference(self, merchant: Merchant, wanted: Checkout) -> None:
        if self._gateway.settings.repeated_order_reference == "accept" or not wanted.reference_id:
            return
        if self._gateway.book.orders_named(merchant.merchant_id, wanted.reference_id):
            raise invalid("This order_reference_id was used already", errors.REPEATED_REFERENCE)

    def _order(self, merchant: Merchant, wanted: Checkout, act: Act) -> Order:
        return Order(
            order_id=new_uuid(),
            checkout_id=new_uuid(),
            merchant_id=merchant.merchant_id,
            created_at=act.at,
            session_expires_at=after(act.at, self._lifetime_seconds(wanted)),
            reference_id=wanted.reference_id,
            checkout=wanted,
        )

    def _lifetime_seconds(self, wanted: Checkout) -> float:
        settings = self._gateway.settings
        asked_seconds = None if wanted.lifetime_minutes is None else wanted.lifetime_minutes * 60
        if wanted.is_in_store:
            return asked_seconds or settings.in_store_session_seconds
        # Ignored unless Tamara's support has enabled it.
        if settings.honour_expires_in_minutes and asked_seconds is not None:
            return asked_seconds
        return settings.session_seconds

    def _deep_link(self, request: web.Request, order: Order) -> dict[str, Any]:
        return {
            "order_id": order.order_id,
            "checkout_id": order.checkout_id,
            "checkout_deeplink": self._url(request, order),
        }

    def _url(self, request: web.Request, order: Order) -> str:
        query = urlencode({"locale": order.checkout.locale, "orderId": order.order_id})
        return f"{self._public_url.of(request)}{PAGE}/{order.checkout_id}?{query}"
