"""JSON in without floats, JSON out as gateways write it."""

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

# Stands before an exact number's digits until they are bare; no caller can know it.
_EXACT = uuid4().hex
_EXACT_TEXT = re.compile(f'"{_EXACT}([^"]*)"')


class InvalidBodyError(ValueError):
    """The bytes are no JSON object."""


@dataclass(frozen=True, slots=True)
class ExactNumber:
    """A JSON number written with just these digits, for gateways whose amounts are numbers."""

    digits: str


def load_object(body: bytes) -> dict[str, Any]:
    """A JSON object with every fraction as Decimal; raises InvalidBodyError."""
    try:
        document = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise InvalidBodyError("the body is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidBodyError("the body is not a JSON object")
    return document


def dump(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_foreign_number)
    if _EXACT in text:
        text = _EXACT_TEXT.sub(r"\1", text)
    # Unpaired surrogates can come in by escapes; they must not fail the answer.
    return text.encode("utf-8", "backslashreplace")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _foreign_number(value: object) -> float | str:
    if isinstance(value, ExactNumber):
        return _EXACT + value.digits
    # Only fractions in the caller's free-form data (meta, attachment) get here, no amounts.
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
