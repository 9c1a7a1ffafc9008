"""The whole house on this machine: servers, sandbox, ingress and orchestrator."""

import os
import secrets
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local_stack.ports import free_ports
from local_stack.stack import LocalStack
from payments_demo.accounts import accounts_file, secret_environment
from payments_demo.service import Service

Report = Callable[[str], None]
ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Urls:
    rabbitmq: str
    mongodb: str
    mongodb_database: str
    sandbox: str
    ingress: str
    orchestrator: str


class House:
    """Ready inside the context, gone after it; its services may be stopped and started inside.

    Servers that are given stay when the house goes.
    """

    def __init__(
        self,
        *,
        report: Report,
        folder: Path | None = None,
        retry_scale: float = 0.01,
        gateway_timeout_seconds: float = 10.0,
        servers: LocalStack | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._report = report
        self._given_servers = servers
        self._given_settings = settings or {}
        self._folder = folder
        self._retry_scale = retry_scale
        self._gateway_timeout_seconds = gateway_timeout_seconds
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        folder = self._folder or self._temporary_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self.servers = servers = self._given_servers or self._own_servers()
        ingress_port, orchestrator_port = free_ports(2)
        database = f"payments_{secrets.token_hex(4)}"
        settings = {
            "PAYMENTS_RABBITMQ_URL": servers.urls.rabbitmq_url,
            "PAYMENTS_MONGODB_URL": servers.urls.mongodb_url,
            "PAYMENTS_MONGODB_DATABASE": database,
            "PAYMENTS_ACCOUNTS_FILE": str(folder.absolute() / "accounts.toml"),
            "PAYMENTS_INGRESS_PORT": str(ingress_port),
            "PAYMENTS_ORCHESTRATOR_PORT": str(orchestrator_port),
            **secret_environment(),
            **self._given_settings,
        }
        environment = {**os.environ, **settings}
        _write_environment(folder / ENVIRONMENT, settings)
        scale = str(self._retry_scale)
        self.sandbox = Service(
            "gateway_sandbox",
            *("--port", "0", "--retry-scale", scale),
            environment=environment,
            log=folder / "sandbox.log",
        )
        self._run("the gateway sandbox", self.sandbox)
        accounts = accounts_file(
            sandbox_url=self.sandbox.url,
            ingress_url=f"http://127.0.0.1:{ingress_port}",
            timeout_seconds=self._gateway_timeout_seconds,
        )
        (folder / "accounts.toml").write_text(accounts)
        self.orchestrator = Service(
            "payment_orchestrator", environment=environment, log=folder / "orchestrator.log"
        )
        self._run("the payment-orchestrator", self.orchestrator)
        self.ingress = Service(
            "webhook_ingress", environment=environment, log=folder / "ingress.log"
        )
        self._run("the webhook-ingress", self.ingress)
        self.environment = environment
        self.urls = Urls(
            rabbitmq=servers.urls.rabbitmq_url,
            mongodb=servers.urls.mongodb_url,
            mongodb_database=database,
            sandbox=self.sandbox.url,
            ingress=self.ingress.url,
            orchestrator=self.orchestrator.url,
        )

    def _run(self, what: str, service: Service) -> None:
        self._report(f"Starting {what}")
        self._stack.callback(service.stop)
        service.start()

    def _own_servers(self) -> LocalStack:
        self._report("Starting RabbitMQ and MongoDB")
        return self._stack.enter_context(LocalStack.start(report=self._report))

    def _temporary_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="payments-house-"))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder


def _write_environment(path: Path, settings: Mapping[str, str]) -> None:
    """For an operator's shell, which reads it with `. path`."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    path.touch(mode=0o600)
    path.write_text("".join(lines))
