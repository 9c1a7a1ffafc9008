"""Surveys the flows, has the services die at each place that they pass, judges what comes of it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crash.cell import Cell, open_cell
from crash.combination import Combination
from crash.flows import FLOWS
from crash.leftovers import leftovers
from crash.survey import places_of
from crash.trial import Trial, begin, cut, judge
from local_stack.stack import StackUrls

BATCH = 24
"""Orders that are brought to the beginning of their flow together, before anybody dies."""
MOST_TRIES = 3
"""Two handlers of one order may overtake each other, so that a place is not passed this time."""

Progress = Callable[[Trial], None]
GatewayFlow = tuple[str, str]


@dataclass
class Results:
    """The trials, and what was still in the queues when all of them were over."""

    trials: list[Trial] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        failed = [f"{each.combination}: {each.problems}" for each in self.trials if not each.is_ok]
        return failed + self.leftovers


@asynccontextmanager
async def open_cells(servers: StackUrls, folder: Path, *, number: int) -> AsyncIterator[list[Cell]]:
    async with AsyncExitStack() as stack:
        opening = (stack.enter_async_context(open_cell(servers, folder)) for _ in range(number))
        yield list(await asyncio.gather(*opening))


def flows_of(only: str = "") -> list[GatewayFlow]:
    """Those that combinations which begin with `only` can belong to."""
    pairs = [(gateway, flow.name) for flow in FLOWS for gateway in flow.gateways]
    return [
        pair
        for pair in pairs
        if (name := f"{'/'.join(pair)}/").startswith(only) or only.startswith(name)
    ]


async def survey(cells: Sequence[Cell], flows: Iterable[GatewayFlow]) -> list[Combination]:
    """All places of these flows, flow by flow."""
    wanted = list(flows)
    waiting, found = deque(wanted), dict[GatewayFlow, list[Combination]]()

    async def work(cell: Cell) -> None:
        while waiting:
            pair = waiting.popleft()
            found[pair] = await places_of(cell, *pair)

    await asyncio.gather(*(work(cell) for cell in cells))
    return [each for pair in wanted for each in found[pair]]


async def crash_at(
    cells: Sequence[Cell], combinations: Iterable[Combination], *, progress: Progress
) -> Results:
    """One trial for each; afterwards the cells' services are gone."""
    waiting, results = deque(combinations), Results()

    async def work(cell: Cell) -> None:
        results.trials.extend(await _crash_in(cell, waiting, progress=progress))
        results.leftovers.extend(await leftovers(cell))

    await asyncio.gather(*(work(cell) for cell in cells))
    return results


async def _crash_in(cell: Cell, waiting: deque[Combination], *, progress: Progress) -> list[Trial]:
    """Goes on with the next while those before recover, so their waits do not add up."""
    judging: list[asyncio.Task[Trial]] = []

    async def judged(trial: Trial) -> Trial:
        await judge(trial)
        progress(trial)
        return trial

    while waiting:
        batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
        for begun in await asyncio.gather(*(begin(cell, each) for each in batch)):
            trial = await _cut(cell, begun) if begun.is_ok else begun
            judging.append(asyncio.create_task(judged(trial)))
    return list(await asyncio.gather(*judging))


async def _cut(cell: Cell, begun: Trial) -> Trial:
    """Tries another order when the place was not passed, but judges this one too."""
    trial = begun
    await cut(trial)
    for _ in range(MOST_TRIES - 1):
        if trial.was_killed or not trial.is_ok:
            break
        await judge(trial)
        again = await begin(cell, trial.combination)
        if not trial.is_ok or not again.is_ok:
            break
        trial = again
        await cut(trial)
    return trial
