"""What a page is told when it gets no status: a stable code, and a sentence for its developer."""

import math
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from payment_orchestrator.adapters.status_metrics import StatusResult


class Problem(BaseModel):
    """`code` is stable, `message` is for people."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str


class Refused(Exception):
    """A request that is answered without a status."""

    def __init__(
        self,
        status: int,
        problem: Problem,
        *,
        result: StatusResult,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(problem.message)
        self.status = status
        self.problem = problem
        self.result = result
        self.retry_after_seconds = retry_after_seconds


def unauthorized() -> Refused:
    """The same words for every reason: they must not tell which orders there are."""
    problem = Problem(
        code="unauthorized",
        message="send the order's status_token: Authorization: Bearer TOKEN",
    )
    return Refused(401, problem, result=StatusResult.UNAUTHORIZED)


def invalid_query(message: str) -> Refused:
    problem = Problem(code="invalid_query", message=message)
    return Refused(400, problem, result=StatusResult.INVALID_QUERY)


def too_many_requests(retry_after_seconds: float) -> Refused:
    problem = Problem(code="too_many_requests", message="ask less often, or use wait")
    return Refused(
        429,
        problem,
        result=StatusResult.TOO_MANY_REQUESTS,
        retry_after_seconds=retry_after_seconds,
    )


def unavailable() -> Refused:
    problem = Problem(code="unavailable", message="not at the moment; ask again")
    return Refused(503, problem, result=StatusResult.UNAVAILABLE, retry_after_seconds=2)


def not_configured() -> Refused:
    problem = Problem(
        code="not_configured",
        message="no tokens are given out here; the operator sets PAYMENTS_STATUS_TOKEN_KEYS",
    )
    return Refused(503, problem, result=StatusResult.UNAVAILABLE)


def internal_error() -> Refused:
    problem = Problem(code="internal_error", message="this is our mistake; ask again later")
    return Refused(500, problem, result=StatusResult.INTERNAL_ERROR)


def response_to(refused: Refused) -> web.Response:
    response = _response(refused.status, refused.problem)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refused.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(refused.retry_after_seconds)))
    return response


def plain_response(status: int) -> web.Response:
    """For what HTTP itself forbids: no such path, wrong method, not well-formed."""
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    return _response(status, Problem(code=code, message=phrase.lower()))


def _response(status: int, problem: Problem) -> web.Response:
    return web.Response(
        status=status, body=problem.model_dump_json().encode(), content_type="application/json"
    )
