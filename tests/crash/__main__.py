"""`make crash-test`: see CONTRIBUTING.md."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from crash.combination import Combination, every_nth
from crash.report import Reporter, write
from crash.run import Results, crash_at, flows_of, open_cells, survey
from crash.servers import own_servers
from local_stack.stack import StackUrls

RESULTS = Path(".local/crash-test.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("--only", default="", help="gateway/flow, or one combination in full")
    parser.add_argument("--part", default="", help="3/12 is the third of twelve parts")
    parser.add_argument("--cells", type=int, default=3, help="how many houses side by side")
    asked = parser.parse_args()
    reporter, since = Reporter(Console(soft_wrap=True)), time.monotonic()
    reporter.tell("starting RabbitMQ and MongoDB")
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="crash-test-") as folder:
        results = asyncio.run(_run(servers, Path(folder), asked, reporter))
    reporter.show(results)
    write(RESULTS, results, seconds=time.monotonic() - since)
    reporter.tell(f"written to {RESULTS}")
    return 0 if results.trials and not results.problems else 1


async def _run(
    servers: StackUrls, folder: Path, asked: argparse.Namespace, reporter: Reporter
) -> Results:
    is_one = "#" in asked.only
    reporter.tell("starting the services")
    async with open_cells(servers, folder, number=1 if is_one else asked.cells) as cells:
        if is_one:
            places = [Combination.read(asked.only)]
        else:
            reporter.tell("each flow without a crash, to see which places it passes")
            found = await survey(cells, flows_of(asked.only))
            places = [each for each in found if str(each).startswith(asked.only)]
        if asked.part:
            places = every_nth(places, asked.part)
        reporter.expect(len(places))
        return await crash_at(cells, places, progress=reporter.judged)


if __name__ == "__main__":
    sys.exit(main())
