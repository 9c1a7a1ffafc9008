"""Idempotency-Key: the first answer again whatever the body, gateways/myfatoorah.md section 2.6."""

from collections.abc import Callable

from aiohttp import web

from gateway_sandbox.clock import after
from gateway_sandbox.myfatoorah.book import CachedAnswer
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, json_bytes
from gateway_sandbox.myfatoorah.merchants import Merchant

HEADER = "Idempotency-Key"


class FirstAnswers:
    """Keeps the first answer to each key, refusals too, for accounts that have the feature."""

    def __init__(self, gateway: MyFatoorahGateway, http: MyFatoorahHttp) -> None:
        self._gateway = gateway
        self._http = http

    def once(
        self, request: web.Request, merchant: Merchant, make: Callable[[], web.Response]
    ) -> web.Response:
        """What `make` gives, or gave when the key was new; raises MyFatoorahError without one."""
        key = request.headers.get(HEADER, "")
        if not (key and merchant.supports_idempotency):
            return make()
        place, now = (merchant.api_key, key), self._gateway.clock.now()
        known = self._gateway.book.answers.get(place)
        if known is not None and now < known.until:
            return json_bytes(known.body, status=known.status)
        try:
            response = make()
        except MyFatoorahError as error:
            response = self._http.refusal(error, request)
        until = after(now, self._gateway.settings.idempotency_seconds)
        sent = response.body if isinstance(response.body, bytes) else b""
        self._gateway.book.answers[place] = CachedAnswer(until, response.status, sent)
        return response
