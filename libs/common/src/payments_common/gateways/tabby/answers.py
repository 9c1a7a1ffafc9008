"""What an answer of Tabby's means: facts, a decline, a refusal or nothing certain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import BaseModel

from payments_common.errors import GatewayRefusal, InvalidMessage, InvalidMoney, OutcomeUnknown
from payments_common.gateways.port import Declined
from payments_common.gateways.redaction import without_personal_data
from payments_common.gateways.tabby.wire import TabbyError
from payments_common.gateways.transport import ASK_FIRST, Answer
from payments_common.schemas.envelope import parse

Model = TypeVar("Model", bound=BaseModel)

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
        raise OutcomeUnknown(
            f"{operation} was answered {answer.status}, but not by Tabby (is base_url right?); "
            f"{ASK_FIRST}"
        )
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


def read(model: type[Model], answer: Answer, operation: str) -> Model:
    """Raises OutcomeUnknown where the answer is not what Tabby documents."""
    with reading(operation):
        return parse(model, answer.body, f"answer to {operation}")


@contextmanager
def reading(operation: str) -> Iterator[None]:
    """Bad data in an answer is not the sender's fault, so it must not look like a refusal.

    Raises OutcomeUnknown: Tabby has done something, and what it says of it can't be read.
    """
    try:
        yield
    except (InvalidMessage, InvalidMoney) as error:
        raise OutcomeUnknown(
            f"{operation} was answered, but the answer can't be read: {error}; {ASK_FIRST}"
        ) from error
