"""The hosted page on which a customer pays, declines or goes back; works without JavaScript."""

from typing import Any

from aiohttp import web

from gateway_sandbox.amounts import format_fixed
from gateway_sandbox.errors import ActionRefusedError
from gateway_sandbox.pages import Pages
from gateway_sandbox.redirects import with_query
from gateway_sandbox.tabby.actions import TabbyActions
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.payment import Payment, Session, TabbyStatus
from gateway_sandbox.tabby.session_document import instalments
from gateway_sandbox.tabby.test_data import ONE_TIME_PASSWORD

_WRONG_CODE = "That code is not right. In this sandbox it is always 8888."
_OUTCOMES = {
    TabbyStatus.AUTHORIZED: "approved",
    TabbyStatus.CLOSED: "approved",
    TabbyStatus.REJECTED: "declined",
    TabbyStatus.EXPIRED: "expired",
}
_RETURN_NAMES = {"approved": "success", "declined": "failure"}


class HostedPage:
    """GET shows the session, POST acts and sends the customer back to the shop by 303."""

    def __init__(self, gateway: TabbyGateway, actions: TabbyActions, *, pages: Pages) -> None:
        self._gateway = gateway
        self._actions = actions
        self._pages = pages

    async def show(self, request: web.Request) -> web.Response:
        """GET /tabby/checkout?sessionId=..."""
        session, payment = self._session(request.query.get("sessionId", ""))
        return self._page(session, payment)

    async def act(self, request: web.Request) -> web.Response:
        """POST /tabby/checkout/{session_id} with action pay, decline or cancel."""
        session, payment = self._session(request.match_info["session_id"])
        form = await request.post()
        action = str(form.get("action", ""))
        if action == "pay" and str(form.get("otp", "")).strip() != ONE_TIME_PASSWORD:
            return self._page(session, payment, status=422, problem=_WRONG_CODE)
        try:
            payment = self._perform(payment, action)
        except ActionRefusedError:
            return self._page(session, self._gateway.book.payments[payment.payment_id], status=409)
        return self._return(session, payment, action)

    def _session(self, session_id: str) -> tuple[Session, Payment]:
        session = self._gateway.book.sessions.get(session_id)
        if session is None:
            page = self._pages.render("tabby_unknown.html", {})
            raise web.HTTPNotFound(text=page, content_type="text/html")
        return session, self._gateway.book.payments[session.payment_id]

    def _perform(self, payment: Payment, action: str) -> Payment:
        match action:
            case "pay":
                return self._actions.pay(payment)
            case "decline":
                return self._actions.decline(payment)
            case "cancel":
                return self._actions.cancel(payment)
            case _:
                raise web.HTTPBadRequest(text="action must be pay, decline or cancel")

    def _outcome(self, session: Session, payment: Payment) -> str | None:
        if session.rejection_reason is not None:
            return "not_available"
        if payment.status == TabbyStatus.CREATED:
            return "expired" if self._actions.is_over(session) else None
        return _OUTCOMES[payment.status]

    def _return(self, session: Session, payment: Payment, action: str) -> web.Response:
        name = "cancel" if action == "cancel" else "success"
        if payment.status == TabbyStatus.REJECTED:
            name = "failure"
        url = session.merchant_urls.get(name)
        if url is None:
            return self._page(session, payment)
        location = with_query(url, "payment_id", payment.payment_id)
        return web.Response(status=303, headers={"Location": location})

    def _page(
        self, session: Session, payment: Payment, *, status: int = 200, problem: str | None = None
    ) -> web.Response:
        text = self._pages.render(
            "tabby_checkout.html", self._context(session, payment) | {"problem": problem}
        )
        return self._pages.response(text, status=status)

    def _context(self, session: Session, payment: Payment) -> dict[str, Any]:
        order = payment.request.get("order") or {}
        outcome = self._outcome(session, payment)
        url = session.merchant_urls.get(_RETURN_NAMES.get(outcome or "", "cancel"), "")
        is_link = url.startswith(("http://", "https://"))
        return {
            "session": session,
            "payment": payment,
            "amount": format_fixed(payment.amount_minor, payment.currency),
            "items": order.get("items") or [],
            "instalments": [
                {"due": due, "amount": format_fixed(part, payment.currency)}
                for due, part in instalments(payment)
            ],
            "outcome": outcome,
            "return_url": with_query(url, "payment_id", payment.payment_id) if is_link else None,
        }
