"""Servers that the environment names by URL: checked, never started, stopped or harmed."""

from urllib.parse import urlsplit

from local_stack.errors import StackError
from local_stack.mongodb import is_writable_primary
from local_stack.rabbitmq import amqp_answers, port_answers
from local_stack.settings import MONGODB_VARIABLE, RABBITMQ_VARIABLE

AMQP_PORT = 5672
AMQPS_PORT = 5671
CONNECT_SECONDS = 5.0


class GivenServer:
    """Somebody else's server: only its URL is ours."""

    def __init__(self, url: str, *, variable: str) -> None:
        self._url = url
        self._variable = variable

    @property
    def url(self) -> str:
        return self._url

    @property
    def management_url(self) -> None:
        return None

    @property
    def prometheus_url(self) -> None:
        return None

    def wait_until_kept(self, queue: str) -> None:  # noqa: ARG002 - a Broker's signature
        self._refuse()

    def kill(self) -> None:
        self._refuse()

    def stop(self) -> None:
        self._refuse()

    def restart(self) -> None:
        self._refuse()

    def suspend(self) -> None:
        self._refuse()

    def resume(self) -> None:
        self._refuse()

    def _refuse(self) -> None:
        raise StackError(
            f"the server of {self._variable} is not this stack's to stop; "
            f"unset {self._variable} and the stack starts one of its own"
        )


def given_rabbitmq(url: str) -> GivenServer:
    """The broker at this URL; raises StackError if it does not answer."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "amqps":
        port = parts.port or AMQPS_PORT
        answers = port_answers(host, port, timeout_seconds=CONNECT_SECONDS)
    else:
        port = parts.port or AMQP_PORT
        answers = amqp_answers(host, port, timeout_seconds=CONNECT_SECONDS)
    if not answers:
        raise _silent(RABBITMQ_VARIABLE, f"no RabbitMQ answers at {host}:{port}")
    return GivenServer(url, variable=RABBITMQ_VARIABLE)


def given_mongodb(url: str) -> GivenServer:
    """The replica set at this URL; raises StackError if it has no writable primary."""
    if not is_writable_primary(url):
        hosts = url.rsplit("@", 1)[-1].removeprefix("mongodb://").split("/")[0]
        raise _silent(MONGODB_VARIABLE, f"no writable MongoDB primary answers at {hosts}")
    return GivenServer(url, variable=MONGODB_VARIABLE)


def _silent(variable: str, problem: str) -> StackError:
    return StackError(
        f"{variable} is set but {problem}; "
        f"start that server, or unset {variable} and the stack starts one of its own"
    )
