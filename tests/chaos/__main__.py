"""`make chaos SECONDS=300 SEED=7`: harms real services on real servers, then holds them to law."""

import argparse
import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from bson import json_util

from chaos.faults import schedule
from chaos.report import report
from chaos.run import run
from support.estate import estate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long faults are made")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same faults")
    parser.add_argument("--orchestrators", type=int, default=2)
    parser.add_argument("--logs", type=Path, help="a folder to keep logs and orders of runs in")
    given = parser.parse_args()
    folder = given.logs and given.logs / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-seed-{given.seed}"
    logging.basicConfig(level=logging.CRITICAL)

    def tell(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    with estate(orchestrators=given.orchestrators, folder=folder, report=tell) as on:
        faults = schedule(given.seed, seconds=given.seconds, services=list(on.services))
        outcome = asyncio.run(run(on, faults, seed=given.seed, seconds=given.seconds, tell=tell))
    if folder is not None:
        (folder / "orders.json").write_text(json_util.dumps(outcome.seen.orders, indent=1))
        tell(f"Logs and orders are in {folder}")
    sys.stdout.write(report(outcome, seed=given.seed))
    return 0 if outcome.verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
