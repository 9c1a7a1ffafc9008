"""CloudEvents 1.0 around every message, as structured JSON, one or several at a time.

`type` names the model of `data` and carries its version: `capture_payment.v1`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from payments_common import strict_json
from payments_common.errors import InvalidMessage

CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
LARGEST_MESSAGE_BYTES = 1024 * 1024

Model = TypeVar("Model", bound=BaseModel)


class Envelope(BaseModel):
    """One message; `subject` is the order's id or reference, `sequence` counts its events."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=100)
    source: str = Field(min_length=1, max_length=200)
    time: AwareDatetime
    subject: str | None = Field(default=None, max_length=300)
    sequence: int | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]


def wrap(
    data: BaseModel,
    *,
    type_: str,
    id_: str,
    source: str,
    time: datetime,
    subject: str | None = None,
    sequence: int | None = None,
) -> Envelope:
    return Envelope(
        id=id_,
        type=type_,
        source=source,
        time=time,
        subject=subject,
        sequence=sequence,
        data=data.model_dump(mode="json", exclude_none=True),
    )


def encode(envelope: Envelope) -> bytes:
    return orjson.dumps(envelope.model_dump(mode="json", exclude_none=True))


def encode_batch(envelopes: Sequence[Envelope]) -> bytes:
    return orjson.dumps([each.model_dump(mode="json", exclude_none=True) for each in envelopes])


def decode(body: bytes, *, content_type: str | None) -> list[Envelope]:
    """Reads one envelope or a batch of them.

    Raises InvalidMessage that names the members that are wrong, never their values.
    """
    if len(body) > LARGEST_MESSAGE_BYTES:
        raise InvalidMessage(
            f"the message has {len(body)} bytes, more than {LARGEST_MESSAGE_BYTES}",
            code="message_too_large",
        )
    value = strict_json.loads(body)
    if content_type == BATCH_CONTENT_TYPE:
        if not isinstance(value, list):
            raise InvalidMessage("a batch of CloudEvents is a JSON array")
        return [parse(Envelope, each, "CloudEvent") for each in value]
    return [parse(Envelope, value, "CloudEvent")]


def parse(model: type[Model], value: object, what: str) -> Model:
    """Validates foreign data against a model, naming every member that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(_problem(each) for each in error.errors(include_url=False)[:10])
        raise InvalidMessage(f"the {what} is not valid: {problems}") from None


def _problem(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "it"
    return f"{place}: {error['msg']}"
