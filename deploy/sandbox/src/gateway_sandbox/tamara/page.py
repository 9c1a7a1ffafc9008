"""The hosted page on which a customer pays, is declined or goes back; works without JavaScript."""

from typing import Any

from aiohttp import web

from gateway_sandbox.amounts import format_fixed, split_evenly
from gateway_sandbox.errors import ActionRefusedError
from gateway_sandbox.pages import Pages
from gateway_sandbox.tamara.actions import TamaraActions
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.order import Order, TamaraStatus
from gateway_sandbox.tamara.return_urls import return_url
from gateway_sandbox.tamara.test_data import one_time_password

_WRONG_CODE = "That code is not right. It is shown above the field."
_OUTCOMES = {TamaraStatus.DECLINED: "declined", TamaraStatus.EXPIRED: "expired"}


class HostedPage:
    """GET shows the session, POST acts and sends the customer back to the shop by 303."""

    def __init__(self, gateway: TamaraGateway, actions: TamaraActions, *, pages: Pages) -> None:
        self._gateway = gateway
        self._actions = actions
        self._pages = pages

    async def show(self, request: web.Request) -> web.Response:
        """GET /tamara/checkout/{checkout_id}."""
        return self._page(self._order(request))

    async def act(self, request: web.Request) -> web.Response:
        """POST /tamara/checkout/{checkout_id} with action pay, decline or cancel."""
        order = self._order(request)
        form = await request.post()
        action = str(form.get("action", ""))
        code = str(form.get("otp", "")).strip()
        if action == "pay" and code != one_time_password(order.checkout_id):
            return self._page(order, status=422, problem=_WRONG_CODE)
        try:
            order = self._perform(self._gateway.book.orders[order.order_id], action)
        except ActionRefusedError:
            return self._page(self._gateway.book.orders[order.order_id], status=409)
        outcome = "canceled" if action == "cancel" else self._outcome(order) or "approved"
        location = return_url(order, outcome, self._gateway.settings)
        if location is None:
            return self._page(order)
        return web.Response(status=303, headers={"Location": location})

    def _order(self, request: web.Request) -> Order:
        order = self._gateway.book.order_of_checkout(request.match_info["checkout_id"])
        if order is None:
            page = self._pages.render("tamara_unknown.html", {})
            raise web.HTTPNotFound(text=page, content_type="text/html")
        return order

    def _perform(self, order: Order, action: str) -> Order:
        match action:
            case "pay":
                return self._actions.pay(order)
            case "decline":
                return self._actions.decline(order)
            case "cancel":
                return self._actions.cancel(order)
            case _:
                raise web.HTTPBadRequest(text="action must be pay, decline or cancel")

    def _outcome(self, order: Order) -> str | None:
        if order.status == TamaraStatus.NEW:
            return None
        return _OUTCOMES.get(order.status, "approved")

    def _page(self, order: Order, *, status: int = 200, problem: str | None = None) -> web.Response:
        context = self._context(order) | {"problem": problem}
        text = self._pages.render("tamara_checkout.html", context)
        return self._pages.response(text, status=status)

    def _context(self, order: Order) -> dict[str, Any]:
        checkout, outcome = order.checkout, self._outcome(order)
        url = return_url(order, outcome, self._gateway.settings) if outcome else None
        is_link = url is not None and url.startswith(("http://", "https://"))
        parts = split_evenly(order.total_minor, checkout.instalments)
        return {
            "order": order,
            "checkout": checkout,
            "amount": format_fixed(order.total_minor, order.currency),
            "items": [
                {"item": item, "total": format_fixed(item.total_minor, order.currency)}
                for item in checkout.items
            ],
            "instalments": [format_fixed(part, order.currency) for part in parts],
            "code": one_time_password(order.checkout_id),
            "outcome": outcome,
            "return_url": url if is_link else None,
        }
