"""Reading a gateway's answer: what can't be read is an unknown outcome, never a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import BaseModel

from payments_common.errors import InvalidMessage, InvalidMoney, OutcomeUnknown
from payments_common.gateways.transport import ASK_FIRST, Answer
from payments_common.schemas.envelope import parse

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], answer: Answer, operation: str) -> Model:
    """Raises OutcomeUnknown where the answer is not what the gateway documents."""
    with reading(operation):
        return parse(model, answer.body, f"answer to {operation}")


@contextmanager
def reading(operation: str) -> Iterator[None]:
    """Bad data in an answer is not the sender's fault, so it must not look like a refusal.

    Raises OutcomeUnknown: the gateway has done something, and what it says of it can't be read.
    """
    try:
        yield
    except (InvalidMessage, InvalidMoney) as error:
        raise OutcomeUnknown(
            f"{operation} was answered, but the answer can't be read: {error}; {ASK_FIRST}"
        ) from error


def not_the_gateway(gateway: str, answer: Answer, operation: str) -> OutcomeUnknown:
    """The error for an answer of something in between, such as a firewall's page."""
    return OutcomeUnknown(
        f"{operation} was answered {answer.status}, but not by {gateway} (is base_url right?); "
        f"{ASK_FIRST}"
    )
