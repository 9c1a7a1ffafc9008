"""The one table from error types to HTTP answers.

Outsiders get fixed words: which header was expected, or why the broker is away, is not theirs.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from payments_common import errors as common
from payments_common.errors import PaymentsError
from webhook_ingress import errors

_NOT_STORED = "the delivery was not stored; deliver it again later"
_NOT_AUTHENTIC = "the delivery is not authentic"
_INTERNAL = "the delivery could not be processed; deliver it again later"


@dataclass(frozen=True, slots=True)
class Answer:
    """`message` None means that the error's own words may be told to the sender."""

    status: int
    message: str | None = None
    retry: bool = False


_REFUSED = Answer(400)
_LATER = Answer(503, _NOT_STORED, retry=True)
_OURS = Answer(500, _INTERNAL)

ANSWERS: Mapping[type[PaymentsError], Answer] = {
    PaymentsError: _OURS,
    common.Refusal: _REFUSED,
    common.InvalidMessage: _REFUSED,
    common.InvalidMoney: _REFUSED,
    common.UnknownAccount: Answer(404, "no such account"),
    common.UnknownOrder: Answer(404, "no such order"),
    common.IdempotencyConflict: Answer(409),
    common.OperationRefused: Answer(409),
    common.WebhookRefused: Answer(401, _NOT_AUTHENTIC),
    common.TryLater: _LATER,
    common.LostRace: _LATER,
    common.StoreUnavailable: _LATER,
    common.BrokerUnavailable: _LATER,
    common.PublishUnknown: _LATER,
    # The topology is wrong, not the delivery: an operator mends it while the gateway repeats.
    common.Unroutable: _LATER,
    common.GatewayOutage: _LATER,
    common.NotSent: _LATER,
    common.Throttled: _LATER,
    common.BreakerOpen: _LATER,
    common.OutcomeUnknown: _LATER,
    common.GatewayRefusal: _OURS,
    common.Misconfigured: _OURS,
    errors.UnsupportedBody: Answer(415),
    errors.BodyTooLarge: Answer(413),
    errors.BodyTooSlow: Answer(408),
    errors.BodyBroken: _REFUSED,
    errors.SecretNotConfigured: Answer(
        503, "this account accepts no webhooks at present; deliver again later", retry=True
    ),
    errors.VerificationFailed: _OURS,
}

_LEAVES_BODY_UNREAD = frozenset({408, 413})


def answer_to(error: PaymentsError) -> Answer:
    return next(ANSWERS[each] for each in type(error).__mro__ if each in ANSWERS)


def error_response(error: PaymentsError, *, retry_after_seconds: float) -> web.Response:
    answer = answer_to(error)
    response = _json(answer.status, error.code, answer.message or str(error))
    if answer.retry:
        response.headers["Retry-After"] = str(math.ceil(retry_after_seconds))
    if answer.status in _LEAVES_BODY_UNREAD:
        response.force_close()
    return response


def http_error_response(error: web.HTTPException) -> web.Response:
    """Gives aiohttp's own refusals (no such path, wrong method) the form of ours."""
    status = HTTPStatus(error.status)
    response = _json(error.status, status.phrase.lower().replace(" ", "_"), status.phrase.lower())
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def internal_error_response() -> web.Response:
    return _json(500, PaymentsError.code, _INTERNAL)


def malformed_response(status: int) -> web.Response:
    return _json(status, "malformed_request", "this is not a well-formed HTTP request")


def accepted_response() -> web.Response:
    """The only 200 of the webhook endpoint: some gateways take no other status as received."""
    return web.Response(body=b'{"status":"accepted"}', content_type="application/json")


def _json(status: int, code: str, message: str) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps({"error": code, "message": message}).encode(),
        content_type="application/json",
    )
