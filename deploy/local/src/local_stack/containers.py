"""Servers as containers.

The community modules of testcontainers do not fit: their MongoDB has no replica set, their
RabbitMQ needs another client library to wait. Plain containers with our own readiness do.
"""

import threading

from testcontainers.core.container import DockerContainer

from local_stack.engine import MONGODB_IMAGE, RABBITMQ_IMAGE
from local_stack.mongodb import REPLICA_SET, initiate, is_writable_primary, replica_set_url
from local_stack.ports import free_ports
from local_stack.rabbitmq import QUEUE_WRITTEN_SECONDS, amqp_answers
from local_stack.waiting import wait_until

READY_SECONDS = 90.0
STOP_SECONDS = 20
AMQP_PORT, MANAGEMENT_PORT, PROMETHEUS_PORT, MONGODB_PORT = 5672, 15672, 15692, 27017


class ContainerServer:
    """One container with fixed host ports, so that a restart keeps its URL."""

    def __init__(self, container: DockerContainer, *, ports: dict[int, int]) -> None:
        self.container = container
        self.host_ports = ports
        for inside, outside in ports.items():
            container.with_bind_ports(inside, outside)

    @property
    def host(self) -> str:
        """Where the engine publishes ports."""
        return self.container.get_container_host_ip()

    def start(self) -> None:
        """Create and start it, and wait until ready."""
        self.container.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the server inside can be used."""
        raise NotImplementedError

    def kill(self) -> None:
        self.container.get_wrapped_container().kill()

    def stop(self) -> None:
        self.container.get_wrapped_container().stop(timeout=STOP_SECONDS)

    def restart(self) -> None:
        self.container.get_wrapped_container().restart(timeout=STOP_SECONDS)
        self.wait_until_ready()

    def suspend(self) -> None:
        self.container.get_wrapped_container().pause()

    def resume(self) -> None:
        self.container.get_wrapped_container().unpause()


class RabbitMQContainer(ContainerServer):
    """RabbitMQ with the plugins asked for."""

    def __init__(self, *, plugins: tuple[str, ...]) -> None:
        self._plugins = plugins
        # A fixed host name: the node keeps its data under it.
        container = DockerContainer(RABBITMQ_IMAGE).with_kwargs(hostname="rabbitmq")
        enable = f"echo '[{','.join(plugins)}].' > /etc/rabbitmq/enabled_plugins"
        container.with_command(
            ["sh", "-c", f"{enable} && exec docker-entrypoint.sh rabbitmq-server"]
        )
        inside = (AMQP_PORT, MANAGEMENT_PORT, PROMETHEUS_PORT)
        super().__init__(container, ports=dict(zip(inside, free_ports(3), strict=True)))

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{self.host}:{self.host_ports[AMQP_PORT]}/"

    @property
    def management_url(self) -> str | None:
        """Of the management API, if that plugin is on."""
        return self._plugin_url("rabbitmq_management", MANAGEMENT_PORT)

    @property
    def prometheus_url(self) -> str | None:
        """Of the metrics, if that plugin is on."""
        return self._plugin_url("rabbitmq_prometheus", PROMETHEUS_PORT)

    def wait_until_ready(self) -> None:
        wait_until(
            lambda: amqp_answers(self.host, self.host_ports[AMQP_PORT]),
            what=RABBITMQ_IMAGE,
            timeout_seconds=READY_SECONDS,
        )

    def wait_until_kept(self, queue: str) -> None:
        search = f"grep -qa '{queue}' /var/lib/rabbitmq/mnesia/*/quorum/*/names.dets"
        wait_until(
            lambda: self.container.exec(["sh", "-c", search]).exit_code == 0,
            what=f"the quorum queue {queue} on disk",
            timeout_seconds=QUEUE_WRITTEN_SECONDS,
        )

    def _plugin_url(self, plugin: str, port: int) -> str | None:
        return f"http://{self.host}:{self.host_ports[port]}" if plugin in self._plugins else None


class MongoDBContainer(ContainerServer):
    """A replica set of one."""

    def __init__(self) -> None:
        container = DockerContainer(MONGODB_IMAGE)
        container.with_command(["--replSet", REPLICA_SET, "--bind_ip_all"])
        super().__init__(container, ports={MONGODB_PORT: free_ports(1)[0]})

    @property
    def url(self) -> str:
        return replica_set_url(self.host, self.host_ports[MONGODB_PORT])

    def wait_until_ready(self) -> None:
        wait_until(self._is_ready, what=MONGODB_IMAGE, timeout_seconds=READY_SECONDS)

    def _is_ready(self) -> bool:
        # The member must find itself under the name it is given, so that is the port inside.
        member = f"127.0.0.1:{MONGODB_PORT}"
        return is_writable_primary(self.url) or initiate(
            self.host, self.host_ports[MONGODB_PORT], member=member
        )


class ContainerServers:
    """Starts the containers and removes them."""

    def __init__(self, *, plugins: tuple[str, ...] = ()) -> None:
        self._plugins = plugins
        self._lock = threading.Lock()
        self._closed = False
        self._servers: list[ContainerServer] = []

    def rabbitmq(self) -> RabbitMQContainer:
        server = RabbitMQContainer(plugins=self._plugins)
        self._start(server)
        return server

    def mongodb(self) -> MongoDBContainer:
        server = MongoDBContainer()
        self._start(server)
        return server

    def close(self) -> None:
        with self._lock:
            self._closed = True
            servers, self._servers = self._servers, []
        for server in servers:
            server.container.stop()

    def _start(self, server: ContainerServer) -> None:
        with self._lock:
            self._servers.append(server)
        server.start()
        with self._lock:
            if self._closed:  # while this one was still being created
                server.container.stop()
