"""How Tamara's answers look on the wire, and the intercepted wrapping of its operations."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gateway_sandbox.interception import Handler, Identity
from gateway_sandbox.strict_body import InvalidBodyError, dump, load_object
from gateway_sandbox.tamara.errors import TamaraError
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.merchants import Merchant
from gateway_sandbox.tamara.order import Order
from gateway_sandbox.tamara.tampering import tampered

Answer = Callable[[web.Request], Awaitable[Any]]
_ORDER_MAKERS = frozenset({"checkout", "in_store_session", "in_store_qr"})


class TamaraHttp:
    """Tamara's side of HTTP: answers, errors, authentication, limits, whom a request is about."""

    name = TamaraGateway.name

    def __init__(self, gateway: TamaraGateway) -> None:
        self._gateway = gateway
        self.tamper = tampered

    def answering(self, answer: Answer) -> Handler:
        """A handler from a function that gives JSON, or None for no body, or raises TamaraError."""

        async def handler(request: web.Request) -> web.Response:
            try:
                document = await answer(request)
            except TamaraError as error:
                return self.json(error.document(), status=error.status)
            is_post = request.method == "POST"
            status = self._gateway.settings.success_status if is_post else 200
            return self.json(document, status=status)

        return handler

    def json(self, document: Any, *, status: int = 200) -> web.Response:
        """A JSON answer."""
        body = b"" if document is None else dump(document)
        return web.Response(body=body, status=status, content_type="application/json")

    def authenticate(self, request: web.Request) -> Merchant:
        """The merchant of the API token; raises TamaraError."""
        return self._gateway.merchants.authenticate(
            request.headers.get("Authorization"), self._gateway.settings.bad_token_status
        )

    def order(self, request: web.Request) -> Order:
        """The caller's order of the path; raises TamaraError."""
        merchant = self.authenticate(request)
        return self._gateway.book.order_of(merchant, request.match_info["order_id"])

    def identify(self, operation: str, request: web.Request, body: bytes) -> Identity:
        """Which order and references a request is about, as far as it can be told."""
        document = _object(body)
        if operation in _ORDER_MAKERS:
            reference_id = _text(document, "order_reference_id")
            return Identity(None, reference_id, reference_id)
        order_id = request.match_info.get("order_id") or request.query.get("order_id")
        if order_id is None:
            order_id = _text(document, "order_id") or None
        order = self._gateway.book.orders.get(order_id or "")
        named = request.match_info.get("order_reference_id", "")
        reference_id = named if order is None else order.reference_id
        own = ""
        if operation == "refund":
            own = _text(document, "merchant_refund_id")
        elif operation == "update_reference":
            own = _text(document, "order_reference_id")
        return Identity(order_id, own or reference_id, reference_id)

    def limit(self, operation: str, request: web.Request) -> web.Response | None:  # noqa: ARG002 - all operations share one limit
        """429 once the token has used up its second, if limits are enforced."""
        settings = self._gateway.settings
        if not settings.enforce_rate_limits:
            return None
        key = request.headers.get("Authorization", "")
        limit, now = settings.requests_per_second, self._gateway.clock.now()
        if self._gateway.limiter.admits(key, now, limit=limit, window_seconds=1):
            return None
        return self.too_many_requests()

    def too_many_requests(self) -> web.Response:
        """Tamara's 429; its body is undocumented."""
        return self.json({"message": "Too many requests", "errors": []}, status=429)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return load_object(body)
    except InvalidBodyError:
        return {}


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
