"""Around every request: its id, the gauge of requests in flight, and errors made into answers."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import Gauge

from payments_common.errors import PaymentsError
from payments_common.references import NewId
from payments_common.telemetry.logs import get_logger
from webhook_ingress.responses import (
    answer_to,
    error_response,
    http_error_response,
    internal_error_response,
)
from webhook_ingress.token_bucket import TokenBuckets

REQUEST_ID = web.RequestKey("request_id", str)


class Draining:
    """Set when the service stops: from then on every answer asks its client to go elsewhere."""

    def __init__(self) -> None:
        self.started = False


def answer_every_request(
    *,
    new_id: NewId,
    in_flight: Gauge,
    draining: Draining,
    retry_after_seconds: float,
    log_budget: TokenBuckets,
) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = new_id()
        request[REQUEST_ID] = request_id
        in_flight.inc()
        try:
            response = await handler(request)
        except PaymentsError as error:
            if answer_to(error).status >= 500 and log_budget.take(error.code):
                get_logger().error("not stored", request_id=request_id, exc_info=error)
            response = error_response(error, retry_after_seconds=retry_after_seconds)
        except web.HTTPException as error:
            response = http_error_response(error)
        except Exception as error:  # noqa: BLE001 the last net: a bug is never a 200
            if log_budget.take(PaymentsError.code):
                get_logger().error("request failed", request_id=request_id, exc_info=error)
            response = internal_error_response()
        finally:
            in_flight.dec()
        response.headers["X-Request-Id"] = request_id
        if draining.started:
            response.force_close()
        return response

    return middleware
