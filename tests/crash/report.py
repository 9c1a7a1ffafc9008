"""What is shown while the test runs and at its end, and what is written for other programs."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crash.flows import FLOWS, GATEWAYS
from crash.run import Results
from crash.trial import Trial

EVERY = 25
NOT_REACHED = (
    "Not reached, in three tries each: two handlers of one order overtook each other, so that "
    "this passing of the boundary was not there."
)


class Reporter:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._since = time.monotonic()
        self._total = 0
        self._done: list[Trial] = []

    def tell(self, text: str) -> None:
        seconds = time.monotonic() - self._since
        self._console.print(f"{seconds:5.0f} s  {escape(text)}", highlight=False)

    def expect(self, total: int) -> None:
        self._total = total
        self.tell(f"{total} combinations of gateway, flow and place to die at")

    def judged(self, trial: Trial) -> None:
        self._done.append(trial)
        if not trial.is_ok:
            self.tell(f"FAILED {trial.combination}: {'; '.join(trial.problems)}")
        if len(self._done) % EVERY == 0 or len(self._done) == self._total:
            bad = sum(not each.is_ok for each in self._done)
            self.tell(f"{len(self._done)} of {self._total} judged, {bad} failed")

    def show(self, results: Results) -> None:
        """The failures in full, then the table."""
        trials = results.trials
        for trial in trials:
            if not trial.is_ok:
                self._show_failure(trial)
        for left in results.leftovers:
            self._console.print(f"[red]✗[/] left over at the end: {escape(left)}", highlight=False)
        self._console.print(_table(trials))
        missed = [trial for trial in trials if trial.is_ok and not trial.was_killed]
        if missed:
            self._console.print(NOT_REACHED)
            for trial in missed:
                self._console.print(f"  {trial.combination}", highlight=False)
        self.tell(summary(results))

    def _show_failure(self, trial: Trial) -> None:
        self._console.rule(f"[red]{trial.combination}")
        for problem in trial.problems:
            self._console.print(f"[red]✗[/] {escape(problem)}", highlight=False)
        self._console.print(escape(trial.evidence), highlight=False)
        self._console.print(f"Again, alone: make crash-test ONLY='{trial.combination}'")


def summary(results: Results) -> str:
    trials = results.trials
    killed = [trial for trial in trials if trial.was_killed]
    failed = [trial for trial in trials if not trial.is_ok]
    slowest = max((trial.recovery_seconds for trial in trials), default=0.0)
    return (
        f"{len(trials)} combinations, {len(killed)} killed, {len(failed)} failed, "
        f"{len(results.leftovers)} things left over; "
        f"the slowest was at rest after {slowest:.0f} s"
    )


def write(path: Path, results: Results, *, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    trials = [
        {
            "combination": str(trial.combination),
            "killed": trial.was_killed,
            "recovery_seconds": round(trial.recovery_seconds, 2),
            "problems": trial.problems,
        }
        for trial in sorted(results.trials, key=lambda each: str(each.combination))
    ]
    document = {"seconds": round(seconds), "leftovers": results.leftovers, "trials": trials}
    path.write_text(json.dumps(document, indent=1) + "\n")


def _table(trials: Sequence[Trial]) -> Table:
    table = Table(title="Killed at each place, and what came of it: ok / killed (slowest recovery)")
    table.add_column("flow")
    for gateway in GATEWAYS:
        table.add_column(gateway, justify="right")
    names = list(dict.fromkeys(flow.name for flow in FLOWS))
    for name in names:
        table.add_row(name, *(_cell(trials, name, gateway) for gateway in GATEWAYS))
    table.add_section()
    table.add_row("all", *(_cell(trials, None, gateway) for gateway in GATEWAYS))
    return table


def _cell(trials: Sequence[Trial], flow: str | None, gateway: str) -> str:
    here = [
        trial
        for trial in trials
        if trial.combination.gateway == gateway and flow in (None, trial.combination.flow)
    ]
    if not here:
        return "—"
    killed = sum(trial.was_killed for trial in here)
    ok = sum(trial.was_killed and trial.is_ok for trial in here)
    slowest = max(trial.recovery_seconds for trial in here)
    return f"{ok} / {killed} ({slowest:.0f} s)"
