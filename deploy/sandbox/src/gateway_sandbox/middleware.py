"""What holds for every request: time has passed, errors have a form, pages are protected."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway_sandbox.errors import SandboxError
from gateway_sandbox.gateways import Gateways
from gateway_sandbox.pages import SECURITY_HEADERS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_logger = logging.getLogger(__name__)


def time_passes(gateways: Gateways) -> Middleware:
    """Lets gateways do what is due before they answer."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        gateways.run_due()
        return await handler(request)

    return middleware


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Unknown routes and bugs answer in plain text as gateways do; control errors in JSON."""
    try:
        return await handler(request)
    except SandboxError as error:
        return web.json_response({"error": str(error)}, status=error.status)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        if error.content_type == "text/html":
            raise
        return web.Response(status=404, text="404 page not found")
    except web.HTTPException:
        raise
    except Exception:
        _logger.exception("%s %s failed", request.method, request.path)
        return web.Response(status=500, text="Internal Server error")


async def protect_pages(_request: web.Request, response: web.StreamResponse) -> None:
    """Security headers on everything a browser may render; a page's own policy stays."""
    if response.content_type in {"text/html", "text/css", "text/javascript"}:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
