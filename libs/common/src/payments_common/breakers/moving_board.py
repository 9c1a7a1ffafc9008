"""What every board has in common: it makes the moves of `entry`, each in one write of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from payments_common.breakers import entry as moves
from payments_common.breakers.entry import Entry, Key

Move = Callable[[Entry, datetime], Entry]


class MovingBoard(ABC):
    @abstractmethod
    async def _moved(self, key: Key, move: Move) -> Entry:
        """Applies it to what the board has now, at the board's time; a key is made at need."""

    async def opened(self, key: Key, *, reason: str, open_seconds: float) -> Entry:
        return await self._moved(
            key, lambda e, now: moves.opened(e, now, reason=reason, open_seconds=open_seconds)
        )

    async def probe_taken(self, key: Key, *, prober: str, lease_seconds: float) -> Entry:
        return await self._moved(
            key,
            lambda e, now: moves.probe_taken(e, now, prober=prober, lease_seconds=lease_seconds),
        )

    async def probe_ended(
        self, key: Key, *, prober: str, trouble: str | None, open_seconds: float
    ) -> Entry:
        return await self._moved(
            key,
            lambda e, now: moves.probe_ended(
                e, now, prober=prober, trouble=trouble, open_seconds=open_seconds
            ),
        )

    async def prolonged(self, key: Key) -> Entry:
        return await self._moved(key, moves.prolonged)

    async def stopped(self, key: Key, *, seconds: float, by: str, reason: str) -> Entry:
        return await self._moved(
            key, lambda e, now: moves.stopped(e, now, seconds=seconds, by=by, reason=reason)
        )

    async def started(self, key: Key) -> Entry:
        return await self._moved(key, moves.started)
