"""URLs of others, with something of ours in their query."""

from collections.abc import Mapping
from string import printable
from urllib.parse import quote, urlencode


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
    return in_ascii(f"{base}{separator}{urlencode(members)}{hash_sign}{fragment}")


def in_ascii(url: str) -> str:
    """The URL as a header may have it: shops' addresses may be Arabic, headers are ASCII."""
    return quote(url, safe=printable)
