"""What stands before one account's gateway: a breaker for each kind of call, and its rates."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

from payments_common.breakers.board_time import BoardTime
from payments_common.breakers.breaker import Breaker
from payments_common.breakers.entry import CallKind, Key
from payments_common.breakers.line import InLine, MoneyLine, Wait
from payments_common.breakers.rates import SharedRate
from payments_common.config import Account
from payments_common.errors import BreakerOpen, NotSent, Throttled

Result = TypeVar("Result")
# The rest of the deadline is the gateway's: a queue of ours must not make outcomes unknown.
WAITING_SHARE = 0.3
RETURNS_PER_SECOND = 50.0
"""How many reads that were refused come again: as few as a process has time for beside others."""


class Guard:
    """`calls` is the pace of single requests, for whoever sends them. `refused` counts by kind."""

    def __init__(self, account: Account, *, time: BoardTime, on_open: Callable[[], None]) -> None:
        self.account = account.name
        self.timeout_seconds = account.timeout_seconds
        self.calls = SharedRate(account.calls_per_second)
        self.refused: dict[CallKind, int] = dict.fromkeys(CallKind, 0)
        self.breakers: Mapping[CallKind, Breaker] = {
            kind: Breaker(
                Key(account.name, kind),
                failures=account.breaker_failures,
                open_seconds=account.breaker_open_seconds,
                time=time,
                on_open=on_open,
            )
            for kind in CallKind
        }
        self._time = time
        self._sessions = SharedRate(account.sessions_per_second)
        self._recovery = SharedRate(account.recovery_per_second, evenly=True)
        self._left_alone_until: dict[CallKind, float] = {}
        self._next_return = 0.0
        self.line = MoneyLine(
            recovery=self._recovery,
            can_go=lambda: self.refusal(CallKind.MONEY) is None,
            is_recovering=lambda: self.breakers[CallKind.MONEY].is_recovering,
        )

    def share(self, processes: int) -> None:
        """The account's rates are for so many processes together."""
        for rate in (self.calls, self._sessions, self._recovery):
            rate.share(processes)

    def refusal(self, kind: CallKind) -> NotSent | None:
        """Why no call of this kind would be sent now, and after how many seconds to try again."""
        refusal = self.breakers[kind].refusal()
        if refusal is not None:
            return refusal
        left = self._left_alone_until.get(kind, 0.0) - self._time.monotonic_seconds()
        if left <= 0:
            return None
        return Throttled(
            f"{self.account}: the gateway's rate limit wants to be left alone for {left:.1f} s",
            retry_after_seconds=left,
        )

    def money_turn(
        self, order_id: str, operation_id: str, *, waits_since: datetime | None = None
    ) -> Wait | None:
        """None where it may go now; else it is in line. Asked again, the answer is the same."""
        refusal = self.refusal(CallKind.MONEY)
        if refusal is not None:
            waiting = InLine(order_id, operation_id, from_outage=True)
            return self.line.join(waiting, reason=str(refusal))
        breaker = self.breakers[CallKind.MONEY]
        if not breaker.is_recovering or self.line.is_let_go(operation_id):
            return None
        well_since = breaker.entry.recovering_since
        has_waited = waits_since is not None and well_since is not None and waits_since < well_since
        waiting = InLine(order_id, operation_id, from_outage=has_waited)
        return self.line.join(waiting, reason="others are before it, since an outage")

    async def call(
        self,
        kind: CallKind,
        send: Callable[[], Awaitable[Result]],
        *,
        operation_id: str = "",
    ) -> Result:
        """Raises BreakerOpen or Throttled without sending, else whatever `send` raises."""
        self._refuse(kind)
        if kind is CallKind.SESSION:
            await self._in_turn(self._sessions, kind)
        elif kind is CallKind.MONEY:
            is_its_turn = self.line.gone(operation_id)
            if self.breakers[kind].is_recovering and not is_its_turn:
                await self._in_turn(self._recovery, kind)
        try:
            return await self.breakers[kind].call(send)
        except BreakerOpen:
            self.refused[kind] += 1
            raise
        except Throttled as throttled:
            if throttled.retry_after_seconds is not None:
                until = self._time.monotonic_seconds() + throttled.retry_after_seconds
                self._left_alone_until[kind] = until
            raise

    def _refuse(self, kind: CallKind) -> None:
        refusal = self.refusal(kind)
        if refusal is None:
            return
        self.refused[kind] += 1
        if kind is CallKind.READ:
            refusal.retry_after_seconds = self._return_in(refusal.retry_after_seconds or 0.0)
        raise refusal

    def _return_in(self, seconds: float) -> float:
        """Not all at the same moment: reads that wait come again one after another."""
        now = self._time.monotonic_seconds()
        self._next_return = max(self._next_return, now + seconds) + 1 / RETURNS_PER_SECOND
        return self._next_return - now

    async def _in_turn(self, rate: SharedRate, kind: CallKind) -> None:
        wait_seconds = self.timeout_seconds * WAITING_SHARE
        try:
            async with asyncio.timeout(wait_seconds):
                await rate.acquire()
        except TimeoutError as error:
            self.refused[kind] += 1
            raise Throttled(
                f"{self.account}: waited {wait_seconds:g} s for its turn among {kind} calls; "
                "raise the account's rates, or try later",
                retry_after_seconds=rate.backlog_seconds,
            ) from error
