"""The demo's house with several orchestrators, on servers of its own that a test may harm."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_stack.settings import MONGODB_VARIABLE, RABBITMQ_VARIABLE
from local_stack.stack import LocalStack
from payments_demo.house import House, Urls
from payments_demo.service import Service

# Long enough for a webhook to outlive a restart of the broker: 1, 2, 3 and 4 minutes scaled.
RETRY_SCALE = 0.05
GATEWAY_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Estate:
    house: House
    servers: LocalStack
    orchestrators: list[Service]
    folder: Path

    @property
    def urls(self) -> Urls:
        return self.house.urls

    @property
    def services(self) -> dict[str, Service]:
        """By the names that faults call them."""
        named = {f"orchestrator {n}": each for n, each in enumerate(self.orchestrators, start=1)}
        return {**named, "ingress": self.house.ingress}


@contextmanager
def estate(
    *,
    orchestrators: int,
    prefetch: int = 32,
    retry_scale: float = RETRY_SCALE,
    folder: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[Estate]:
    """Logs are in `folder`; without one they go when the estate does."""
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="estate-")))
        report("Starting RabbitMQ and MongoDB")
        servers = stack.enter_context(_own_servers(report))
        house = stack.enter_context(
            House(
                report=report,
                folder=place,
                retry_scale=retry_scale,
                gateway_timeout_seconds=GATEWAY_TIMEOUT_SECONDS,
                servers=servers,
                settings={"PAYMENTS_ORCHESTRATOR_PREFETCH": str(prefetch)},
            )
        )
        running = [house.orchestrator]
        for number in range(2, orchestrators + 1):
            report(f"Starting orchestrator {number}")
            service = _another_orchestrator(house, place / f"orchestrator-{number}.log")
            stack.callback(service.stop)
            service.start()
            running.append(service)
        yield Estate(house, servers, running, place)


def _own_servers(report: Callable[[str], None]) -> LocalStack:
    given = (RABBITMQ_VARIABLE, MONGODB_VARIABLE)
    environment = {name: value for name, value in os.environ.items() if name not in given}
    return LocalStack.start(
        report=report, environment=environment, plugins=("rabbitmq_management",)
    )


def _another_orchestrator(house: House, log: Path) -> Service:
    environment = {**house.environment, "PAYMENTS_ORCHESTRATOR_PORT": "0"}
    return Service("payment_orchestrator", environment=environment, log=log)
