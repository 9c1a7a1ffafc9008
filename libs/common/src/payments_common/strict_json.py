"""JSON from strangers: what two parsers could read differently is refused.

The standard parser takes the last of duplicate keys, NaN, integers of any size and floats.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from payments_common.errors import InvalidMessage

LARGEST_INTEGER = 2**53
DEEPEST = 32
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
# UTF-8 itself carries no lone surrogate, only an escape can.
_ESCAPED = b"\\u"
_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(raw: bytes) -> Any:
    """Reads JSON; a number with a fraction becomes a Decimal, never a float.

    Raises InvalidMessage, code `invalid_json`, that says what is wrong and never repeats the body.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raise _invalid("it starts with a byte order mark")
    _check_depth(raw)
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise _invalid(f"it is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise _invalid(f"{error.msg} at character {error.pos}") from error
    if _ESCAPED in raw:
        _check_strings(value)
    return value


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise _invalid("a string has a lone surrogate")
    elif isinstance(value, list):
        for member in value:
            _check_strings(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_strings(key)
            _check_strings(member)


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    depth = 0
    for byte in _STRING.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise _invalid(f"it is nested deeper than {DEEPEST}")
        elif byte in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _invalid("an object names the same key twice")
    return members


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise _invalid("an integer is outside ±2^53")
    return int(text)


def _fraction(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _invalid("a number cannot be read") from error
    if len(text) > 40 or not number.is_finite() or abs(number.adjusted()) > 20:
        raise _invalid("a number is too long or too large")
    return number


def _constant(name: str) -> Any:
    raise _invalid(f"{name} is not JSON")


def _invalid(what: str) -> InvalidMessage:
    return InvalidMessage(f"the body is not strict JSON: {what}", code="invalid_json")
