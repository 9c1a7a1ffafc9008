"""Retry-After is seconds, a date, or nonsense."""

from datetime import UTC, datetime

import pytest

from payments_common.gateways.retry_after import DEFAULT_RETRY_AFTER_SECONDS, retry_after_seconds

NOW = datetime(2026, 3, 2, 9, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("999999", 3600.0),
        ("Mon, 02 Mar 2026 09:15:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 09:14:30 GMT", 0.0),
        ("Mon, 02 Mar 2027 09:15:30 GMT", 3600.0),
        ("Mon, 02 Mar 2026 09:15:30 -0000", 30.0),
    ],
)
def test_a_header_is_read(header: str, seconds: float) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1.5", "\u0667", "9" * 400])
def test_nonsense_is_the_default(header: str | None) -> None:
    assert retry_after_seconds(header, NOW) == DEFAULT_RETRY_AFTER_SECONDS
