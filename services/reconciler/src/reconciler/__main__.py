"""Runs one reconciler until it is told to stop; scale by running more of them."""

import asyncio
import contextlib
import json
import signal
import sys
from contextlib import AsyncExitStack

from payments_common.around import Around, nothing_around
from payments_common.errors import PaymentsError
from payments_common.process.status_server import Check, serve_status
from payments_common.telemetry.logs import configure, get_logger
from payments_common.telemetry.metrics import new_registry
from reconciler.adapters.metrics import ReconcilerMetrics
from reconciler.bootstrap import Reconciler, open_reconciler
from reconciler.config import Settings, load_settings
from reconciler.entrypoints.lister import listing
from reconciler.entrypoints.poller import polling
from reconciler.entrypoints.sampler import sampling
from reconciler.entrypoints.scouting import scouting

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def run(settings: Settings, *, around: Around = nothing_around) -> None:
    """Waits for servers that are away; a signal ends it at once while it has not begun."""
    loop, starting = asyncio.get_running_loop(), asyncio.current_task()
    stopping = asyncio.Event()
    for signal_number in STOP_SIGNALS:
        loop.add_signal_handler(signal_number, starting.cancel if starting else stopping.set)
    metrics = ReconcilerMetrics(new_registry())
    checks: dict[str, Check] = {"started": _not_yet}
    async with AsyncExitStack() as stack:
        runner, url = await serve_status(
            host=settings.reconciler_host,
            port=settings.reconciler_port,
            checks=checks,
            registry=metrics.registry,
        )
        stack.push_async_callback(runner.cleanup)
        opened = await stack.enter_async_context(
            open_reconciler(settings, metrics=metrics, around=around)
        )
        await _begin(opened, metrics, stack)
        for signal_number in STOP_SIGNALS:
            loop.add_signal_handler(signal_number, stopping.set)
        del checks["started"]
        checks |= {"database": opened.store.answers, "broker": opened.broker_answers}
        metrics.polling.set(1)
        print(json.dumps({"service": "reconciler", "url": url}), flush=True)  # noqa: T201
        await stopping.wait()
        get_logger().info("stopping")
        metrics.polling.set(0)


async def _begin(opened: Reconciler, metrics: ReconcilerMetrics, stack: AsyncExitStack) -> None:
    """What begins last stops first."""
    clock = opened.clock
    await stack.enter_async_context(
        sampling(opened.schedule, metrics, accounts=opened.accounts, clock=clock)
    )
    await stack.enter_async_context(scouting(opened.scout, clock=clock))
    await stack.enter_async_context(listing(opened.listers, metrics=metrics.listing, clock=clock))
    await stack.enter_async_context(polling(opened.pollings.values(), tools=opened.poll_tools))


async def _not_yet() -> bool:
    return False


def main() -> int:
    try:
        settings = load_settings()
        configure("reconciler", stream=sys.stderr, level=settings.log_level)
        with contextlib.suppress(asyncio.CancelledError):  # told to stop before it had begun
            asyncio.run(run(settings))
    except PaymentsError as error:
        sys.stderr.write(f"reconciler cannot run: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
