"""How long a gateway asks to be left alone."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DEFAULT_RETRY_AFTER_SECONDS = 5.0
LONGEST_RETRY_AFTER_SECONDS = 3600.0


def retry_after_seconds(header: str | None, now: datetime) -> float:
    """Reads a Retry-After header, seconds or date; the default where there is no sense in it."""
    if header is None:
        return DEFAULT_RETRY_AFTER_SECONDS
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), LONGEST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return DEFAULT_RETRY_AFTER_SECONDS
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_SECONDS)
