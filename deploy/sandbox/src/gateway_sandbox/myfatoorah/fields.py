"""Reads JSON members as ASP.NET binds them: names in any case, numbers and texts for one another.

What is wrong is collected, so that one answer names all of it (ValidationErrors).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway_sandbox.myfatoorah.errors import INVALID_DATA, FieldError, MyFatoorahError
from gateway_sandbox.myfatoorah.wire_amounts import as_decimal
from gateway_sandbox.strict_body import InvalidBodyError, load_object


class Fields:
    """The members of one JSON object; `problems` are shared with the objects inside it."""

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        prefix: str = "",
        problems: list[FieldError] | None = None,
    ) -> None:
        self._members = {name.lower(): value for name, value in document.items()}
        self._prefix = prefix
        self.problems: list[FieldError] = [] if problems is None else problems

    def refuse(self, name: str, text: str) -> None:
        """Note that a member is wrong."""
        self.refuse_as(f"{self._prefix}{name}", text)

    def refuse_as(self, name: str, text: str) -> None:
        """Note that something is wrong, under a name of its own."""
        problem = FieldError(name, text)
        if problem not in self.problems:
            self.problems.append(problem)

    def finish(self) -> None:
        """Raises MyFatoorahError if anything was wrong."""
        if self.problems:
            raise MyFatoorahError(INVALID_DATA, tuple(self.problems))

    def has(self, name: str) -> bool:
        """Whether the member is there, not null and not ""."""
        return self._given(name) is not None

    def text(self, name: str, *, maximum: int | None = None, required: bool = False) -> str | None:
        """A text or a number as text; "" counts as given but does not satisfy `required`."""
        value = self._members.get(name.lower())
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            self.refuse(name, f"{name} must be a text")
            return None
        if required and not (value or "").strip():
            self.refuse(name, f"{name} is required")
        if value is not None and maximum is not None and len(value) > maximum:
            self.refuse(name, f"The length of {name} must be between 0 and {maximum}")
        # Unpaired surrogates could not be shown on any page.
        return None if value is None else value.encode("utf-8", "replace").decode()

    def choice(
        self, name: str, choices: Mapping[str, str], *, required: bool = False
    ) -> str | None:
        """One of the words in any case; `choices` maps lower case to what it means."""
        value = self.text(name, required=required)
        if not value:
            return None
        if value.lower() not in choices:
            self.refuse(name, f"{name} is not valid")
        return choices.get(value.lower())

    def number(self, name: str, *, required: bool = False) -> Decimal | None:
        """A number or a decimal text."""
        if not self.has(name):
            if required:
                self.refuse(name, f"{name} is required")
            return None
        number = as_decimal(self._members[name.lower()])
        if number is None:
            self.refuse(name, f"{name} is not a valid number")
        return number

    def integer(self, name: str, *, required: bool = False) -> int | None:
        """A whole number."""
        number = self.number(name, required=required)
        if number is not None and number != number.to_integral_value():
            self.refuse(name, f"{name} must be a whole number")
            return None
        return None if number is None else int(number)

    def flag(self, name: str) -> bool | None:
        """true or false, also as text."""
        value = self._given(name)
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if value is not None and not isinstance(value, bool):
            self.refuse(name, f"{name} must be true or false")
            return None
        return value

    def child(self, name: str) -> "Fields | None":
        """An object inside this one."""
        value = self._given(name)
        if value is not None and not isinstance(value, dict):
            self.refuse(name, f"{name} must be an object")
            return None
        return None if value is None else self._inside(value, f"{name}.")

    def children(self, name: str) -> "list[Fields]":
        """The objects of an array."""
        found = self.array(name)
        if not all(isinstance(item, dict) for item in found):
            self.refuse(name, f"{name} must be an array of objects")
            return []
        return [self._inside(item, f"{name}[{index}].") for index, item in enumerate(found)]

    def array(self, name: str) -> list[Any]:
        """An array of anything; [] if it is not there."""
        value = self._given(name)
        if value is not None and not isinstance(value, list):
            self.refuse(name, f"{name} must be an array")
            return []
        return value or []

    def _given(self, name: str) -> Any:
        # ASP.NET binds "" to anything but a text as null, and the library sends it.
        value = self._members.get(name.lower())
        return None if value == "" else value

    def _inside(self, document: Mapping[str, Any], name: str) -> "Fields":
        prefix = f"{self._prefix}{name}"
        return Fields(document, prefix=prefix, problems=self.problems)


def fields_of(body: bytes) -> Fields:
    """The members of a request body, an empty one has none; raises MyFatoorahError 400."""
    try:
        return Fields(load_object(body) if body.strip() else {})
    except InvalidBodyError as error:
        raise MyFatoorahError(INVALID_DATA) from error
