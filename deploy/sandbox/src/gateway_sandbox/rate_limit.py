"""A sliding window per key and operation class."""

from collections import deque
from datetime import datetime, timedelta


class RateLimiter:
    """Remembers the times of admitted requests only; refused ones do not count."""

    def __init__(self) -> None:
        self._admitted: dict[str, deque[datetime]] = {}

    def admits(self, key: str, now: datetime, *, limit: int, window_seconds: float) -> bool:
        """Whether one more request of this key fits into the window that ends now."""
        times = self._admitted.setdefault(key, deque())
        while times and times[0] <= now - timedelta(seconds=window_seconds):
            times.popleft()
        if len(times) >= limit:
            return False
        times.append(now)
        return True

    def clear(self) -> None:
        """Forget all."""
        self._admitted.clear()
