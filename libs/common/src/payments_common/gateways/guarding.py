"""Puts a guard before every gateway of a process: the one place where breakers are made."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from payments_common.breakers.board import BreakerBoard
from payments_common.breakers.board_time import BoardTime
from payments_common.breakers.entry import CallKind
from payments_common.breakers.guard import Guard
from payments_common.breakers.line import InLine, Wait
from payments_common.breakers.watch import POLL_SECONDS, BreakerWatch, Probe
from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import NotSent, UnknownAccount
from payments_common.gateways.guarded import guarded
from payments_common.gateways.port import CallContext, Gateway
from payments_common.references import NewId


@dataclass(frozen=True, slots=True)
class Guarding:
    """A process' guarded gateways, and its side of the board: run `watch.run()` beside all else.

    `await watch.join()` before the first call.
    """

    gateways: Mapping[str, Gateway]
    guards: Mapping[str, Guard]
    watch: BreakerWatch
    time: BoardTime

    def refusal(self, account: str, kind: CallKind) -> NotSent | None:
        """Why no call of this kind would be sent now, and when to try again."""
        return self._guard(account).refusal(kind)

    def money_turn(
        self,
        account: str,
        order_id: str,
        operation_id: str,
        *,
        waits_since: datetime | None = None,
    ) -> Wait | None:
        """None where it may go now; else it is in line."""
        guard = self._guard(account)
        return guard.money_turn(order_id, operation_id, waits_since=waits_since)

    async def next_in_line(self, account: str) -> InLine:
        return await self._guard(account).line.next()

    def _guard(self, account: str) -> Guard:
        """Raises UnknownAccount: it may be in the file again later."""
        guard = self.guards.get(account)
        if guard is None:
            raise UnknownAccount(f"there is no account {account!r}")
        return guard


def guard_gateways(
    accounts: Mapping[str, Account],
    gateways: Mapping[str, Gateway],
    *,
    board: BreakerBoard,
    clock: Clock,
    new_id: NewId,
    poll_seconds: float = POLL_SECONDS,
) -> Guarding:
    """`gateways` are called by probes as they are; closing them stays the caller's."""
    time = BoardTime(clock)
    wanted = asyncio.Event()
    guards = {name: Guard(accounts[name], time=time, on_open=wanted.set) for name in gateways}
    watch = BreakerWatch(
        guards,
        probes={name: _probe(each, guards[name]) for name, each in gateways.items()},
        board=board,
        time=time,
        clock=clock,
        process=new_id(),
        wanted=wanted,
        poll_seconds=poll_seconds,
    )
    behind = {name: guarded(gateway, guards[name]) for name, gateway in gateways.items()}
    return Guarding(behind, guards, watch, time)


def _probe(gateway: Gateway, guard: Guard) -> Probe:
    """Past the breaker, but not past the account's rate."""

    async def probe() -> None:
        await gateway.check_access(context=CallContext(purpose="probe", pace=guard.calls))

    return probe
