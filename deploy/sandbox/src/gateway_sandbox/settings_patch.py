"""Changing a frozen settings dataclass from JSON, with each value checked against its type."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from gateway_sandbox.errors import InvalidControlRequestError

# Far enough for any wait, and no time that far from now overflows a date.
MAXIMUM_NUMBER = 10**10
# Metadata of a field whose numbers may be negative as well.
SIGNED = {"signed": True}
SettingsType = TypeVar("SettingsType")


def patched(settings: SettingsType, patch: Mapping[str, Any]) -> SettingsType:
    """The settings with the patch applied; raises InvalidControlRequestError naming the field."""
    hints = get_type_hints(type(settings))
    known = {field.name: field for field in fields(settings)}  # type: ignore[arg-type]
    unknown = sorted(set(patch) - set(known))
    if unknown:
        raise InvalidControlRequestError(f"unknown settings {unknown}; known are {sorted(known)}")
    values = {}
    for name, value in patch.items():
        minimum = -MAXIMUM_NUMBER if known[name].metadata.get("signed") else 0
        values[name] = _checked(name, hints[name], value, minimum=minimum)
    return replace(settings, **values)  # type: ignore[type-var]


def as_document(settings: Any) -> dict[str, Any]:
    """All fields as JSON values."""
    return {name: _jsonable(value) for name, value in asdict(settings).items()}


def _jsonable(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _checked(name: str, expected: Any, value: Any, *, minimum: int = 0) -> Any:
    origin = get_origin(expected)
    if origin is Literal:
        return _one_of(name, get_args(expected), value)
    if origin is tuple:
        return _tuple_of(name, get_args(expected)[0], value)
    if origin is not None:
        return None if value is None else _checked(name, _not_none(expected), value)
    if expected is float and type(value) in (int, Decimal):
        value = float(value)
    if type(value) is not expected:
        raise InvalidControlRequestError(f"{name} must be {expected.__name__}, got {value!r}")
    if isinstance(value, int | float) and not minimum <= value <= MAXIMUM_NUMBER:
        limits = f"{minimum} to {MAXIMUM_NUMBER}"
        raise InvalidControlRequestError(f"{name} must be {limits}, got {value!r}")
    return value


def _one_of(name: str, choices: tuple[Any, ...], value: Any) -> Any:
    if value not in choices:
        raise InvalidControlRequestError(f"{name} must be one of {list(choices)}, got {value!r}")
    return value


def _tuple_of(name: str, member: Any, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidControlRequestError(f"{name} must be a list, got {value!r}")
    return tuple(_checked(name, member, item) for item in value)


def _not_none(expected: Any) -> Any:
    return next(choice for choice in get_args(expected) if choice is not NoneType)
