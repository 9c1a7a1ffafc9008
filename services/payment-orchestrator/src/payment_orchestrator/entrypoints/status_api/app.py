"""The orchestrator's one port: the status API for pages, and what only its operators may see."""

from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry

from payment_orchestrator.entrypoints.status_api.api import StatusApi
from payment_orchestrator.entrypoints.status_api.problems import plain_response
from payments_common.process.listener import ConnectionLimits, Listener
from payments_common.process.status_server import Check, add_status_routes
from payments_common.telemetry.logs import get_logger

LARGEST_BODY_BYTES = 1024
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def create_app(
    api: StatusApi, *, checks: Mapping[str, Check], registry: CollectorRegistry
) -> web.Application:
    """A proxy lets the internet see `api` only; routes beside it are for the inside."""
    app = web.Application(client_max_size=LARGEST_BODY_BYTES, middlewares=[_in_our_form])
    app.router.add_routes(api.routes())
    add_status_routes(app, checks=checks, registry=registry)
    return app


def listener(app: web.Application, *, connections: int) -> Listener:
    """Whoever leaves ends what was done for them: a page that waits takes a place."""
    return Listener(
        app,
        limits=ConnectionLimits(
            connections=connections,
            keepalive_seconds=15.0,
            lingering_seconds=1.0,
            unread_answer_seconds=15.0,
            stop_seconds=5.0,
        ),
        on_refused=lambda: None,
        on_malformed=lambda error: get_logger().debug(
            "malformed_request", error_type=type(error).__name__
        ),
        malformed_response=plain_response,
        ends_with_client=True,
    )


@web.middleware
async def _in_our_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = plain_response(error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    response.headers.update(HEADERS)
    return response
