"""How MyFatoorah's answers look on the wire, and the intercepted wrapping of its operations."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gateway_sandbox.interception import Handler, Identity
from gateway_sandbox.myfatoorah import errors
from gateway_sandbox.myfatoorah.decode_keys import decode_key
from gateway_sandbox.myfatoorah.errors import (
    BareError,
    EmptyBodyError,
    MyFatoorahError,
    refusal_body,
)
from gateway_sandbox.myfatoorah.fields import Fields, fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.merchants import Merchant, is_well_formed
from gateway_sandbox.strict_body import dump

Answer = Callable[[web.Request], Awaitable[Any]]
CREATING = frozenset({"send_payment", "execute_payment"})
REFUNDING = frozenset({"refund"})
READING_REFUNDS = frozenset({"get_refund_status"})
# Lists without an envelope answer wrong keys as ASP.NET does, and only they.
BARE_LISTS = frozenset({"get_banks", "get_currencies_exchange_list"})
# The only calls that are documented to have a limit (section 1).
LIMITED = frozenset({"get_payment_status", "get_payment"})
LIMIT_WINDOW_SECONDS = 60


class MyFatoorahHttp:
    """MyFatoorah's side of HTTP: answers, refusals, keys, limits, and who a request is about."""

    name = MyFatoorahGateway.name

    def __init__(self, gateway: MyFatoorahGateway) -> None:
        self._gateway = gateway
        self.tamper = gateway.tamper

    def answering(self, answer: Answer) -> Handler:
        """A handler from a function that gives JSON or raises MyFatoorahError."""

        async def handler(request: web.Request) -> web.Response:
            if self._gateway.settings.block_callers:
                return _html(errors.BLOCKED_PAGE, status=403)
            try:
                given = await answer(request)
            except MyFatoorahError as error:
                return self.refusal(error, request)
            return given if isinstance(given, web.Response) else json_answer(given)

        return handler

    def refusal(self, error: MyFatoorahError, request: web.Request) -> web.Response:
        """The refusal in the shape and with the status that are set; 401s are what they are."""
        if isinstance(error, EmptyBodyError):
            return web.Response(status=error.status)
        if isinstance(error, BareError):
            return json_answer({"Message": error.message}, status=error.status)
        settings = self._gateway.settings
        if error.status != 400:
            body = refusal_body(error, "validation_errors", str(request.url))
            return json_bytes(body, status=error.status)
        body = refusal_body(error, settings.error_shape, str(request.url))
        match settings.error_shape:
            case "html":
                return _html(body.decode(), status=403)
            case "routing":
                return json_bytes(body, status=404)
            case _:
                return json_bytes(body, status=settings.refusal_status)

    def authenticate(self, request: web.Request, operation: str) -> Merchant:
        """The merchant of the key; raises MyFatoorahError with the texts of section 7 no. 9."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise BareError(errors.DENIED, status=401)
        merchant = self._gateway.merchants.of(key)
        if merchant is None and not is_well_formed(key):
            if operation in BARE_LISTS:
                raise BareError(errors.DENIED, status=401)
            raise EmptyBodyError("", status=self._gateway.settings.malformed_key_status)
        if merchant is None or merchant.is_expired:
            raise MyFatoorahError(errors.INVALID_TOKEN, status=401)
        served = self._gateway.settings.served_countries
        if served and merchant.country not in served:
            raise MyFatoorahError(errors.NOT_AUTHORIZED, status=401)
        if merchant.permissions is not None and operation not in merchant.permissions:
            raise MyFatoorahError(errors.NO_PERMISSION, status=401)
        return merchant

    def identify(self, operation: str, request: web.Request, body: bytes) -> Identity:
        """Which payment and references a request is about, as far as it can be told."""
        try:
            fields = fields_of(body)
        except MyFatoorahError:
            # The library's GETs carry the JSON text "null": their path still says what they read.
            fields = Fields({})
        if operation in CREATING:
            own = fields.text("CustomerReference") or ""
            return Identity(None, own, own)
        if request.path.startswith("/v3/"):
            return self._identify_v3(request, fields)
        return self._identify_by_key(operation, request, fields)

    def limit(self, operation: str, request: web.Request) -> web.Response | None:
        """429 once the key has used up its window, if limits are enforced."""
        settings = self._gateway.settings
        if not settings.enforce_rate_limits or operation not in LIMITED:
            return None
        is_admitted = self._gateway.limiter.admits(
            request.headers.get("Authorization", ""),
            self._gateway.clock.now(),
            limit=settings.status_requests_per_minute,
            window_seconds=LIMIT_WINDOW_SECONDS,
        )
        return None if is_admitted else self.too_many_requests()

    def too_many_requests(self) -> web.Response:
        """A 429; MyFatoorah documents that there is a limit and nothing of its answer."""
        return web.Response(status=429, text=self._gateway.settings.rate_limit_body)

    def _identify_v3(self, request: web.Request, fields: Fields) -> Identity:
        order = fields.child("Order")
        names = request.match_info
        own = names.get("external_identifier", "")
        if order is not None:
            own = order.text("ExternalIdentifier") or ""
        book = self._gateway.book
        invoice = book.with_payment_id(names.get("payment_id", ""))
        invoice = invoice or book.with_ledger_id(names.get("invoice_id", ""))
        if invoice is None:
            return Identity(None, own, own)
        return Identity(invoice.payment_id, invoice.order_reference, invoice.order_reference)

    def _identify_by_key(self, operation: str, request: web.Request, fields: Fields) -> Identity:
        own = fields.text("ExternalIdentifier") or "" if operation in REFUNDING else ""
        key = decode_key(fields)
        _, _, api_key = request.headers.get("Authorization", "").partition(" ")
        merchant = self._gateway.merchants.of(api_key.strip())
        try:
            if merchant is None or not key.value:
                return Identity(None, own, "")
            if operation in READING_REFUNDS:
                invoice = self._gateway.book.refunds_of(merchant, key)[0][0]
            else:
                invoice = self._gateway.book.invoice_of(merchant, key)
        except MyFatoorahError:
            order = key.value if key.key_type == "customerreference" else ""
            return Identity(None, own or order, order)
        order = invoice.order_reference
        return Identity(invoice.payment_id, own or order, order)


def success(data: Any, message: str | None = "") -> dict[str, Any]:
    """The common envelope."""
    return {"IsSuccess": True, "Message": message, "ValidationErrors": None, "Data": data}


def json_answer(document: Any, *, status: int = 200) -> web.Response:
    """A JSON answer with exact numbers."""
    return json_bytes(dump(document), status=status)


def json_bytes(body: bytes, *, status: int) -> web.Response:
    """JSON as it is."""
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8")


def _html(text: str, *, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")
