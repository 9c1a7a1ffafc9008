"""JSON in without floats, JSON out as gateways write it."""

import json
from decimal import Decimal
from typing import Any


class InvalidBodyError(ValueError):
    """The bytes are no JSON object."""


def load_object(body: bytes) -> dict[str, Any]:
    """A JSON object with every fraction as Decimal; raises InvalidBodyError."""
    try:
        document = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidBodyError("the body is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidBodyError("the body is not a JSON object")
    return document


def dump(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_foreign_number)
    # Unpaired surrogates can come in by escapes; they must not fail the answer.
    return text.encode("utf-8", "backslashreplace")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _foreign_number(value: object) -> float:
    # Only fractions in the caller's free-form data (meta, attachment) get here, no amounts.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
