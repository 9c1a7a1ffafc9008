"""How often something may happen: `burst` at once, then `per_second`, for each key on its own."""

from collections.abc import Hashable

from payments_common.clock import Clock


class TokenBuckets:
    """Keys are kept for ever, so they must come from a closed set, never from a stranger."""

    def __init__(self, *, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._tokens: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable) -> bool:
        """True and one token less, or False at once when the key's bucket is empty."""
        now = self._clock.monotonic_seconds()
        tokens, since = self._tokens.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        taken = tokens >= 1
        self._tokens[key] = (tokens - 1 if taken else tokens, now)
        return taken
