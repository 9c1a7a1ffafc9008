"""What an answer of Tamara's means: facts, a decline, a refusal or nothing certain."""

import re

from payments_common.errors import GatewayRefusal
from payments_common.gateways.port import Declined
from payments_common.gateways.reading import not_the_gateway
from payments_common.gateways.redaction import without_personal_data
from payments_common.gateways.tamara.wire import TamaraError
from payments_common.gateways.transport import Answer

ALREADY_REGISTERED = "webhook_already_registered"
# gateways/tamara.md section 7: wrong credentials or an unknown order, never the order's state.
_OF_OUR_REQUEST = frozenset({401, 403, 404})
_BAD_TOKEN = 406
_WORDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "unprocessable",
}
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_LIMITS = "total_amount_invalid_limit"
_NOT_DELIVERED = "not_supported_delivery_country"
_OF_CONSUMER = "consumer_"
_WRONG_DATA = ("consumer_invalid", "consumer_empty")
_MERCHANT_NOT_FOUND = "merchant is not found"


def accepted(answer: Answer, operation: str) -> Answer:
    """The answer itself where it is 2xx.

    Raises GatewayRefusal where Tamara found our request wrong, OutcomeUnknown where something
    between us and Tamara answered, such as a firewall's page.
    """
    if answer.status < 300:
        return answer
    error = error_in(answer)
    if error is None:
        raise not_the_gateway("Tamara", answer, operation)
    if _is_merchant_not_found(answer, error):
        raise GatewayRefusal(
            f"Tamara refuses {operation}: it knows no merchant by this token; api_token and "
            "base_url belong to different environments, sandbox and production",
            status=answer.status,
            code="merchant_not_found",
            is_of_access=True,
        )
    code, words = code_of(answer, error), without_personal_data(error.message)
    raise GatewayRefusal(
        f"Tamara refuses {operation}: {answer.status} {code} {words}".rstrip(),
        status=answer.status,
        code=code,
        is_of_access=answer.status == _BAD_TOKEN,
    )


def decline_in(answer: Answer) -> Declined | None:
    """Tamara's no to a money move, which may be about one that was done already; else None."""
    error = error_in(answer)
    if error is None or answer.status in _OF_OUR_REQUEST:
        return None
    return _declined(answer, error)


def session_decline_in(answer: Answer) -> Declined | None:
    """Tamara's no to this customer, amount or country; None for a request that is wrong."""
    error = error_in(answer)
    if error is None or answer.status in _OF_OUR_REQUEST:
        return None
    code = code_of(answer, error)
    of_consumer = code.startswith(_OF_CONSUMER) and not code.startswith(_WRONG_DATA)
    if code.startswith(_LIMITS) or code == _NOT_DELIVERED or of_consumer:
        return _declined(answer, error)
    return None


def is_not_found(answer: Answer) -> bool:
    """Tamara's own 404, about an order or a webhook and not about our token."""
    error = error_in(answer)
    return answer.status == 404 and error is not None and not _is_merchant_not_found(answer, error)


def registered_as(answer: Answer) -> str | None:
    """The id of the webhook that is registered already, "" where untold; else None."""
    error = error_in(answer)
    if error is None or code_of(answer, error) != ALREADY_REGISTERED:
        return None
    data = error.errors[0].data if error.errors else None
    return data.webhook_id if data else ""


def lists_nothing(answer: Answer) -> bool:
    """Whether this address is none of Tamara's, rather than our token none of its merchants'."""
    error = error_in(answer)
    is_merchant_not_found = error is not None and _is_merchant_not_found(answer, error)
    return answer.status in {404, 405} and not is_merchant_not_found


def error_in(answer: Answer) -> TamaraError | None:
    """Tamara's error envelope, in which the errors may be missing; None for anything else."""
    body = answer.body
    if answer.status < 300 or not isinstance(body, dict) or not {"message", "errors"} & body.keys():
        return None
    try:
        return TamaraError.model_validate(body)
    except ValueError:
        return None


def code_of(answer: Answer, error: TamaraError) -> str:
    """The first error's code, else a message that is a code, else a word for the status."""
    told = (error.errors[0].error_code if error.errors else "", error.message)
    known = (each for each in told if _CODE.fullmatch(each))
    return next(known, _WORDS.get(answer.status, f"http_{answer.status}"))


def _declined(answer: Answer, error: TamaraError) -> Declined:
    code = code_of(answer, error)
    return Declined(code=code, message=without_personal_data(error.message) or code)


def _is_merchant_not_found(answer: Answer, error: TamaraError) -> bool:
    return answer.status == 404 and _MERCHANT_NOT_FOUND in error.message.lower()
