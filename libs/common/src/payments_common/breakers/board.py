"""Where all processes read how each gateway does, and tell what they have found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from payments_common.breakers.entry import Entry, Key

HEARTBEAT_SECONDS = 3.0
"""A process that has not read the board for so long is taken for gone."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the board says at its own time `now`; `processes` read it, whoever asks included."""

    now: datetime
    entries: Mapping[Key, Entry]
    processes: int


class BreakerBoard(Protocol):
    """Every move is atomic, whoever else makes one; all raise StoreUnavailable or LostRace.

    Each returns the entry as it then is, whether it has moved or not.
    """

    async def read(self, process: str | None = None) -> BoardView:
        """Also renews the heartbeat of `process`, where one is named."""
        ...

    async def leave(self, process: str) -> None:
        """The others need not wait for the end of its heartbeat."""
        ...

    async def opened(self, key: Key, *, reason: str, open_seconds: float) -> Entry: ...

    async def probe_taken(self, key: Key, *, prober: str, lease_seconds: float) -> Entry:
        """Whoever finds itself as the entry's prober has the lease."""
        ...

    async def probe_ended(
        self, key: Key, *, prober: str, trouble: str | None, open_seconds: float
    ) -> Entry: ...

    async def prolonged(self, key: Key) -> Entry: ...

    async def stopped(self, key: Key, *, seconds: float, by: str, reason: str) -> Entry: ...

    async def started(self, key: Key) -> Entry: ...
