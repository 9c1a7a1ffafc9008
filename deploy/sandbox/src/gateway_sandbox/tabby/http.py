"""How Tabby's answers look on the wire, and the intercepted wrapping of its operations."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gateway_sandbox.interception import Handler, Identity
from gateway_sandbox.strict_body import InvalidBodyError, dump, load_object
from gateway_sandbox.tabby import errors
from gateway_sandbox.tabby.errors import TabbyError, bad_data
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.merchants import Merchant

Answer = Callable[[web.Request], Awaitable[Any]]
UUID_PATTERN = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CHECKOUT = "checkout"


class TabbyHttp:
    """Tabby's side of HTTP: answers, errors, authentication, limits, and who a request is about."""

    name = TabbyGateway.name

    def __init__(self, gateway: TabbyGateway) -> None:
        self._gateway = gateway
        self.tamper = gateway.tamper

    def answering(self, answer: Answer) -> Handler:
        """A handler from a function that gives JSON or raises TabbyError."""

        async def handler(request: web.Request) -> web.Response:
            try:
                return self.json(await answer(request))
            except TabbyError as error:
                return self.json(error.document(), status=error.status)

        return handler

    def json(self, document: Any, *, status: int = 200) -> web.Response:
        """A JSON answer with the configured charset."""
        charset = None if self._gateway.settings.response_charset == "none" else "utf-8"
        return web.Response(
            body=dump(document), status=status, content_type="application/json", charset=charset
        )

    def authenticate(self, request: web.Request, *, is_write: bool) -> Merchant:
        """The merchant of the secret key; raises TabbyError."""
        header = request.headers.get("Authorization")
        return self._gateway.merchants.authenticate(header, accepts_public=False, is_write=is_write)

    def identify(self, operation: str, request: web.Request, body: bytes) -> Identity:
        """Which payment and references a request is about, as far as it can be told."""
        payment_id = request.match_info.get("payment_id")
        payment = self._gateway.book.payments.get(payment_id or "")
        order_reference = "" if payment is None else payment.reference_id
        own = _reference_in(operation, body)
        if operation == _CHECKOUT:
            return Identity(None, own, own)
        return Identity(payment_id, own or order_reference, order_reference)

    def limit(self, operation: str, request: web.Request) -> web.Response | None:
        """429 once the key has used up its window, if limits are enforced."""
        settings = self._gateway.settings
        if not settings.enforce_rate_limits:
            return None
        is_session = operation == _CHECKOUT
        key = f"{is_session}|{request.headers.get('Authorization', '')}"
        limit = settings.sessions_per_ten_seconds if is_session else settings.requests_per_second
        window_seconds = 10 if is_session else 1
        now = self._gateway.clock.now()
        if self._gateway.limiter.admits(key, now, limit=limit, window_seconds=window_seconds):
            return None
        return self.too_many_requests()

    def too_many_requests(self) -> web.Response:
        """Tabby's 429; its body is undocumented."""
        return web.Response(status=429, text=self._gateway.settings.rate_limit_body)


def payment_id_of(request: web.Request) -> str:
    """The payment id of the path; raises TabbyError 400 unless it is a UUID."""
    payment_id = request.match_info["payment_id"]
    if UUID_PATTERN.fullmatch(payment_id) is None:
        raise bad_data(errors.INVALID_PAYMENT_ID)
    return payment_id.lower()


def _reference_in(operation: str, body: bytes) -> str:
    try:
        document = load_object(body)
    except InvalidBodyError:
        return ""
    if operation == _CHECKOUT:
        document = _dictionary(_dictionary(document.get("payment")).get("order"))
    elif operation == "update":
        document = _dictionary(document.get("order"))
    reference_id = document.get("reference_id")
    return reference_id if isinstance(reference_id, str) else ""


def _dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
