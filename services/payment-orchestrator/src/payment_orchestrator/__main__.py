"""Runs one orchestrator until it is told to stop; scale by running more of them."""

import asyncio
import json
import signal
import sys

from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.bootstrap import open_orchestrator
from payment_orchestrator.config import Settings, load_settings
from payment_orchestrator.entrypoints.status_server import serve_status
from payment_orchestrator.entrypoints.worker import consuming
from payments_common.around import Around, nothing_around
from payments_common.errors import PaymentsError
from payments_common.telemetry.logs import configure, get_logger
from payments_common.telemetry.metrics import new_registry


async def run(settings: Settings, *, around: Around = nothing_around) -> None:
    stopping = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopping.set)
    metrics = OrchestratorMetrics(new_registry())
    async with open_orchestrator(settings, metrics=metrics, around=around) as opened:
        runner, url = await serve_status(
            host=settings.orchestrator_host,
            port=settings.orchestrator_port,
            checks={"database": opened.store_answers, "broker": opened.broker_answers},
            registry=metrics.registry,
        )
        async with consuming(
            opened.broker,
            tools=opened.tools,
            relay=opened.relay,
            prefetch=settings.orchestrator_prefetch,
        ):
            metrics.consuming.set(1)
            print(json.dumps({"service": "payment-orchestrator", "url": url}), flush=True)  # noqa: T201
            await stopping.wait()
            get_logger().info("stopping")
            metrics.consuming.set(0)
        await runner.cleanup()


def main() -> int:
    try:
        settings = load_settings()
        configure("payment-orchestrator", stream=sys.stderr, level=settings.log_level)
        asyncio.run(run(settings))
    except PaymentsError as error:
        sys.stderr.write(f"payment-orchestrator cannot run: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
