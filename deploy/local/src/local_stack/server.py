"""What every server of the stack can do, whether it is a process or a container."""

from typing import Protocol


class Server(Protocol):
    """A running RabbitMQ or MongoDB, with the means to do it harm in tests."""

    @property
    def url(self) -> str:
        """Where clients connect; the same after a restart."""

    def kill(self) -> None:
        """End at once, as a power cut would; the data stays."""

    def stop(self) -> None:
        """End in good order; the data stays."""

    def restart(self) -> None:
        """Stop if running, then start on the same ports and data, and wait until ready."""

    def suspend(self) -> None:
        """Freeze: connections stay open and nothing answers."""

    def resume(self) -> None:
        """Go on after `suspend`."""


class Broker(Server, Protocol):
    """A RabbitMQ, which may also serve its management API and metrics."""

    @property
    def management_url(self) -> str | None:
        """Of the management API, if that plugin is on."""

    @property
    def prometheus_url(self) -> str | None:
        """Of the metrics, if that plugin is on."""

    def wait_until_kept(self, queue: str) -> None:
        """Wait until a new quorum queue would survive `kill`.

        RabbitMQ 3.10 writes the names of new quorum queues up to 3 s late; one that was not
        written never elects a leader again. Services declare theirs long before a crash.
        """


class Servers(Protocol):
    """One way of starting servers; the two may be started from different threads."""

    def rabbitmq(self) -> Broker:
        """Start RabbitMQ and wait until it is ready."""

    def mongodb(self) -> Server:
        """Start MongoDB and wait until it is ready."""

    def close(self) -> None:
        """End what was started, and what is still being started, without a trace."""
