"""The reconciler with a trap at every boundary of a poll: `python -m crash.reconciler`."""

import asyncio
import os
import sys
from pathlib import Path

from crash.prefork import import_gateways, serve_forks
from crash.standing import TrappedReconciler
from crash.trap import ARMED_FILE, Trap
from payments_common.telemetry.logs import configure
from reconciler.__main__ import run
from reconciler.config import load_settings


def work() -> int:
    settings = load_settings()
    configure("reconciler", stream=sys.stderr, level=settings.log_level)
    around = TrappedReconciler(Trap(Path(os.environ[ARMED_FILE])))
    asyncio.run(run(settings, around=around))
    return 0


if __name__ == "__main__":
    import_gateways()
    sys.exit(serve_forks(work))
