"""Sends webhooks: started in the order of events, then on their own, without any promise of order.

Retries wait on the virtual clock, so `advance` makes them due; the scale shortens the gateway's
waits for tests.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from time import monotonic

from gateway_sandbox.clock import VirtualClock
from gateway_sandbox.deliveries import Attempt, Delivery, Notice
from gateway_sandbox.delivery_faults import Plan, plan_delivery
from gateway_sandbox.errors import UnknownSubjectError
from gateway_sandbox.faults import WEBHOOK, Subject
from gateway_sandbox.misbehaviour import Misbehaviour
from gateway_sandbox.posting import Poster
from gateway_sandbox.redirects import with_members

LOG_LIMIT = 100_000


class DeliveryEngine:
    """Takes notices and keeps the log of what became of them."""

    def __init__(
        self,
        *,
        clock: VirtualClock,
        misbehaviour: Misbehaviour,
        retry_scale: float,
        poster: Poster,
    ) -> None:
        self._clock = clock
        self._misbehaviour = misbehaviour
        self._retry_scale = retry_scale
        self._log: deque[Delivery] = deque(maxlen=LOG_LIMIT)
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._sequence = count(1)
        self._changed = asyncio.Event()
        self._poster = poster

    async def start(self) -> None:
        """Call once, inside the running loop."""
        await self._poster.start()

    async def stop(self) -> None:
        """End all deliveries where they are and close the connections."""
        await self.clear()
        await self._poster.stop()

    def enqueue(self, notice: Notice) -> None:
        """Start delivering, or misbehave as was ordered for this delivery."""
        self._counts[notice.reference_id, notice.event] += 1
        fault = self._misbehaviour.pick(
            Subject(
                gateway=notice.gateway,
                operation=WEBHOOK,
                payment_id=notice.payment_id,
                references=frozenset({notice.reference_id} - {""}),
                event=notice.event,
                ordinal=self._counts[notice.reference_id, notice.event],
            )
        )
        self._carry_out(notice, plan_delivery(notice, fault))

    def redeliver(self, delivery_id: str) -> Delivery:
        """Send the same bytes once more, as an old notice replayed."""
        for delivery in self._log:
            if delivery.delivery_id == delivery_id:
                return self._begin(delivery.notice, _plan_again(delivery))
        raise UnknownSubjectError(f"no delivery {delivery_id}; GET /sandbox/deliveries lists them")

    def release(self) -> int:
        """Send all that is held back; the answer is how many."""
        held, self._held = self._held, []
        for delivery in held:
            self._spawn(delivery, delay_seconds=0)
        return len(held)

    def log(self) -> list[Delivery]:
        """Deliveries, oldest first, bounded to the last LOG_LIMIT."""
        return list(self._log)

    def pending(self) -> int:
        """How many are being sent or wait for their next attempt; held ones do not count."""
        return len(self._tasks)

    def held(self) -> int:
        """How many are held back to come after a later one."""
        return len(self._held)

    async def wait_idle(self, timeout_seconds: float) -> bool:
        """Whether nothing was pending any more within the time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self._tasks:
                    await self._changed.wait()
        return not self._tasks

    async def clear(self) -> None:
        """Cancel what is on its way and forget all."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._held.clear()
        self._log.clear()
        self._counts.clear()

    def _carry_out(self, notice: Notice, plan: Plan) -> None:
        for _ in range(plan.copies):
            self._begin(notice, plan)

    def _begin(self, notice: Notice, plan: Plan) -> Delivery:
        delivery = Delivery(
            sequence=next(self._sequence),
            notice=notice,
            body=plan.body,
            sign=plan.sign,
            fault=plan.fault,
            state=plan.state,
        )
        self._log.append(delivery)
        if plan.state == "held":
            self._held.append(delivery)
        elif plan.state == "pending":
            self._spawn(delivery, delay_seconds=plan.delay_seconds)
        return delivery

    def _spawn(self, delivery: Delivery, *, delay_seconds: float) -> None:
        task = asyncio.create_task(self._deliver(delivery, delay_seconds=delay_seconds))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if not task.cancelled():
            task.result()

    async def _deliver(self, delivery: Delivery, *, delay_seconds: float) -> None:
        rules = delivery.notice.rules
        try:
            await self._sleep(delay_seconds)
            for wait_seconds in (*rules.delays_seconds, None):
                delivery.state = "pending"
                if await self._attempt(delivery):
                    return
                if wait_seconds is not None:
                    delivery.state = "waiting"
                    await self._sleep(wait_seconds * self._retry_scale)
            delivery.state = "abandoned"
        except asyncio.CancelledError:
            delivery.state = "cancelled"
            raise

    async def _attempt(self, delivery: Delivery) -> bool:
        at, started_at = self._clock.now(), monotonic()
        status, error = await self._post(delivery)
        delivery.attempts.append(Attempt(at, status, error, monotonic() - started_at))
        acknowledged = status in delivery.notice.rules.acknowledging_statuses
        if acknowledged:
            delivery.state = "acknowledged"
        self._release_overtaken(delivery)
        return acknowledged

    async def _post(self, delivery: Delivery) -> tuple[int | None, str | None]:
        notice = delivery.notice
        delivery.authentication = authentication = delivery.sign(delivery.body)
        try:
            status = await self._poster.post(
                with_members(notice.url, authentication.query),
                delivery.body,
                _merged(notice.headers, authentication.headers),
                timeout_seconds=notice.rules.timeout_seconds,
            )
        except TimeoutError:
            return None, f"no answer within {notice.rules.timeout_seconds} s"
        except (OSError, ValueError) as error:
            return None, str(error) or type(error).__name__
        return status, None

    def _release_overtaken(self, overtaking: Delivery) -> None:
        overtaken = [item for item in self._held if _same_way(item, overtaking)]
        self._held = [item for item in self._held if not _same_way(item, overtaking)]
        for delivery in overtaken:
            self._spawn(delivery, delay_seconds=0)

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=seconds))


def _merged(own: Mapping[str, str], signing: Mapping[str, str]) -> Mapping[str, str]:
    """Each header once, however its name is written: what the shop registered comes first."""
    names = {name.lower() for name in signing}
    return {**{name: own[name] for name in own if name.lower() not in names}, **signing}


def _same_way(one: Delivery, other: Delivery) -> bool:
    ways = [(item.notice.payment_id, item.notice.url) for item in (one, other)]
    return ways[0] == ways[1]


def _plan_again(delivery: Delivery) -> Plan:
    authentication = delivery.authentication if delivery.attempts else delivery.sign(delivery.body)
    return Plan(delivery.body, lambda _same: authentication, fault="redelivered")
