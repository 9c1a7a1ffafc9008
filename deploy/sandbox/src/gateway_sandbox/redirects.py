"""Where customers are sent back to."""

from urllib.parse import urlencode


def with_query(url: str, name: str, value: str) -> str:
    """The URL with one more query parameter, before any fragment."""
    base, hash_sign, fragment = url.partition("#")
    is_started = base.endswith(("?", "&"))
    separator = "" if is_started else "&" if "?" in base else "?"
    return f"{base}{separator}{urlencode({name: value})}{hash_sign}{fragment}"
