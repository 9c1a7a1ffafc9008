"""Runs one orchestrator until it is told to stop; scale by running more of them."""

import asyncio
import contextlib
import json
import signal
import sys
from contextlib import AsyncExitStack

from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.adapters.work_sweep import SWEEP_SECONDS
from payment_orchestrator.bootstrap import Orchestrator, open_orchestrator
from payment_orchestrator.config import Settings, load_settings
from payment_orchestrator.entrypoints.sampler import sampling, sampling_webhooks
from payment_orchestrator.entrypoints.status_api.api import StatusApi
from payment_orchestrator.entrypoints.status_api.app import create_app, listener
from payment_orchestrator.entrypoints.status_api.opening import serving_pages
from payment_orchestrator.entrypoints.worker import consuming
from payments_common.around import Around, nothing_around
from payments_common.clock import SystemClock
from payments_common.errors import PaymentsError
from payments_common.gateways.guarding import Guarding
from payments_common.process.breaker_routes import add_breaker_routes
from payments_common.process.repeating import repeating
from payments_common.process.status_server import Check
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
        api = StatusApi(settings, metrics=metrics.status, clock=SystemClock())
        # Routes beside the API are added to this application before it listens.
        app = create_app(api, checks=checks, registry=metrics.registry)
        guardings: list[Guarding] = []
        add_breaker_routes(app, guardings)
        server = listener(app, connections=settings.orchestrator_max_connections)
        stack.push_async_callback(server.finish)
        url = await server.start(settings.orchestrator_host, settings.orchestrator_port)
        opened = await stack.enter_async_context(
            open_orchestrator(settings, metrics=metrics, around=around)
        )
        guardings.append(opened.guarding)
        await _begin_sampling(stack, opened, metrics)
        await stack.enter_async_context(
            repeating(
                opened.work_sweep.sweep_once,
                "work_not_swept",
                every_seconds=SWEEP_SECONDS,
                clock=opened.tools.clock,
            )
        )
        await stack.enter_async_context(
            consuming(
                opened.broker,
                tools=opened.tools,
                relay=opened.relay,
                prefetch=settings.orchestrator_prefetch,
            )
        )
        await stack.enter_async_context(
            serving_pages(
                api,
                settings,
                tools=opened.tools,
                versions=opened.versions,
                metrics=metrics.status,
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


async def _begin_sampling(
    stack: AsyncExitStack, opened: Orchestrator, metrics: OrchestratorMetrics
) -> None:
    accounts, clock = opened.tools.gateways, opened.tools.clock
    await stack.enter_async_context(
        sampling(opened.watch, metrics.waiting, accounts=accounts, clock=clock)
    )
    await stack.enter_async_context(
        sampling_webhooks(opened.webhook_hours, metrics.webhooks, accounts=accounts, clock=clock)
    )


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
