"""Times as MyFatoorah writes them, gateways/myfatoorah.md sections 3.1, 5.1 and 5.2.

API V2 and Webhook V1 write the wall clock of a zone and do not name it; Webhook V2 writes UTC.
"""

from datetime import UTC, datetime, tzinfo

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# So that no zone's wall clock overflows.
_SANE_YEARS = range(1900, 9000)


def created_date(moment: datetime, zone: tzinfo) -> str:
    """ "2026-01-10T00:15:07.293": milliseconds without trailing zeros, no offset."""
    return _with_milliseconds(moment.astimezone(zone))


def expiry_date(moment: datetime, zone: tzinfo) -> str:
    """ "January 13, 2026": no ISO date, whatever the schema says."""
    local = moment.astimezone(zone)
    return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}"


def expiry_time(moment: datetime, zone: tzinfo) -> str:
    """ "00:15:07.293": always three digits of a second."""
    local = moment.astimezone(zone)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def transaction_date(moment: datetime, zone: tzinfo) -> str:
    """ "2026-01-10T00:15:33.3533333": seven digits of a second, no offset."""
    return _with_ticks(moment.astimezone(zone))


def track_date(moment: datetime, zone: tzinfo) -> str:
    """ "10-01-2026": how a TrackId begins."""
    return moment.astimezone(zone).strftime("%d-%m-%Y")


def packed(moment: datetime, zone: tzinfo) -> str:
    """ "04032021211615": ddMMyyyyHHmmss of Webhook V1."""
    return moment.astimezone(zone).strftime("%d%m%Y%H%M%S")


def utc_ticks(moment: datetime) -> str:
    """ "2026-01-04T08:15:00.9500000Z": UTC with seven digits."""
    return _with_ticks(moment.astimezone(UTC)) + "Z"


def utc_offset_ticks(moment: datetime) -> str:
    """ "2025-11-23T00:52:16.8334906+00:00": UTC as API V3's sessions write it."""
    return _with_ticks(moment.astimezone(UTC)) + "+00:00"


def utc_milliseconds(moment: datetime) -> str:
    """ "2026-01-04T08:14:49.897Z": UTC, milliseconds without trailing zeros."""
    return _with_milliseconds(moment.astimezone(UTC)) + "Z"


def moment_of(text: str, zone: tzinfo) -> datetime | None:
    """UTC from ISO text, which without an offset is the zone's wall clock; None if no time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.year not in _SANE_YEARS:
        return None
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)


def _with_ticks(moment: datetime) -> str:
    # The last digit is below what Python's clock can tell.
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0"


def _with_milliseconds(moment: datetime) -> str:
    fraction = f".{moment.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}"
