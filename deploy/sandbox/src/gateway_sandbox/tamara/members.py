"""Members of a request's JSON objects, taken out with refusals that name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway_sandbox.strict_body import InvalidBodyError, load_object
from gateway_sandbox.tamara.errors import TamaraError, invalid

_EMPTY_BODIES = (b"", b"[]", b"null")


@dataclass(frozen=True, slots=True)
class Members:
    """One object and where it stands; strict ones miss no member that the documents require."""

    values: Mapping[str, Any]
    path: str = ""
    is_strict: bool = False

    def named(self, name: str) -> str:
        """The member's full name, for refusals."""
        return f"{self.path}.{name}" if self.path else name

    def missing(self, name: str) -> TamaraError:
        """The refusal of a request without this member."""
        return invalid(f"{self.named(name)} is required")

    def text(self, name: str, *, limit: int | None = None) -> str:
        """A member that is never missing or empty."""
        text = self.optional_text(name, limit=limit)
        if not text:
            raise self.missing(name)
        return text

    def documented_text(self, name: str, *, limit: int | None = None) -> str:
        """A member that the documents require, be it empty, and some callers leave out."""
        if self.is_strict and self.values.get(name) is None:
            raise self.missing(name)
        return self.optional_text(name, limit=limit)

    def optional_text(self, name: str, *, limit: int | None = None) -> str:
        """Text or a number as text; empty if missing or null."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise invalid(f"{self.named(name)} must be a string")
        text = str(value)
        if limit is not None and len(text) > limit:
            raise invalid(f"{self.named(name)} must not be longer than {limit} characters")
        return text

    def object(self, name: str) -> "Members":
        """An object that is never missing."""
        inner = self.optional_object(name)
        if inner is None:
            raise self.missing(name)
        return inner

    def optional_object(self, name: str) -> "Members | None":
        """An object, None if missing; PHP writes an empty one as []."""
        value = self.values.get(name)
        if value is None:
            return None
        if value == []:
            value = {}
        if not isinstance(value, Mapping):
            raise invalid(f"{self.named(name)} must be an object")
        return Members(value, self.named(name), self.is_strict)

    def objects(self, name: str) -> list["Members"]:
        """An array of objects, empty if missing."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise invalid(f"{self.named(name)} must be an array of objects")
        path = self.named(name)
        return [
            Members(item, f"{path}[{position}]", self.is_strict)
            for position, item in enumerate(value)
        ]

    def natural(self, name: str, lowest: int, highest: int) -> int | None:
        """An optional whole number within limits; numeric text will do."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        text = str(value)
        is_number = text.isascii() and text.isdigit() and len(text) <= 9
        if not is_number or not lowest <= int(text) <= highest:
            raise invalid(f"{self.named(name)} must be {lowest} to {highest}")
        return int(text)


def load_members(body: bytes, *, is_strict: bool = False) -> Members:
    """The members of a request's body, none if it is empty; raises TamaraError 400."""
    if body.strip() in _EMPTY_BODIES:
        return Members({}, is_strict=is_strict)
    try:
        return Members(load_object(body), is_strict=is_strict)
    except InvalidBodyError as error:
        raise invalid("The request body is not a JSON object") from error
