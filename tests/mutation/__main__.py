"""Breaks the domain in thousands of small ways and counts how many of them a unit test notices.

Values of module constants are not broken by mutmut; tests that name them see to those.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from mutation.workshop import WORKSHOP, Fate, Mutant, mutants, prepare, run, shown

WANTED_PERCENT = 95.0
_NOTICED = (Fate.KILLED, Fate.TIMED_OUT)


def main() -> int:
    """Exit status 1 where too many went unnoticed."""
    asked, console, started = _arguments(), Console(highlight=False), time.monotonic()
    prepare()
    code = run(asked.only.split(), children=asked.children)
    tried = list(mutants())
    if code or not tried:
        console.print((WORKSHOP / "mutmut.log").read_text()[-2000:], markup=False)
        return 1
    for mutant in tried:
        if mutant.fate not in _NOTICED:
            console.print(f"{mutant.fate}: {mutant.name}\n{shown(mutant)}\n", markup=False)
    console.print(table(tried))
    minutes = (time.monotonic() - started) / 60
    console.print(f"{len(tried)} mutants, {percent(tried):.1f} % noticed, in {minutes:.0f} minutes")
    return 0 if percent(tried) >= WANTED_PERCENT else 1


def table(tried: Sequence[Mutant]) -> Table:
    """A row for each module, and one for all."""
    made = Table("module", "mutants", *Fate, "noticed")
    for column in made.columns[1:]:
        column.justify = "right"
    for module in sorted({mutant.module for mutant in tried}):
        made.add_row(*_row(module, [m for m in tried if m.module == module]))
    made.add_section()
    made.add_row(*_row("all", tried))
    return made


def percent(tried: Sequence[Mutant]) -> float:
    return 100 * sum(mutant.fate in _NOTICED for mutant in tried) / len(tried)


def _row(name: str, tried: Sequence[Mutant]) -> tuple[str, ...]:
    fates = Counter(mutant.fate for mutant in tried)
    counts = (str(fates[fate]) for fate in Fate)
    return (name, str(len(tried)), *counts, f"{percent(tried):.1f} %")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="modules of the domain, such as 'facts events'")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
