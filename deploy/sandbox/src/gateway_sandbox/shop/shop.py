"""A small shop whose pages show the right way to receive a customer who comes back.

It stands for the calling service's front end: it holds no key, believes no address, and learns
how a payment stands from the status API alone, in the browser (static/shop.js).
"""

from aiohttp import web

from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.pages import Pages
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.shop.orders import ShopOrder, ShopOrders, parse_order
from gateway_sandbox.shop.texts import DIRECTIONS, TEXTS
from gateway_sandbox.strict_body import InvalidBodyError, load_object

SHOWN_LIMIT = 200


class Shop:
    """Orders come in by POST; customers see them under /shop."""

    def __init__(self, orders: ShopOrders, *, pages: Pages, public_url: PublicUrl) -> None:
        self._orders = orders
        self._pages = pages
        self._public_url = public_url

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """All of /shop."""
        router.add_post("/shop/orders", self.register)
        router.add_get("/shop", self.list_orders)
        router.add_get("/shop/{order_reference}", self.show)
        router.add_get(
            "/shop/{order_reference}/return/{place:success|failure|cancel}", self.receive
        )

    async def register(self, request: web.Request) -> web.Response:
        """The calling service names an order, where it is paid and with what token it is asked for.

        A repeated order_reference takes the place of the old one, as after a new session.
        """
        try:
            order = parse_order(load_object(await request.read()))
        except InvalidBodyError as error:
            raise InvalidControlRequestError(str(error)) from error
        self._orders.put(order)
        url = f"{self._public_url.of(request)}/shop/{order.order_reference}"
        return web.json_response({"url": url}, status=201)

    async def list_orders(self, _request: web.Request) -> web.Response:
        """The newest first."""
        orders = self._orders.newest_first()
        context = {"orders": orders[:SHOWN_LIMIT], "total_count": len(orders)}
        return self._pages.response(self._pages.render("shop_orders.html", context))

    async def show(self, request: web.Request) -> web.Response:
        """What is bought, the way to pay for it, and how the payment stands."""
        return self._page("shop_order.html", self._order(request))

    async def receive(self, request: web.Request) -> web.Response:
        """The same page wherever the gateway says that the customer belongs."""
        return self._page("shop_return.html", self._order(request))

    def _order(self, request: web.Request) -> ShopOrder:
        order = self._orders.get(request.match_info["order_reference"])
        if order is None:
            page = self._pages.render("shop_unknown.html", {})
            raise web.HTTPNotFound(text=page, content_type="text/html")
        return order

    def _page(self, template: str, order: ShopOrder) -> web.Response:
        context = {
            "order": order,
            "text": TEXTS[order.language],
            "direction": DIRECTIONS[order.language],
        }
        answer = self._pages.response(self._pages.render(template, context))
        policy = f"default-src 'self'; connect-src {order.status_origin}; frame-ancestors 'none'"
        answer.headers["Content-Security-Policy"] = policy
        return answer
