"""GET /v1/orders/{order_reference}: from an HTTP request to an order's status, and back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from payment_orchestrator.adapters.status_metrics import StatusMetrics, StatusResult
from payment_orchestrator.config import Settings
from payment_orchestrator.domain.public_status import PublicStatus
from payment_orchestrator.entrypoints.status_api import problems
from payment_orchestrator.entrypoints.status_api.cors import Cors
from payment_orchestrator.entrypoints.status_api.openapi import document
from payment_orchestrator.entrypoints.status_api.problems import Refused
from payment_orchestrator.entrypoints.status_api.query import read_query
from payment_orchestrator.entrypoints.status_api.rates import Rates, peer_of
from payment_orchestrator.handlers.read_status import ReadStatus
from payment_orchestrator.ports import StatusTokens
from payments_common.clock import Clock
from payments_common.errors import TryLater
from payments_common.telemetry.logs import get_logger

PATH = "/v1/orders/{order_reference}"
_BEARER = "bearer "


class StatusApi:
    """Says that it is unavailable until `serving`, and after it."""

    def __init__(self, settings: Settings, *, metrics: StatusMetrics, clock: Clock) -> None:
        self._cors = Cors(settings.allowed_origins())
        self._proxies = settings.proxy_networks()
        self._per_order = Rates(per_minute=settings.status_requests_per_order, clock=clock)
        self._per_peer = Rates(per_minute=settings.status_requests_per_peer, clock=clock)
        self._metrics = metrics
        self._clock = clock
        self._reading: tuple[ReadStatus, StatusTokens | None] | None = None

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get(PATH, self._status, allow_head=False),
            web.options(PATH, self._preflight),
            web.get("/openapi.json", self._document, allow_head=False),
        ]

    @asynccontextmanager
    async def serving(self, read: ReadStatus, tokens: StatusTokens | None) -> AsyncIterator[None]:
        """Without tokens it answers that it is not configured."""
        self._reading = (read, tokens)
        try:
            yield
        finally:
            self._reading = None

    async def _status(self, request: web.Request) -> web.Response:
        try:
            status = await self._answer(request)
            response = _respond(status)
            result = StatusResult.OK
        except asyncio.CancelledError:
            self._metrics.answered(StatusResult.GONE)
            raise
        except Refused as refused:
            response, result = problems.response_to(refused), refused.result
        self._cors.mark(request, response)
        self._metrics.answered(result)
        return response

    async def _answer(self, request: web.Request) -> PublicStatus:
        try:
            return await self._read(request)
        except Refused:
            raise
        except TryLater:
            raise problems.unavailable() from None
        except Exception:  # noqa: BLE001 - the last net: a bug never tells anything
            get_logger().exception("status_not_read")
            raise problems.internal_error() from None

    async def _read(self, request: web.Request) -> PublicStatus:
        """Whoever has no right to this order is told nothing else, not even what is wrong."""
        if self._reading is None:
            raise problems.unavailable()
        read, tokens = self._reading
        if tokens is None:
            raise problems.not_configured()
        forwarded_for = request.headers.getall("X-Forwarded-For", [])
        if peer := peer_of(request.remote, forwarded_for, self._proxies):
            _within(self._per_peer, peer)
        order_id = tokens.order_id(_token(request), now=self._clock.now())
        if order_id is None:
            raise problems.unauthorized()
        _within(self._per_order, order_id)
        asked = read_query(request)
        status = await read(order_id, request.match_info["order_reference"], asked)
        if status is None:
            raise problems.unauthorized()
        if status.refresh is not None:
            self._metrics.refreshed(status.refresh)
        return status

    async def _preflight(self, request: web.Request) -> web.Response:
        return self._cors.preflight(request)

    async def _document(self, request: web.Request) -> web.Response:
        response = web.json_response(document())
        self._cors.mark(request, response)
        return response


def _within(rates: Rates, key: str) -> None:
    wait_seconds = rates.refused_for_seconds(key)
    if wait_seconds is not None:
        raise problems.too_many_requests(wait_seconds)


def _token(request: web.Request) -> str:
    given = request.headers.getall("Authorization", [])
    if len(given) != 1 or not given[0].lower().startswith(_BEARER):
        raise problems.unauthorized()
    return given[0][len(_BEARER) :].strip()


def _respond(status: PublicStatus) -> web.Response:
    return web.Response(body=status.model_dump_json().encode(), content_type="application/json")
