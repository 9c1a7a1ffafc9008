"""The endpoints: from an HTTP request to a delivery, and from a result to an answer."""

from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from payments_common.clock import Clock
from payments_common.errors import PaymentsError, Refusal, UnknownAccount
from payments_common.gateways.port import WebhookDelivery
from webhook_ingress.endpoints import Endpoint
from webhook_ingress.metrics import ACCEPTED, UNKNOWN_ACCOUNT, IngressMetrics
from webhook_ingress.middleware import REQUEST_ID
from webhook_ingress.receive_webhook import ReceiveWebhook
from webhook_ingress.refused import RefusalRecorder, Refused
from webhook_ingress.request_body import BodyLimits, check_headers, read_body
from webhook_ingress.responses import accepted_response


class WebhookRoute:
    """`POST /webhooks/{account}`: checks in the order of their cost, the raw bytes kept as sent."""

    def __init__(
        self,
        *,
        endpoints: Mapping[str, Endpoint],
        receive: ReceiveWebhook,
        refusals: RefusalRecorder,
        metrics: IngressMetrics,
        limits: BodyLimits,
        clock: Clock,
    ) -> None:
        self._endpoints = endpoints
        self._receive = receive
        self._refusals = refusals
        self._metrics = metrics
        self._limits = limits
        self._clock = clock

    async def handle(self, request: web.Request) -> web.Response:
        # A gateway may add its query to our URL without a question mark (gateways/tamara.md 5.2).
        account, _, joined = request.match_info["account"].partition("&")
        endpoint = self._endpoints.get(account)
        if endpoint is None:
            # Only counted: whoever invents names must not fill anything.
            self._metrics.received.labels(UNKNOWN_ACCOUNT, UnknownAccount.code).inc()
            raise UnknownAccount("no such account")
        outcome = PaymentsError.code
        try:
            await self._deliver(request, endpoint, joined)
            outcome = ACCEPTED
        except PaymentsError as error:
            outcome = error.code
            raise
        finally:
            self._metrics.received.labels(endpoint.account, outcome).inc()
        return accepted_response()

    async def _deliver(self, request: web.Request, endpoint: Endpoint, joined: str) -> None:
        # Stamped before the body is read and before any queue, so that a replay window survives.
        received_at = self._clock.now()
        headers = [(_text(name).lower(), _text(value)) for name, value in request.raw_headers]
        query = "&".join(part for part in (joined, request.rel_url.raw_query_string) if part)
        delivery_id = request[REQUEST_ID]
        try:
            check_headers(request, self._limits)
            body = await read_body(request, self._limits)
        except Refusal as refusal:
            unread = WebhookDelivery(b"", headers, query, received_at)
            self._refusals.record(Refused(endpoint, unread, refusal, delivery_id))
            raise
        delivery = WebhookDelivery(body, headers, query, received_at)
        matched = await self._receive(endpoint, delivery, delivery_id=delivery_id)
        if matched is not None:
            gauge = self._metrics.secret_matched.labels(endpoint.account, matched)
            gauge.set(received_at.timestamp())


def add_routes(
    app: web.Application,
    *,
    webhooks: WebhookRoute,
    metrics: IngressMetrics,
    is_ready: Callable[[], bool],
) -> None:
    async def healthy(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_request: web.Request) -> web.Response:
        if is_ready():
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "not_ready"}, status=503)

    app.router.add_post("/webhooks/{account}", webhooks.handle)
    app.router.add_get("/healthz", healthy)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", make_aiohttp_handler(metrics.registry))


def _text(raw: bytes) -> str:
    """What a sender's bytes say, without loss and without surrogates that JSON cannot carry."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
