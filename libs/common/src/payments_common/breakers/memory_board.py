"""A board in memory: for one process alone, and for tests and the simulation."""

from payments_common.breakers.board import HEARTBEAT_SECONDS, BoardView
from payments_common.breakers.entry import Entry, Key
from payments_common.breakers.moving_board import Move, MovingBoard
from payments_common.clock import Clock
from payments_common.errors import StoreUnavailable


class MemoryBoard(MovingBoard):
    """`is_away` makes it answer as a database does that cannot be reached."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[Key, Entry] = {}
        self._heartbeats: dict[str, float] = {}
        self.is_away = False

    async def read(self, process: str | None = None) -> BoardView:
        self._answer()
        seconds = self._clock.monotonic_seconds()
        if process is not None:
            self._heartbeats[process] = seconds
        oldest = seconds - HEARTBEAT_SECONDS
        self._heartbeats = {p: at for p, at in self._heartbeats.items() if at >= oldest}
        return BoardView(self._clock.now(), dict(self._entries), len(self._heartbeats))

    async def leave(self, process: str) -> None:
        self._answer()
        self._heartbeats.pop(process, None)

    def empty(self) -> None:
        """As a database is that was set up anew."""
        self._entries.clear()

    async def _moved(self, key: Key, move: Move) -> Entry:
        self._answer()
        now = self._clock.now()
        known = self._entries.get(key) or Entry(key, since=now)
        self._entries[key] = move(known, now)
        return self._entries[key]

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("the board does not answer")
