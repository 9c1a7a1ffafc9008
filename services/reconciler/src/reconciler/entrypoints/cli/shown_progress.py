"""A progress bar on stderr, so that what a program reads stays clean."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


@dataclass(slots=True)
class AccountProgress:
    """One bar for each step of an account's comparison."""

    bars: Progress
    account: str
    task: TaskID | None = None

    def begin(self, step: str, total: int | None) -> None:
        if self.task is not None:
            self.bars.remove_task(self.task)
        self.task = self.bars.add_task(f"{self.account}: {step}", total=total)

    def advance(self, count: int = 1) -> None:
        if self.task is not None:
            self.bars.advance(self.task, count)


@dataclass(frozen=True, slots=True)
class ShownProgress:
    bars: Progress

    def of(self, account: str) -> AccountProgress:
        return AccountProgress(self.bars, account)


@contextmanager
def shown_progress() -> Iterator[ShownProgress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield ShownProgress(bars)
