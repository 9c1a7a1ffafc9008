"""What of a gateway's bodies may be kept: an allow-list, because a block-list forgets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

JSON = Any
LONGEST_TEXT = 255
LONGEST_LIST = 100
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_PHONE = re.compile(r"\+?\b\d{7,15}\b")


@dataclass(frozen=True, slots=True)
class AllowList:
    """Keeps the values of `leaves` and enters `branches`; any other member is left out.

    `words` are leaves of free text: what looks like an email address or phone is masked in them.
    """

    leaves: frozenset[str]
    branches: frozenset[str]
    words: frozenset[str] = frozenset()

    def __call__(self, body: JSON) -> JSON:
        if isinstance(body, Mapping):
            return self._members(body)
        if isinstance(body, list | tuple):
            return [self(each) for each in body[:LONGEST_LIST] if _is_container(each)]
        return None

    def _members(self, body: Mapping[str, JSON]) -> dict[str, JSON]:
        kept: dict[str, JSON] = {}
        for name, value in body.items():
            if _is_container(value):
                if name in self.branches:
                    kept[name] = self(value)
            elif name in self.words:
                kept[name] = without_personal_data(value) if isinstance(value, str) else None
            elif name in self.leaves:
                kept[name] = _leaf(value)
        return kept


def without_personal_data(text: str) -> str:
    """Free text that a gateway wrote, clipped and free of email addresses and phones."""
    return _PHONE.sub("[number]", _EMAIL.sub("[email]", text[:LONGEST_TEXT]))


def _leaf(value: JSON) -> JSON:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        # An id, amount or status has no spaces: what has them is text, whatever it is called.
        free = any(each.isspace() for each in value)
        return without_personal_data(value) if free else _EMAIL.sub("[email]", value[:LONGEST_TEXT])
    return value


def _is_container(value: JSON) -> bool:
    return isinstance(value, Mapping | list | tuple)
