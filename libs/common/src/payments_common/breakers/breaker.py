"""One process' breaker for one account and kind of call: aiobreaker counts, the board decides.

aiobreaker is given outcomes, not calls: so the caller always gets the true one, a cancelled call
counts as nothing, and no call is ever taken for a probe.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from aiobreaker import (  # type: ignore[import-untyped] # it brings no types
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerState,
)
from aiobreaker.storage.memory import CircuitMemoryStorage  # type: ignore[import-untyped]

from payments_common.breakers import entry as moves
from payments_common.breakers.board_time import BoardTime
from payments_common.breakers.entry import BreakerState, Entry, Key
from payments_common.errors import BreakerOpen, GatewayOutage, GatewayRefusal, Throttled

Result = TypeVar("Result")
_NEVER = datetime(9000, 1, 1)  # noqa: DTZ001 - aiobreaker compares with naive times
NEUTRAL = (Throttled, BreakerOpen)


class _Outage(Exception):
    """All that aiobreaker ever sees of a failure."""


class _NoTime(CircuitMemoryStorage):  # type: ignore[misc] # without types it is Any
    """Its wall clock is never asked: what it opens stays open until it is told to close."""

    @property
    def opened_at(self) -> datetime:
        return _NEVER

    @opened_at.setter
    def opened_at(self, _: datetime) -> None: ...


class Breaker:
    """`on_open` is told at once when this process has found an outage; `entry` is what it knows.

    `is_unannounced` while the board has not taken what this process has found.
    """

    def __init__(
        self,
        key: Key,
        *,
        failures: int,
        open_seconds: float,
        time: BoardTime,
        on_open: Callable[[], None],
    ) -> None:
        self.key = key
        self.open_seconds = open_seconds
        self.entry = Entry(key, since=time.now())
        self.is_unannounced = False
        self.openings = 0
        self._failures = failures
        self._time = time
        self._on_open = on_open
        self._epoch = 0
        self._well_since_closing = 0
        self._counter = CircuitBreaker(
            timeout_duration=timedelta(days=1),
            state_storage=_NoTime(CircuitBreakerState.CLOSED),
        )

    async def call(self, send: Callable[[], Awaitable[Result]]) -> Result:
        """Raises BreakerOpen without sending, else whatever `send` raises."""
        refusal = self.refusal()
        if refusal is not None:
            raise refusal
        epoch = self._epoch
        try:
            answer = await send()
        except GatewayOutage as outage:
            if not isinstance(outage, NEUTRAL):
                self._count(epoch, str(outage))
            raise
        except GatewayRefusal:
            self._count(epoch, None)
            raise
        self._count(epoch, None)
        return answer

    def refusal(self) -> BreakerOpen | None:
        """Why no call may go now, and when to try again."""
        entry, now = self.entry, self._time.now()
        account, kind = self.key
        if entry.killed_until is not None and entry.is_stopped(now):
            return BreakerOpen(
                f"{account}: {kind} calls were stopped by hand ({entry.kill_reason})",
                retry_after_seconds=(entry.killed_until - now).total_seconds(),
            )
        if entry.state is BreakerState.CLOSED:
            return None
        seconds = 1.0
        if entry.next_probe_at is not None:
            seconds = max(seconds, (entry.next_probe_at - now).total_seconds())
        return BreakerOpen(
            f"{account}: the gateway is unavailable for {kind} calls", retry_after_seconds=seconds
        )

    @property
    def is_recovering(self) -> bool:
        return self.entry.is_recovering(self._time.now())

    def adopt(self, told: Entry) -> None:
        """What the board says counts, but for what it does not know yet."""
        if told.version < self.entry.version:
            return
        if self.is_unannounced and told.state is BreakerState.CLOSED:
            return
        self.is_unannounced = False
        self._become(told)

    def announced(self, told: Entry) -> None:
        """The board has been told of the outage, and this is what it made of it."""
        self.is_unannounced = False
        self._become(told)

    def forget(self) -> None:
        """The board has been emptied: it is believed in that, too."""
        self._become(Entry(self.key, since=self._time.now()))

    def alone(self, entry: Entry) -> None:
        """A move of this process' own, while there is no board; its version stays the board's."""
        # An outage that is over is nothing to announce when the board is back.
        if entry.state is BreakerState.CLOSED:
            self.is_unannounced = False
        self._become(entry, version=self.entry.version)

    def _count(self, epoch: int, trouble: str | None) -> None:
        if epoch != self._epoch:
            return  # it began before the state changed, and says nothing of this one
        is_fragile = self.is_recovering and self._well_since_closing < self._failures
        self._counter.fail_max = 1 if is_fragile else self._failures
        self._well_since_closing += trouble is None
        with suppress(_Outage, CircuitBreakerError):
            self._counter.call(_outcome, trouble)
        if self._counter.current_state is CircuitBreakerState.OPEN:
            self._open(trouble or "")

    def _open(self, trouble: str) -> None:
        found = moves.opened(
            self.entry, self._time.now(), reason=trouble, open_seconds=self.open_seconds
        )
        self.is_unannounced = True
        self.openings += 1
        self.alone(found)
        self._on_open()

    def _become(self, entry: Entry, *, version: int | None = None) -> None:
        was = self.entry.state
        self.entry = entry
        if version is not None:
            self.entry = moves.as_version(entry, version)
        if entry.state is was:
            return
        self._epoch += 1
        if entry.state is BreakerState.CLOSED:
            self._well_since_closing = 0
            self._counter.close()
        elif self._counter.current_state is CircuitBreakerState.CLOSED:
            self._counter.open()


def _outcome(trouble: str | None) -> None:
    if trouble is not None:
        raise _Outage
