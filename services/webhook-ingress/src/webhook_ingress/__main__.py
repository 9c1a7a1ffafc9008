"""The process: configuration, signals, and the order in which things start and stop."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence

from payments_common.around import Around, nothing_around
from payments_common.clock import Clock, SystemClock
from payments_common.config import Account
from payments_common.errors import Misconfigured
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.references import time_ordered_ids
from payments_common.telemetry.logs import configure, get_logger
from payments_common.telemetry.metrics import new_registry
from webhook_ingress.app import Ingress, create_ingress
from webhook_ingress.config import IngressConfig, read_config
from webhook_ingress.late_broker import LateBroker
from webhook_ingress.receive_webhook import SOURCE

EXIT_MISCONFIGURED = 2


def main() -> int:
    try:
        config, accounts = read_config()
        configure(SOURCE, stream=sys.stderr, level=config.log_level)
        asyncio.run(serve(config, accounts, clock=SystemClock()))
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_MISCONFIGURED
    return 0


async def serve(
    config: IngressConfig,
    accounts: Sequence[Account],
    *,
    clock: Clock,
    around: Around = nothing_around,
) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests under way get their answers."""
    stop = _stop_signal()
    broker = LateBroker(lambda: _connect(config, clock), clock=clock)
    ingress = create_ingress(
        config,
        accounts=accounts,
        publisher=around("publisher", broker),
        is_connected=lambda: broker.healthy,
        clock=clock,
        new_id=time_ordered_ids(clock),
        registry=new_registry(),
    )
    try:
        await broker.start()
        url = await ingress.listener.start(config.host, config.port)
        _announce(url)
        await _until_either(stop, broker)
        await _drain(ingress, clock=clock, seconds=config.drain_seconds)
    finally:
        await ingress.listener.finish()
        await broker.close()
        get_logger().info("stopped")


async def _connect(config: IngressConfig, clock: Clock) -> RabbitBroker:
    # Declaring is for the deployment: the ingress's user may write to one exchange and no more.
    return await RabbitBroker.connect(
        config.rabbitmq_url.get_secret_value(),
        connection_name=SOURCE,
        clock=clock,
        declare=False,
        confirm_timeout_seconds=config.confirm_timeout_seconds,
    )


async def _until_either(stop: asyncio.Event, broker: LateBroker) -> None:
    failing = asyncio.create_task(broker.failed())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([failing, stopping], return_when=asyncio.FIRST_COMPLETED)
        if failing.done():
            await failing
    finally:
        failing.cancel()
        stopping.cancel()


async def _drain(ingress: Ingress, *, clock: Clock, seconds: float) -> None:
    """Takes no new connection; clients of open ones are told to close them with their answer."""
    get_logger().info("draining")
    ingress.draining.started = True
    ingress.listener.stop_accepting()
    await clock.sleep(seconds)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    return stop


def _announce(url: str) -> None:
    """One line for whoever started this process, the port among it."""
    sys.stdout.write(json.dumps({"service": SOURCE, "url": url}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
