"""`python -m gateway_sandbox`: serve until SIGTERM, print one JSON line with the URL when ready."""

import argparse
import asyncio
import json
import logging
import signal
import sys

from aiohttp import web

from gateway_sandbox.app import create_app
from gateway_sandbox.settings import Settings

SHUTDOWN_SECONDS = 1.0


def main() -> None:
    """Read the command line once and serve."""
    parser = argparse.ArgumentParser(prog="gateway_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument(
        "--retry-scale",
        type=float,
        default=1.0,
        help="multiplies the waits between webhook attempts, e.g. 0.001 for tests",
    )
    parser.add_argument("--public-url", help="what browsers reach, if it is not this address")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    settings = Settings(retry_scale=arguments.retry_scale, public_url=arguments.public_url)
    asyncio.run(serve(settings, host=arguments.host, port=arguments.port))


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    runner = web.AppRunner(create_app(settings), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound_port = runner.addresses[0][1]
        print(json.dumps({"url": f"http://{_reachable(host)}:{bound_port}"}), flush=True)  # noqa: T201 - the ready line is this program's output
        await stop.wait()
    finally:
        await runner.cleanup()


def _reachable(host: str) -> str:
    if host in {"", "0.0.0.0", "::"}:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    main()
