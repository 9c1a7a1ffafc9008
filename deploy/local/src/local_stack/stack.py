"""The local stack: a real RabbitMQ and a real MongoDB replica set for demo, tests, benchmarks."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local_stack.binary_servers import BinaryServers
from local_stack.cache import cache_folder
from local_stack.containers import ContainerServers
from local_stack.engine import needed_images, obstacle_to_containers
from local_stack.errors import StackUnavailableError
from local_stack.given import given_mongodb, given_rabbitmq
from local_stack.progress import Report, print_to_stderr
from local_stack.server import Broker, Server, Servers
from local_stack.settings import Mode, Settings


@dataclass(frozen=True)
class StackUrls:
    """Where clients connect."""

    rabbitmq_url: str
    mongodb_url: str
    rabbitmq_management_url: str | None = None
    rabbitmq_prometheus_url: str | None = None


class LocalStack:
    """Both servers, ready; the end of the context, or of its owner, leaves no trace of them."""

    def __init__(self, *, rabbitmq: Broker, mongodb: Server, close: Callable[[], None]) -> None:
        self.rabbitmq = rabbitmq
        self.mongodb = mongodb
        self.urls = StackUrls(
            rabbitmq_url=rabbitmq.url,
            mongodb_url=mongodb.url,
            rabbitmq_management_url=rabbitmq.management_url,
            rabbitmq_prometheus_url=rabbitmq.prometheus_url,
        )
        self._close = close

    @classmethod
    def start(
        cls,
        *,
        report: Report = print_to_stderr,
        folder: Path | None = None,
        plugins: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Use the URLs of the environment, start what they leave out, and wait until all is ready.

        A folder of its own is made below `folder` (by default the system's temporary folder).
        Raises StackError, which says what to do.
        """
        variables = os.environ if environment is None else environment
        settings = Settings.read(variables)
        servers = _servers(
            settings,
            report=report,
            folder=folder,
            plugins=plugins,
            cache=cache_folder(variables),
        )
        rabbitmq, mongodb = _start_both(settings, servers)
        return cls(rabbitmq=rabbitmq, mongodb=mongodb, close=servers.close)

    def stop(self) -> None:
        """End the servers this stack started and remove their files; may be called twice."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _NoServers:
    """Where the environment gives both URLs, nothing is started."""

    def rabbitmq(self) -> Broker:
        raise AssertionError

    def mongodb(self) -> Server:
        raise AssertionError

    def close(self) -> None:
        pass


def _servers(
    settings: Settings,
    *,
    report: Report,
    folder: Path | None,
    plugins: tuple[str, ...],
    cache: Path,
) -> Servers:
    if settings.rabbitmq_url and settings.mongodb_url:
        return _NoServers()
    tried: tuple[str, ...] = ()
    if settings.mode is not Mode.BINARIES:
        images = needed_images(
            rabbitmq=settings.rabbitmq_url is None, mongodb=settings.mongodb_url is None
        )
        obstacle = obstacle_to_containers(images=images, report=report)
        if obstacle is None:
            return ContainerServers(plugins=plugins)
        if settings.mode is Mode.DOCKER:
            raise StackUnavailableError(
                "A container", reasons=(obstacle.reason,), command=obstacle.command
            )
        report(f"Using local binaries: {obstacle.reason}")
        tried = (obstacle.reason,)
    return BinaryServers(cache=cache, report=report, folder=folder, plugins=plugins, tried=tried)


def _start_both(settings: Settings, servers: Servers) -> tuple[Broker, Server]:
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="local-stack")
    try:
        rabbitmq = (
            pool.submit(given_rabbitmq, settings.rabbitmq_url)
            if settings.rabbitmq_url
            else pool.submit(servers.rabbitmq)
        )
        mongodb = (
            pool.submit(given_mongodb, settings.mongodb_url)
            if settings.mongodb_url
            else pool.submit(servers.mongodb)
        )
        return rabbitmq.result(), mongodb.result()
    except BaseException:
        servers.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
