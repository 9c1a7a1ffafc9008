"""New ids sort by time and do not repeat."""

from datetime import UTC, datetime, timedelta

from payments_common.references import time_ordered_ids


class SteppingClock:
    """Each look at it is a millisecond later."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def monotonic_seconds(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def test_ids_sort_by_their_time() -> None:
    new_id = time_ordered_ids(SteppingClock())
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 100


def test_an_id_is_32_hexadecimal_digits_that_begin_with_the_milliseconds() -> None:
    new_id = time_ordered_ids(SteppingClock(), random_bits=lambda _: 1)
    made = new_id()
    assert len(made) == 32
    moment = datetime.fromtimestamp(int(made[:12], 16) / 1000, tz=UTC)
    assert moment == datetime(2026, 3, 2, microsecond=1000, tzinfo=UTC)
    assert int(made[12:], 16) == 1
