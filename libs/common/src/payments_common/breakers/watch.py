"""Keeps one process' breakers and the board the same, and probes what is open.

A board that does not answer leaves the process with its own breakers: no call ever waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from payments_common.breakers import entry as moves
from payments_common.breakers.board import BoardView, BreakerBoard
from payments_common.breakers.board_time import BoardTime
from payments_common.breakers.breaker import Breaker
from payments_common.breakers.entry import BreakerState, CallKind, Entry, Key
from payments_common.breakers.guard import Guard
from payments_common.clock import Clock
from payments_common.errors import GatewayOutage, GatewayRefusal, PaymentsError
from payments_common.telemetry.logs import get_logger

POLL_SECONDS = 0.4
BOARD_SECONDS = 1.0
"""How long a board may take to answer before the process goes on without it."""
JOINING_SECONDS = 0.6
"""After which all others know of a new process, and leave it its share."""
LEASE_MARGIN_SECONDS = 5.0

Probe = Callable[[], Awaitable[None]]
"""Asks a gateway for something harmless; raises what it has against us."""


class BreakerWatch:
    """`probes` are by account; `process` is this one's id, unique among all."""

    def __init__(
        self,
        guards: Mapping[str, Guard],
        *,
        probes: Mapping[str, Probe],
        board: BreakerBoard,
        time: BoardTime,
        clock: Clock,
        process: str,
        wanted: asyncio.Event,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.processes = 1
        self.board_answers = False
        self._guards = guards
        self._breakers = {b.key: b for g in guards.values() for b in g.breakers.values()}
        self._probes = probes
        self._board = board
        self._time = time
        self._clock = clock
        self._process = process
        self._wanted = wanted
        self._poll_seconds = poll_seconds
        self._probing: dict[Key, asyncio.Task[None]] = {}

    @property
    def is_probing(self) -> bool:
        return bool(self._probing)

    async def join(self) -> None:
        """The first look, before the first call; waits until the others know of this process."""
        await self.look()
        if self.processes > 1:
            await self._clock.sleep(JOINING_SECONDS)

    async def run(self) -> None:
        """For ever; what this process finds is written at once, what others found read soon."""
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll_seconds):
                        await self._wanted.wait()
                self._wanted.clear()
                await self.look()
        finally:
            await self._leave()

    async def look(self) -> None:
        """Reads the board, tells it what it does not know, and begins the probes that are due."""
        try:
            await self._exchange()
        except (PaymentsError, TimeoutError) as error:
            self._is_answering(answers=False, why=type(error).__name__)
        except Exception:  # noqa: BLE001 - logged, and the next look tries again
            if self.board_answers:
                get_logger().exception("breaker_board_broken")
            self.board_answers = False
        for breaker in self._breakers.values():
            is_due = moves.is_probe_due(breaker.entry, self._time.now())
            if is_due and breaker.key not in self._probing:
                self._begin_probe(breaker)
        for guard in self._guards.values():
            guard.line.look()

    async def _exchange(self) -> None:
        async with asyncio.timeout(BOARD_SECONDS):
            view = await self._board.read(self._process)
        self._is_answering(answers=True)
        self._take_in(view)
        for breaker in self._breakers.values():
            if breaker.is_unannounced:
                breaker.announced(
                    await self._within(
                        self._board.opened(
                            breaker.key,
                            reason=breaker.entry.reason,
                            open_seconds=breaker.open_seconds,
                        )
                    )
                )
        for guard in self._guards.values():
            money = guard.breakers[CallKind.MONEY]
            is_ending = moves.is_ending(money.entry, self._time.now())
            if money.is_recovering and is_ending and guard.line.holds_outage:
                money.adopt(await self._within(self._board.prolonged(money.key)))

    def _take_in(self, view: BoardView) -> None:
        self._time.told(view.now)
        self.processes = max(1, view.processes)
        for guard in self._guards.values():
            guard.share(self.processes)
        for key, breaker in self._breakers.items():
            told = view.entries.get(key)
            if told is not None:
                breaker.adopt(told)
            elif breaker.entry.version > 0:
                breaker.forget()

    def _begin_probe(self, breaker: Breaker) -> None:
        task = asyncio.create_task(self._probe(breaker))
        self._probing[breaker.key] = task
        task.add_done_callback(lambda _: self._probing.pop(breaker.key, None))

    async def _probe(self, breaker: Breaker) -> None:
        prober = f"{self._process} {self._clock.monotonic_seconds()}"
        if not await self._take_probe(breaker, prober):
            return
        account = breaker.key.account
        trouble = await self._trouble(account)
        open_seconds = breaker.open_seconds

        def ended(entry: Entry) -> Entry:
            return moves.probe_ended(
                entry,
                self._time.now(),
                prober=prober,
                trouble=trouble,
                open_seconds=open_seconds,
            )

        try:
            told = await self._within(
                self._board.probe_ended(
                    breaker.key, prober=prober, trouble=trouble, open_seconds=open_seconds
                )
            )
        except (PaymentsError, TimeoutError):
            breaker.alone(ended(breaker.entry))
        else:
            breaker.adopt(told)
        self._guards[account].line.look()

    async def _take_probe(self, breaker: Breaker, prober: str) -> bool:
        """By a lease on the board: over all processes one probes; without a board each its own."""
        lease_seconds = self._guards[breaker.key.account].timeout_seconds + LEASE_MARGIN_SECONDS
        try:
            told = await self._within(
                self._board.probe_taken(breaker.key, prober=prober, lease_seconds=lease_seconds)
            )
        except (PaymentsError, TimeoutError):
            if self.board_answers:
                return False  # it may have been taken: whoever has it, has it until its end
            breaker.alone(
                moves.probe_taken(
                    breaker.entry,
                    self._time.now(),
                    prober=prober,
                    lease_seconds=lease_seconds,
                )
            )
            return breaker.entry.prober == prober
        breaker.adopt(told)
        return told.prober == prober and told.state is BreakerState.PROBING

    async def _trouble(self, account: str) -> str | None:
        """A refusal is an answer: the gateway is there."""
        try:
            await self._probes[account]()
        except GatewayOutage as outage:
            return f"a probe: {outage}"
        except GatewayRefusal:
            return None
        except Exception:  # noqa: BLE001 - a mistake of ours; the next real call will tell
            get_logger().exception("probe_broken", account=account)
        return None

    def _is_answering(self, *, answers: bool, why: str = "") -> None:
        if self.board_answers and not answers:
            get_logger().warning("breaker_board_away", error=why)
        self.board_answers = answers

    async def _within(self, asked: Awaitable[Entry]) -> Entry:
        async with asyncio.timeout(BOARD_SECONDS):
            return await asked

    async def _leave(self) -> None:
        for task in list(self._probing.values()):
            task.cancel()
        with suppress(PaymentsError, TimeoutError):
            async with asyncio.timeout(BOARD_SECONDS):
                await self._board.leave(self._process)
