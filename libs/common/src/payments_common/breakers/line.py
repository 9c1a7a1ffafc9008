"""The line of money moves that wait for an outage to end: first come, first let go.

It is only in memory. What it holds is due in the orders too, so a process that dies delays what
waited there, and loses nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from payments_common.breakers.rates import SharedRate

MOST_IN_LINE = 100_000
LOOK_AGAIN_SECONDS = 60.0
SHORT_LINE = 500
LOOK_AGAIN_OF_MANY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class InLine:
    """`from_outage` was asked for while nothing could go; others only came behind such."""

    order_id: str
    operation_id: str
    from_outage: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Why not now; after `seconds` it is looked at again, should nobody have come before."""

    reason: str
    seconds: float


class MoneyLine:
    """One account's, in one process. `can_go` says whether calls may go at all now.

    While `is_recovering`, one goes at a time of the shared rate `recovery`.
    """

    def __init__(
        self,
        *,
        recovery: SharedRate,
        can_go: Callable[[], bool],
        is_recovering: Callable[[], bool],
    ) -> None:
        self._recovery = recovery
        self._can_go = can_go
        self._is_recovering = is_recovering
        self._waiting: OrderedDict[str, InLine] = OrderedDict()
        self._let_go: OrderedDict[str, None] = OrderedDict()
        self._changed = asyncio.Event()

    @property
    def holds_outage(self) -> bool:
        return any(each.from_outage for each in self._waiting.values())

    def join(self, waiting: InLine, *, reason: str) -> Wait:
        """Once is enough; who was let go and could not go after all is first again."""
        was_first = self.gone(waiting.operation_id)
        if waiting.operation_id not in self._waiting and len(self._waiting) < MOST_IN_LINE:
            self._waiting[waiting.operation_id] = waiting
            self._waiting.move_to_end(waiting.operation_id, last=not was_first)
            self._changed.set()
        is_short = len(self._waiting) < SHORT_LINE
        return Wait(reason, LOOK_AGAIN_SECONDS if is_short else LOOK_AGAIN_OF_MANY_SECONDS)

    def is_let_go(self, operation_id: str) -> bool:
        return operation_id in self._let_go

    def gone(self, operation_id: str) -> bool:
        """Its call begins: whether it had been let go, which it then has used up."""
        if operation_id not in self._let_go:
            return False
        del self._let_go[operation_id]
        return True

    def look(self) -> None:
        """Something has changed outside."""
        self._changed.set()

    async def next(self) -> InLine:
        """The first of the line, when its turn has come."""
        while True:
            while not (self._waiting and self._can_go()):
                self._changed.clear()
                await self._changed.wait()
            if self._is_recovering():
                await self._recovery.acquire()
                if not (self._waiting and self._can_go()):
                    continue
            _, waiting = self._waiting.popitem(last=False)
            self._let_go[waiting.operation_id] = None
            while len(self._let_go) > SHORT_LINE:
                self._let_go.popitem(last=False)
            return waiting
