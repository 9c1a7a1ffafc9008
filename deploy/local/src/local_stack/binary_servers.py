"""Servers as local processes in one guarded folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from local_stack.binaries import mongodb_binaries, rabbitmq_binaries
from local_stack.errors import ServerDiedError
from local_stack.guarded_folder import GuardedFolder
from local_stack.mongodb import MongoDBServer
from local_stack.progress import Report
from local_stack.rabbitmq import RabbitMQServer

# A port that was free may be taken before the server has it; the next try draws other ports.
START_ATTEMPTS = 3


class _Startable(Protocol):
    def start(self) -> None:
        """Start and wait until ready."""

    def discard(self) -> None:
        """End at once, whatever state it is in."""


StartableT = TypeVar("StartableT", bound=_Startable)


class BinaryServers:
    """Finds or fetches the programs and runs them."""

    def __init__(
        self,
        *,
        cache: Path,
        report: Report,
        folder: Path | None = None,
        plugins: tuple[str, ...] = (),
        tried: tuple[str, ...] = (),
    ) -> None:
        self._cache = cache
        self._report = report
        self._plugins = plugins
        self._tried = tried
        self._guard = GuardedFolder(folder)
        self._servers: list[_Startable] = []

    def rabbitmq(self) -> RabbitMQServer:
        binaries = rabbitmq_binaries(cache=self._cache, report=self._report, tried=self._tried)
        return self._started(
            lambda: RabbitMQServer(binaries=binaries, guard=self._guard, plugins=self._plugins)
        )

    def mongodb(self) -> MongoDBServer:
        binaries = mongodb_binaries(cache=self._cache, report=self._report, tried=self._tried)
        return self._started(lambda: MongoDBServer(binaries=binaries, guard=self._guard))

    def close(self) -> None:
        self._guard.close()
        for server in list(self._servers):  # they are dead; this takes note of it
            server.discard()

    def _started(self, make: Callable[[], StartableT]) -> StartableT:
        for attempt in range(1, START_ATTEMPTS + 1):
            server = make()
            self._servers.append(server)
            try:
                server.start()
            except ServerDiedError:
                server.discard()
                if self._guard.is_closed or attempt == START_ATTEMPTS:
                    raise
            else:
                return server
        raise AssertionError
