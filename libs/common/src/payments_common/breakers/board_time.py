"""The board's time, carried on by this process' own clock between two answers."""

from datetime import datetime, timedelta

from payments_common.clock import Clock, whole_milliseconds


class BoardTime:
    """Until the board has answered, it is this host's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told = clock.now()
        self._told_at = clock.monotonic_seconds()

    def told(self, now: datetime) -> None:
        self._told, self._told_at = now, self._clock.monotonic_seconds()

    def now(self) -> datetime:
        passed = self._clock.monotonic_seconds() - self._told_at
        return whole_milliseconds(self._told + timedelta(seconds=passed))

    def monotonic_seconds(self) -> float:
        return self._clock.monotonic_seconds()
