"""`make simulate SEEDS=10000`: lives through that many seeds; `SEED=17` tells one as a story.

`DEAF=1` drops every webhook: then polling alone has to bring all orders to their right state.
"""

import argparse
import os
import secrets
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulation.campaign import cores, failing_seeds, quieten
from simulation.minimise import minimised
from simulation.town import Run, run

TOLD_AT_MOST = 3
HASH_SEED = "PYTHONHASHSEED"


def main() -> int:
    """Exit status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, help="the first seed; random if not given")
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--seed", type=int, help="replay this one and tell all of it")
    parser.add_argument("--deaf", action="store_true", help="no webhook comes in any seed")
    asked = parser.parse_args()
    if os.environ.get(HASH_SEED) != "0":
        # A set's order must be the same in each replay.
        again = [sys.executable, "-m", "simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, HASH_SEED: "0"})
    quieten()
    if asked.seed is not None:
        told = run(asked.seed, is_deaf=asked.deaf)
        _tell(told)
        return 1 if told.complaints else 0
    first = secrets.randbelow(10**9) if asked.first is None else asked.first
    return _campaign(first, asked.seeds, jobs=asked.jobs, is_deaf=asked.deaf)


def _campaign(first: int, count: int, *, jobs: int, is_deaf: bool) -> int:
    console, started = Console(), time.monotonic()
    console.print(f"{count} seeds from {first}, {jobs} at a time")
    broken = []
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("seeds", total=count)
        for seed, complaints in failing_seeds(
            first, count, jobs=jobs, is_deaf=is_deaf, on_done=lambda: progress.advance(bar)
        ):
            broken.append(seed)
            console.print(f"[red]seed {seed}[/red]: {'; '.join(complaints)}", highlight=False)
    minutes = (time.monotonic() - started) / 60
    console.print(
        f"{count} seeds, {len(broken)} broken, {count / minutes:.0f} seeds a minute", style="bold"
    )
    for seed in broken[:TOLD_AT_MOST]:
        _tell(minimised(run(seed, is_deaf=is_deaf), is_deaf=is_deaf))
    return 1 if broken else 0


def _tell(told: Run) -> None:
    """The story, the orders' own histories, and what is wrong."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"\nSeed {told.seed}", style="bold")
    for happening in told.story:
        style = "yellow" if happening.name else ""
        console.print(
            f"{happening.at_seconds:10.3f} s  {happening.text}", style=style, markup=False
        )
    for line in told.orders:
        console.print(line, markup=False)
    for complaint in told.complaints:
        console.print(f"✗ {complaint}", style="red", markup=False)
    console.print(f"Again: make simulate SEED={told.seed}")


if __name__ == "__main__":
    sys.exit(main())
