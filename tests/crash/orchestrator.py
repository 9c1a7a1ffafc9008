"""The payment-orchestrator with a trap at every boundary: `python -m crash.orchestrator`."""

import asyncio
import os
import sys
from pathlib import Path

from crash.breaks import BREAK, broken
from crash.prefork import import_gateways, serve_forks
from crash.standing import Trapped
from crash.trap import ARMED_FILE, Trap
from payment_orchestrator.__main__ import run
from payment_orchestrator.config import load_settings
from payments_common.telemetry.logs import configure


def work() -> int:
    around = broken(os.environ.get(BREAK), Trapped(Trap(Path(os.environ[ARMED_FILE]))))
    settings = load_settings()
    configure("payment-orchestrator", stream=sys.stderr, level=settings.log_level)
    asyncio.run(run(settings, around=around))
    return 0


if __name__ == "__main__":
    import_gateways()
    sys.exit(serve_forks(work))
