"""Finds the places that a flow passes, by letting it pass all of them."""

import asyncio
from collections import Counter
from pathlib import Path

from crash.cell import Cell
from crash.combination import Combination
from crash.order_under_test import PAUSE_SECONDS
from crash.trap import Armed
from crash.trial import REST_SECONDS, begin, judge

SURVEYS = 2
"""What is not passed each time depends on who is faster, so nobody can be sent there to die."""


class SurveyFailed(RuntimeError):
    """A flow does not even work when nobody is killed."""


async def places_of(cell: Cell, gateway: str, flow: str) -> list[Combination]:
    """In the order in which they are passed."""
    seen = [await _passed(cell, gateway, flow, number=number) for number in range(SURVEYS)]
    always = set.intersection(*(set(each) for each in seen))
    return [Combination(gateway, flow, place) for place in seen[0] if place in always]


async def _passed(cell: Cell, gateway: str, flow: str, *, number: int) -> list[str]:
    trial = await begin(cell, Combination(gateway, flow, ""))
    trace = cell.armed_file.with_name(f"{gateway}-{flow}-{number}.trace")
    trace.touch()
    cell.arm(Armed(marks=trial.tested.marks, trace=str(trace)))
    trial.acting = asyncio.create_task(trial.flow.act(trial.tested))
    async with asyncio.timeout(REST_SECONDS):
        await trial.acting
        await trial.tested.rest(trial.flow.status)
        await _acknowledged(trace)
    cell.disarm()
    await judge(trial)
    if not trial.is_ok:
        problems = "; ".join(trial.problems)
        raise SurveyFailed(f"{gateway}/{flow} without a crash: {problems}\n{trial.evidence}")
    return _places(trace)


async def _acknowledged(trace: Path) -> None:
    """Every message that was begun has been acknowledged, and none came for a moment."""
    before: list[str] = []
    while (now := _places(trace)) != before or not _is_complete(now):
        before = now
        await asyncio.sleep(PAUSE_SECONDS)


def _places(trace: Path) -> list[str]:
    return trace.read_text().splitlines()


def _is_complete(places: list[str]) -> bool:
    points = Counter(place.split("/", 1)[1].rsplit("#", 1)[0] for place in places)
    return points["ack:before"] == points["ack:after"]
