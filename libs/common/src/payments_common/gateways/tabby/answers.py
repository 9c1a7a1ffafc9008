"""What an answer of Tabby's means: facts, a decline, a refusal or nothing certain."""

from payments_common.errors import GatewayRefusal
from payments_common.gateways.port import Declined
from payments_common.gateways.reading import not_the_gateway
from payments_common.gateways.redaction import without_personal_data
from payments_common.gateways.tabby.wire import TabbyError
from payments_common.gateways.transport import Answer

# gateways/tabby.md section 7, of which only the pairs that can follow a money move.
_DECLINING = {400: "bad_data", 403: "no_permission", 409: "conflict"}


def accepted(answer: Answer, operation: str) -> Answer:
    """The answer itself where it is 2xx.

    Raises GatewayRefusal where Tabby found our request wrong, OutcomeUnknown where something
    between us and Tabby answered, such as a firewall's page.
    """
    error = error_in(answer)
    if error is None and answer.status < 300:
        return answer
    if error is None:
        raise not_the_gateway("Tabby", answer, operation)
    words = without_personal_data(error.error)
    raise GatewayRefusal(
        f"Tabby refuses {operation}: {answer.status} {error.error_type} {words}".rstrip(),
        status=answer.status,
        code=error.error_type,
    )


def decline_in(answer: Answer) -> Declined | None:
    """Tabby's no to a capture, refund or close; None for any other answer."""
    error = error_in(answer)
    if error is None or _DECLINING.get(answer.status) != error.error_type:
        return None
    return Declined(code=error.error_type, message=without_personal_data(error.error))


def error_in(answer: Answer) -> TabbyError | None:
    """Tabby's error envelope, which listing webhooks may even show with status 200."""
    if not isinstance(answer.body, dict) or "errorType" not in answer.body:
        return None
    try:
        return TabbyError.model_validate(answer.body)
    except ValueError:
        return None
