"""Runs one orchestrator until it is told to stop; scale by running more of them."""

import asyncio
import contextlib
import json
import signal
import sys
from contextlib import AsyncExitStack

from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.bootstrap import open_orchestrator
from payment_orchestrator.config import Settings, load_settings
from payment_orchestrator.entrypoints.sampler import sampling
from payment_orchestrator.entrypoints.worker import consuming
from payments_common.around import Around, nothing_around
from payments_common.errors import PaymentsError
from payments_common.process.background import in_background
from payments_common.process.status_server import Check, serve_status
from payments_common.telemetry.logs import configure, get_logger
from payments_common.telemetry.metrics import new_registry

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def run(settings: Settings, *, around: Around = nothing_around) -> None:
    """Waits for servers that are away; a signal ends it at once while it has not begun."""
    loop, starting = asyncio.get_running_loop(), asyncio.current_task()
    stopping = asyncio.Event()
    for signal_number in STOP_SIGNALS:
        loop.add_signal_handler(signal_number, starting.cancel if starting else stopping.set)
    metrics = OrchestratorMetrics(new_registry())
    checks: dict[str, Check] = {"started": _not_yet}
    async with AsyncExitStack() as stack:
        runner, url = await serve_status(
            host=settings.orchestrator_host,
            port=settings.orchestrator_port,
            checks=checks,
            registry=metrics.registry,
        )
        stack.push_async_callback(runner.cleanup)
        opened = await stack.enter_async_context(
            open_orchestrator(settings, metrics=metrics, around=around)
        )
        await stack.enter_async_context(
            sampling(
                opened.watch,
                metrics.waiting,
                accounts=opened.tools.gateways,
                clock=opened.tools.clock,
            )
        )
        await stack.enter_async_context(in_background(opened.work_sweep.sweep_forever()))
        await stack.enter_async_context(
            consuming(
                opened.broker,
                tools=opened.tools,
                relay=opened.relay,
                prefetch=settings.orchestrator_prefetch,
            )
        )
        for signal_number in STOP_SIGNALS:
            loop.add_signal_handler(signal_number, stopping.set)
        del checks["started"]
        checks |= {"database": opened.store_answers, "broker": opened.broker_answers}
        metrics.consuming.set(1)
        print(json.dumps({"service": "payment-orchestrator", "url": url}), flush=True)  # noqa: T201
        await stopping.wait()
        get_logger().info("stopping")
        metrics.consuming.set(0)


async def _not_yet() -> bool:
    return False


def main() -> int:
    try:
        settings = load_settings()
        configure("payment-orchestrator", stream=sys.stderr, level=settings.log_level)
        with contextlib.suppress(asyncio.CancelledError):  # told to stop before it had begun
            asyncio.run(run(settings))
    except PaymentsError as error:
        sys.stderr.write(f"payment-orchestrator cannot run: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
