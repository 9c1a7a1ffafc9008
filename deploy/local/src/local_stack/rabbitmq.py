"""A private RabbitMQ node with its own epmd.

Left to itself a node starts epmd as a daemon that outlives it; a foreground epmd of our own,
started first, keeps the node from doing so.
"""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

from local_stack.guarded_folder import GuardedFolder
from local_stack.ports import LOOPBACK
from local_stack.rabbitmq_settings import (
    RabbitMQBinaries,
    RabbitMQPorts,
    node_environment,
    write_configuration,
)
from local_stack.server_process import ServerProcess
from local_stack.waiting import wait_until

PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
QUEUE_WRITTEN_SECONDS = 20.0


class RabbitMQServer:
    """One node on loopback; all it writes is in the guarded folder."""

    def __init__(
        self, *, binaries: RabbitMQBinaries, guard: GuardedFolder, plugins: tuple[str, ...] = ()
    ) -> None:
        self._ports = RabbitMQPorts.choose()
        self._plugins = plugins
        self._folder = folder = guard.path / f"rabbitmq-{self._ports.amqp}"
        write_configuration(folder, self._ports, plugins=plugins)
        environment = node_environment(folder, self._ports, binaries=binaries)
        epmd_port = str(self._ports.epmd)
        self._epmd = ServerProcess(
            "epmd",
            [str(binaries.erlang_bin / "epmd"), "-port", epmd_port, "-address", LOOPBACK],
            guard=guard,
            environment=environment,
            folder=folder,
            log=folder / "epmd.log",
        )
        self._node = ServerProcess(
            "RabbitMQ",
            ["/bin/sh", str(binaries.home / "sbin" / "rabbitmq-server")],
            guard=guard,
            environment=environment,
            folder=folder,
            log=folder / "rabbitmq.log",
        )

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{LOOPBACK}:{self._ports.amqp}/"

    @property
    def management_url(self) -> str | None:
        """Of the management API, if that plugin is on."""
        return self._plugin_url("rabbitmq_management", self._ports.management)

    @property
    def prometheus_url(self) -> str | None:
        """Of the metrics, if that plugin is on."""
        return self._plugin_url("rabbitmq_prometheus", self._ports.prometheus)

    def start(self) -> None:
        """Start epmd and the node, and wait until AMQP is answered."""
        self._epmd.start(ready=lambda: port_answers(LOOPBACK, self._ports.epmd))
        self._start_node()

    def discard(self) -> None:
        """End both processes of a start that failed."""
        self._node.kill()
        self._epmd.kill()

    def kill(self) -> None:
        self._node.kill()

    def stop(self) -> None:
        self._node.stop()

    def restart(self) -> None:
        self._node.stop()
        self._start_node()

    def suspend(self) -> None:
        self._node.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._node.signal(signal.SIGCONT)

    def wait_until_kept(self, queue: str) -> None:
        wait_until(
            lambda: any(queue.encode() in names.read_bytes() for names in self._quorum_names()),
            what=f"the quorum queue {queue} on disk",
            timeout_seconds=QUEUE_WRITTEN_SECONDS,
        )

    def _quorum_names(self) -> Iterator[Path]:
        return self._folder.glob("data/*/quorum/*/names.dets")

    def _start_node(self) -> None:
        self._node.start(ready=lambda: amqp_answers(LOOPBACK, self._ports.amqp))

    def _plugin_url(self, plugin: str, port: int) -> str | None:
        return f"http://{LOOPBACK}:{port}" if plugin in self._plugins else None


def port_answers(host: str, port: int, *, timeout_seconds: float = 0.5) -> bool:
    """Whether a connection is accepted."""
    try:
        socket.create_connection((host, port), timeout_seconds).close()
    except OSError:
        return False
    return True


def amqp_answers(host: str, port: int, *, timeout_seconds: float = 2.0) -> bool:
    """Whether the AMQP 0-9-1 header is answered with a method frame (connection.start)."""
    try:
        with socket.create_connection((host, port), timeout_seconds) as connection:
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == METHOD_FRAME
    except OSError:
        return False
