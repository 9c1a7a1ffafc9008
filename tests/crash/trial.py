"""One trial: an order at the beginning of its flow, a service killed at one place, and the rest."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, field

from crash.cell import Cell
from crash.combination import Combination
from crash.evidence import evidence_of
from crash.flows import Flow, flow_named
from crash.oracle import problems_of
from crash.order_under_test import PAUSE_SECONDS, OrderUnderTest
from crash.process import ServiceDied
from crash.trap import Armed

BEGIN_SECONDS = 60.0
FLOW_SECONDS = 30.0
REST_SECONDS = 150.0
EVENTS_SECONDS = 10.0
LAST_STEPS_SECONDS = 1.0
"""After an order has come to rest: messages about it are still acknowledged."""


@dataclass
class Trial:
    combination: Combination
    tested: OrderUnderTest
    flow: Flow
    was_killed: bool = False
    recovery_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    evidence: str = ""
    acting: asyncio.Task[None] | None = None

    @property
    def is_ok(self) -> bool:
        return not self.problems


async def begin(cell: Cell, combination: Combination) -> Trial:
    """A fresh order, brought to the beginning of its flow."""
    flow = flow_named(combination.flow, combination.gateway)
    reference = f"CRASH-{secrets.token_hex(5)}"
    trial = Trial(combination, OrderUnderTest(cell, combination.gateway, reference), flow)
    try:
        async with asyncio.timeout(BEGIN_SECONDS):
            await flow.begin(trial.tested)
    except TimeoutError:
        trial.problems.append("the order never came to the beginning of its flow")
    return trial


async def cut(trial: Trial) -> None:
    """Sets the flow off and has the service die at the place; when this returns it runs again."""
    cell, combination = trial.tested.cell, trial.combination
    service = cell.services[combination.service]
    # A message on which processes die ten times is set aside: that is not what is tried here.
    await cell.idle()
    cell.arm(Armed(marks=trial.tested.marks, die_at=combination.place))
    trial.acting = asyncio.create_task(trial.flow.act(trial.tested))
    death = asyncio.create_task(service.died())
    over = asyncio.create_task(_over(trial))
    await asyncio.wait({death, over}, timeout=FLOW_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    cell.disarm()
    if not death.done():
        death.cancel()
        return
    try:
        await death
        trial.was_killed = True
    except ServiceDied as error:
        trial.problems.append(str(error))
    await service.start()


async def _over(trial: Trial) -> None:
    await trial.tested.rest(trial.flow.status)
    await asyncio.sleep(LAST_STEPS_SECONDS)


async def judge(trial: Trial, *, rest_seconds: float = REST_SECONDS) -> None:
    """Waits until all is quiet, goes on as the world would, and asks the oracle."""
    since = time.monotonic()
    flow = trial.flow
    try:
        async with asyncio.timeout(rest_seconds):
            await _come_to_rest(trial)
            trial.recovery_seconds = time.monotonic() - since
            if flow.settle is not None:
                await flow.settle(trial.tested)
                await trial.tested.rest(flow.last_status)
    except TimeoutError:
        trial.problems.append(f"not at rest after {rest_seconds:g} s")
    except Exception as error:  # noqa: BLE001 - the trouble of one trial must not hide the others
        trial.problems.append(f"it could not be judged: {error!r}")
    await _stop_acting(trial)
    if trial.is_ok:
        await _hear_all_events(trial.tested)
    trial.problems += await problems_of(trial.tested, status=flow.last_status, effects=flow.effects)
    if trial.problems:
        trial.evidence = await evidence_of(trial.tested)


async def _come_to_rest(trial: Trial) -> None:
    if trial.acting is not None:
        await trial.acting
    await trial.tested.rest(trial.flow.status)
    # Whoever is not sure sends his command again: it must not move anything any more.
    for command_id in trial.tested.asked:
        await trial.tested.hear(command_id)
    await trial.tested.rest(trial.flow.status)


async def _stop_acting(trial: Trial) -> None:
    if trial.acting is not None and not trial.acting.done():
        trial.acting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await trial.acting


async def _hear_all_events(tested: OrderUnderTest) -> None:
    """The last ones may still be on their way from the broker to us."""
    order = await tested.order()
    deadline = time.monotonic() + EVENTS_SECONDS
    while order is not None and time.monotonic() < deadline:
        if len(tested.cell.heard[tested.reference]) >= order.sequence:
            return
        await asyncio.sleep(PAUSE_SECONDS)
