"""Asks the gateway about an order because its customer's page wants to know (law 5)."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.public_status import Refreshed
from payment_orchestrator.domain.refreshes import is_too_soon, refreshable, want_refresh
from payment_orchestrator.handlers.change_order import change_order, order_by_id
from payment_orchestrator.handlers.do_work import do_work
from payment_orchestrator.handlers.find_payment import find_payment
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage, GatewayRefusal, InvalidMessage, PaymentsError
from payments_common.telemetry.logs import get_logger

DRAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RefreshLimits:
    """`at_once` is for each account, so that a slow gateway takes no other's places (law 9)."""

    answer_seconds: float
    pause: timedelta
    at_once: int


class TooSoon(Exception):
    """Somebody asked a moment ago, here or at another process."""


class RefreshOrder:
    """Many who ask at once are served by one question to the gateway."""

    def __init__(self, tools: Toolbox, limits: RefreshLimits) -> None:
        self._tools = tools
        self._limits = limits
        self._running: dict[str, tuple[str, asyncio.Task[Refreshed]]] = {}

    async def __call__(self, order: Order) -> Refreshed:
        """Within `answer_seconds`; the question goes on beyond them, and without who asked."""
        known = self._running.get(order.order_id)
        if known is None:
            now = self._tools.clock.now()
            if is_too_soon(order, now=now, pause=self._limits.pause):
                return Refreshed.TOO_SOON
            if self._under_way(order.account) >= self._limits.at_once:
                return Refreshed.GATEWAY_SLOW
        task = known[1] if known else self._begin(order)
        # Unlike wait_for, it cancels nothing when the time is over or the page has gone.
        done, _ = await asyncio.wait({task}, timeout=self._limits.answer_seconds)
        return task.result() if done and not task.cancelled() else Refreshed.GATEWAY_SLOW

    async def drain(self) -> None:
        """What does not end in time ends as in a crash: its reads stay due."""
        tasks = {task for _, task in self._running.values()}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _under_way(self, account: str) -> int:
        return sum(1 for at, _ in self._running.values() if at == account)

    def _begin(self, order: Order) -> asyncio.Task[Refreshed]:
        task = asyncio.create_task(self._refresh(order))
        self._running[order.order_id] = (order.account, task)
        task.add_done_callback(lambda _: self._running.pop(order.order_id, None))
        return task

    async def _refresh(self, order: Order) -> Refreshed:
        try:
            return await self._ask(order)
        except TooSoon:
            return Refreshed.TOO_SOON
        except PaymentsError as error:
            get_logger().warning("not_refreshed", order_id=order.order_id, code=error.code)
        except Exception:  # noqa: BLE001 - a page's question fails nothing but itself
            get_logger().exception("not_refreshed", order_id=order.order_id)
        return Refreshed.GATEWAY_UNAVAILABLE

    async def _ask(self, order: Order) -> Refreshed:
        # An account that is not in the file any more cannot be asked; that is found out first.
        self._tools.gateway(order.account)
        asked = await change_order(order.order_id, self._wanted, tools=self._tools, wake=Wake.LATER)
        found = None if asked.payments else await find_payment(asked, tools=self._tools)
        await do_work(order.order_id, timer_at=None, tools=self._tools)
        checked = await order_by_id(order.order_id, tools=self._tools)
        left = [checked.read(payment_id) for payment_id in refreshable(asked)]
        is_unanswered = any(read is not None and read.not_before for read in left)
        if is_unanswered or isinstance(found, GatewayOutage | GatewayRefusal | InvalidMessage):
            return Refreshed.GATEWAY_UNAVAILABLE
        return Refreshed.DONE

    def _wanted(self, change: Change) -> Change:
        """Raises TooSoon by what the order says now, which another process may have written."""
        if is_too_soon(change.order, now=change.now, pause=self._limits.pause):
            raise TooSoon
        return want_refresh(change)
