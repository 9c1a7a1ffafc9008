"""A rate that all processes share: each takes its part of it."""

from aiolimiter import AsyncLimiter

AT_ONCE_SHARE = 0.1
# What travels at different speeds arrives closer together than it left.
MARGIN = 0.95


class SharedRate:
    """So many per second, for all processes together; waiters go first come, first served.

    Within any second no more than that; where one process' share is less than one call per second,
    within as many seconds as one call takes. `evenly` lets nothing go at once.
    """

    def __init__(self, per_second: float, *, evenly: bool = False) -> None:
        self._per_second = per_second
        self._evenly = evenly
        self._processes = 1
        self._limiter = self._made()
        self._is_begun = True
        self._waiting = 0

    @property
    def backlog_seconds(self) -> float:
        """How long it takes until all who wait now have had their turn."""
        return (self._waiting + 1) * self._processes / self._per_second

    def share(self, processes: int) -> None:
        """What flows from now on is the part of one of so many."""
        if processes < 1 or processes == self._processes:
            return
        self._processes = processes
        self._limiter = self._made()
        self._is_begun = False

    async def acquire(self) -> None:
        """Returns when one more may begin; whoever is cancelled has taken nothing."""
        self._waiting += 1
        try:
            await self._turn()
        finally:
            self._waiting -= 1

    async def _turn(self) -> None:
        while True:
            limiter = self._limiter
            if not self._is_begun:
                # A new share begins with nothing at once: the old one may have given that already.
                self._is_begun = True
                await limiter.acquire(limiter.max_rate)
            await limiter.acquire()
            if limiter is self._limiter:
                return

    def _made(self) -> AsyncLimiter:
        """What may come at once and what flows in a second are together no more than the rate."""
        share = self._per_second / self._processes
        if self._evenly:
            return AsyncLimiter(1.0, 1.0 / share)
        at_once = max(1.0, share * AT_ONCE_SHARE)
        flow = share - at_once if share >= 2 * at_once else min(share, 1.0)
        return AsyncLimiter(at_once, at_once / (flow * MARGIN))
