"""Each account is compared every so often, by one process of all."""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from payments_common.config import Account
from payments_common.errors import PaymentsError
from payments_common.process.background import in_background
from payments_common.telemetry.logs import get_logger
from reconciler.handlers.reconcile_account import reconcile_account
from reconciler.handlers.reconciling import ListedAccount, ListTools, begin_run
from reconciler.ports import ScoutNotes

TURN_SECONDS = 60.0
"""A lister that does not prolong its turn for so long has died, and another begins again."""
PROLONG_SECONDS = 15.0
FIRST_REST_SECONDS = 30.0
"""After a comparison that broke off; twice as long each time, up to the account's usual pause."""


@dataclass(slots=True)
class Lister:
    """`holder` is unlike any other process'."""

    account: Account
    listed: ListedAccount
    tools: ListTools
    notes: ScoutNotes
    holder: str
    failures: int = 0
    rests_until: float = 0.0

    @property
    def work(self) -> str:
        return f"list {self.account.name}"

    async def reached(self) -> datetime | None:
        """Up to when all was compared."""
        return await self.notes.reached(self.work)

    async def list_in_turn(self) -> bool:
        """Compares if it is time and no other process does; returns whether it did.

        Raises what a comparison does; then all processes leave the account alone for a while.
        """
        if self.tools.clock.monotonic_seconds() < self.rests_until or not await self._is_due():
            return False
        # The one that held the turn before may have just done it.
        if not await self._take_turn(TURN_SECONDS) or not await self._is_due():
            return False
        try:
            async with in_background(self._prolong()):
                await self._compare()
        except Exception:
            await self._rest()
            raise
        self.failures = 0
        return True

    async def _compare(self) -> None:
        """The watermark moves only after all was compared and told."""
        reached, began_at = await self.reached(), self.tools.clock.now()
        run = await begin_run(
            self.account.name,
            name=f"list after {reached.isoformat() if reached else 'nothing'}",
            since=(reached or began_at) - timedelta(days=self.account.list_days),
            tools=self.tools,
        )
        await reconcile_account(run, of=self.listed, tools=self.tools)
        await self.notes.note(self.work, began_at)

    async def _is_due(self) -> bool:
        reached = await self.reached()
        pause = timedelta(seconds=self.account.list_seconds)
        return reached is None or self.tools.clock.now() >= reached + pause

    async def _take_turn(self, seconds: float) -> bool:
        now = self.tools.clock.now()
        return await self.notes.take_turn(self.work, holder=self.holder, now=now, seconds=seconds)

    async def _prolong(self) -> None:
        """A turn that is lost all the same is taken twice, which does no harm."""
        while True:
            await self.tools.clock.sleep(PROLONG_SECONDS)
            try:
                if not await self._take_turn(TURN_SECONDS):
                    get_logger().warning("turn_lost", account=self.account.name)
            except PaymentsError as error:
                log = get_logger().bind(account=self.account.name)
                log.warning("turn_not_prolonged", code=error.code)

    async def _rest(self) -> None:
        rest = FIRST_REST_SECONDS * 2 ** min(self.failures, 10)
        seconds = min(rest, self.account.list_seconds)
        self.failures += 1
        self.rests_until = self.tools.clock.monotonic_seconds() + seconds
        with contextlib.suppress(PaymentsError):
            await self._take_turn(seconds)
