"""From a failing run to the shortest story that still fails: what does not matter is left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from simulation.sabotage import UNHARMED, Sabotage
from simulation.town import Run, run

MOST_RUNS = 400
Part = TypeVar("Part", int, str)


@dataclass
class _Search:
    """Counts its runs, so that it ends."""

    seed: int
    sabotage: Callable[[], Sabotage]
    best: Run
    is_deaf: bool
    left_out: frozenset[int] = frozenset()
    silenced: frozenset[str] = frozenset()
    runs: int = 0

    def without_acts(self, numbers: frozenset[int]) -> bool:
        return self._still_fails(self.left_out | numbers, self.silenced)

    def without_misfortunes(self, names: frozenset[str]) -> bool:
        return self._still_fails(self.left_out, self.silenced | names)

    def _still_fails(self, left_out: frozenset[int], silenced: frozenset[str]) -> bool:
        if self.runs >= MOST_RUNS:
            return False
        self.runs += 1
        found = run(
            self.seed,
            left_out=left_out,
            silenced=silenced,
            sabotage=self.sabotage(),
            is_deaf=self.is_deaf,
        )
        if not found.complaints:
            return False
        self.best, self.left_out, self.silenced = found, left_out, silenced
        return True


def minimised(
    failing: Run, *, sabotage: Callable[[], Sabotage] = lambda: UNHARMED, is_deaf: bool = False
) -> Run:
    """Acts first, then misfortunes, in halves and then one by one."""
    search = _Search(failing.seed, sabotage, failing, is_deaf)
    _shrink([act.number for act in failing.script.acts], search.without_acts)
    misfortunes = [h.name for h in search.best.story if h.name is not None]
    _shrink(misfortunes, search.without_misfortunes)
    return search.best


def _shrink(parts: Sequence[Part], holds_without: Callable[[frozenset[Part]], bool]) -> None:
    size = len(parts)
    while size:
        for start in range(0, len(parts), size):
            holds_without(frozenset(parts[start : start + size]))
        size //= 2
