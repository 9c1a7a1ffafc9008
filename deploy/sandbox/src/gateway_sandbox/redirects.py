"""URLs of others, with something of ours in their query."""

from collections.abc import Mapping
from urllib.parse import urlencode


def with_query(url: str, name: str, value: str) -> str:
    """The URL with one more query parameter, before any fragment."""
    return with_members(url, {name: value})


def with_members(url: str, members: Mapping[str, str]) -> str:
    """The URL with more query parameters, before any fragment; what it has stays as it is."""
    if not members:
        return url
    base, hash_sign, fragment = url.partition("#")
    is_started = base.endswith(("?", "&"))
    separator = "" if is_started else "&" if "?" in base else "?"
    return f"{base}{separator}{urlencode(members)}{hash_sign}{fragment}"
