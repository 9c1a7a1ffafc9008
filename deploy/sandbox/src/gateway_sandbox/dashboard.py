"""The gateways' dashboard: all payments with their ledgers, and what a merchant can do there."""

from aiohttp import web

from gateway_sandbox.amounts import format_fixed
from gateway_sandbox.errors import SandboxError
from gateway_sandbox.gateways import Gateways
from gateway_sandbox.ledger import Ledger, account_document
from gateway_sandbox.pages import Pages

SHOWN_LIMIT = 200
WITH_AMOUNT = ("capture", "refund")


class Dashboard:
    """GET lists, POST acts as the merchant's staff would."""

    def __init__(self, *, ledger: Ledger, gateways: Gateways, pages: Pages) -> None:
        self._ledger = ledger
        self._gateways = gateways
        self._pages = pages

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """All of /dashboard."""
        router.add_get("/dashboard", self.show)
        router.add_post("/dashboard/payments/{payment_id}/{action}", self.act)

    async def show(self, request: web.Request) -> web.Response:
        """The newest payments first."""
        return self._page(request.query.get("reference_id") or None)

    async def act(self, request: web.Request) -> web.Response:
        """What the gateway lets its merchants do; a refusal is shown on the page."""
        payment_id, action = request.match_info["payment_id"], request.match_info["action"]
        form = await request.post()
        amount = str(form.get("amount", "")).strip()
        try:
            plugin = self._gateways.owning(payment_id)
            if action not in {*WITH_AMOUNT, *plugin.buttons}:
                raise web.HTTPNotFound
            plugin.perform(payment_id, action, {"amount": amount} if amount else {})
        except SandboxError as error:
            return self._page(None, problem=str(error), status=error.status)
        return web.Response(status=303, headers={"Location": "/dashboard"})

    def _page(
        self, reference_id: str | None, *, problem: str | None = None, status: int = 200
    ) -> web.Response:
        accounts = self._ledger.accounts(reference_id=reference_id)
        shown = [account_document(item, []) for item in reversed(accounts[-SHOWN_LIMIT:])]
        context = {
            "payments": shown,
            "total_count": len(accounts),
            "reference_id": reference_id or "",
            "problem": problem,
            "format_amount": format_fixed,
            "with_amount": WITH_AMOUNT,
            "buttons": {plugin.name: plugin.buttons for plugin in self._gateways.plugins},
        }
        return self._pages.response(self._pages.render("dashboard.html", context), status=status)
