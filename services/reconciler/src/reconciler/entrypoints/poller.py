"""Asks one account's gateway about what is due, several orders at a time, until it is stopped."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from payments_common.errors import PaymentsError, TryLater
from payments_common.telemetry.logs import get_logger
from reconciler.domain.entry import Entry
from reconciler.handlers.poll_order import PollTools, poll_order, put_off
from reconciler.handlers.polling import Polling
from reconciler.ports import Turn

TROUBLE_SECONDS = 5.0
"""The same after the database or the broker did not answer."""
DRAIN_SECONDS = 25.0
"""How long polls under way may take after the process was told to stop."""


class Poller:
    """Begins polls until it is told to stop; a poll that began is finished, or given back."""

    def __init__(self, polling: Polling, tools: PollTools) -> None:
        self._polling = polling
        self._tools = tools
        self._slots = asyncio.Semaphore(polling.concurrency)
        self._stopping = asyncio.Event()
        self._running: dict[asyncio.Task[None], Entry] = {}
        self._turn = Turn.LONGEST_DUE
        self._rests_until = 0.0

    async def run(self) -> None:
        """Until `stop`. Outlives every error."""
        while not self._stopping.is_set():
            await self._slots.acquire()
            entry = await self._next()
            if entry is None:
                self._slots.release()
                await self._nap()
            else:
                self._begin(entry)

    async def stop(self, *, within_seconds: float) -> None:
        """Waits for the polls under way; those that take too long are broken off and put back."""
        self._stopping.set()
        running = dict(self._running)
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=within_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in late:
            await self._give_back(running[task])

    async def _next(self) -> Entry | None:
        """None where nothing is due, nobody may be asked, or it is time to stop."""
        is_resting = self._tools.clock.monotonic_seconds() < self._rests_until
        if self._stopping.is_set() or is_resting:
            return None
        try:
            entry = await self._claim() if self._polling.may_ask() else None
        except Exception as error:  # noqa: BLE001 - whoever stops claiming polls nobody any more
            self._rest(error)
            return None
        if entry is not None and self._stopping.is_set():
            await self._give_back(entry)
            return None
        return entry

    async def _claim(self) -> Entry | None:
        turn, self._turn = self._turn, self._turn.other
        return await self._tools.schedule.claim(
            self._polling.account,
            now=self._tools.clock.now(),
            lease_seconds=self._polling.lease_seconds,
            turn=turn,
        )

    def _begin(self, entry: Entry) -> None:
        task = asyncio.create_task(self._poll(entry))
        self._running[task] = entry
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._slots.release()

    async def _poll(self, entry: Entry) -> None:
        try:
            await poll_order(entry, tools=self._tools, within_seconds=self._polling.round_seconds)
        except Exception as error:  # noqa: BLE001 - one bad order must not stop the others
            self._rest(error, order_id=entry.order_id)
            with contextlib.suppress(PaymentsError):  # else its lease ends by itself
                await put_off(entry, tools=self._tools)

    async def _give_back(self, entry: Entry) -> None:
        with contextlib.suppress(PaymentsError):
            await self._tools.schedule.reschedule(entry, entry)

    def _rest(self, error: Exception, **details: str) -> None:
        """An outage concerns all orders, so all wait; a mistake of ours only this one."""
        log = get_logger().bind(account=self._polling.account, **details)
        if isinstance(error, TryLater):
            log.warning("polling_rests", code=error.code)
            self._rests_until = self._tools.clock.monotonic_seconds() + TROUBLE_SECONDS
        else:
            log.error("poll_failed", exc_info=error)

    async def _nap(self) -> None:
        nap = asyncio.ensure_future(self._tools.clock.sleep(self._polling.idle_seconds))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([nap, stop], return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            stop.cancel()


@asynccontextmanager
async def polling(
    pollings: Iterable[Polling], *, tools: PollTools, drain_seconds: float = DRAIN_SECONDS
) -> AsyncIterator[None]:
    """Polls all accounts until the end of the block, then finishes what it has begun."""
    pollers = [Poller(each, tools) for each in pollings]
    tasks = [asyncio.create_task(each.run()) for each in pollers]
    try:
        yield
    finally:
        await asyncio.gather(*(each.stop(within_seconds=drain_seconds) for each in pollers))
        await asyncio.gather(*tasks)
