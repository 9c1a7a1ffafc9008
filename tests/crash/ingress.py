"""The webhook-ingress with a trap at every boundary: `python -m crash.ingress`."""

import asyncio
import os
import sys
from pathlib import Path

from crash.prefork import import_gateways, serve_forks
from crash.standing import TrappedIngress
from crash.trap import ARMED_FILE, Trap
from payments_common.clock import SystemClock
from payments_common.telemetry.logs import configure
from webhook_ingress.__main__ import serve
from webhook_ingress.config import read_config
from webhook_ingress.receive_webhook import SOURCE


def work() -> int:
    config, accounts = read_config()
    configure(SOURCE, stream=sys.stderr, level=config.log_level)
    around = TrappedIngress(Trap(Path(os.environ[ARMED_FILE])))
    asyncio.run(serve(config, accounts, clock=SystemClock(), around=around))
    return 0


if __name__ == "__main__":
    import_gateways()
    sys.exit(serve_forks(work))
