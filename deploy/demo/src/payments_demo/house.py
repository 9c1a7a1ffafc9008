"""The whole house on this machine: servers, sandbox, ingress, orchestrator and reconciler."""

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
from payments_demo.accounts import Polls, accounts_file, secret_environment
from payments_demo.service import Service

Report = Callable[[str], None]
ENVIRONMENT = "environment"
_PORTS = ("ingress", "orchestrator", "reconciler")


@dataclass(frozen=True, slots=True)
class Urls:
    rabbitmq: str
    mongodb: str
    mongodb_database: str
    sandbox: str
    ingress: str
    orchestrator: str
    reconciler: str


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
        polls: Polls | None = None,
        servers: LocalStack | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._report = report
        self._given_servers = servers
        self._given_settings = settings or {}
        self._folder = folder
        self._retry_scale = retry_scale
        self._gateway_timeout_seconds = gateway_timeout_seconds
        self._polls = polls
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
        self.servers = self._given_servers or self._own_servers()
        ports = dict(zip(("sandbox", *_PORTS), free_ports(1 + len(_PORTS)), strict=True))
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        settings = {
            **self._settings(folder, origin=urls["sandbox"]),
            **{f"PAYMENTS_{name.upper()}_PORT": str(ports[name]) for name in _PORTS},
            **self._given_settings,
        }
        self.environment = {**os.environ, **settings}
        _write_environment(folder / ENVIRONMENT, settings)
        accounts = accounts_file(
            sandbox_url=urls["sandbox"],
            ingress_url=urls["ingress"],
            timeout_seconds=self._gateway_timeout_seconds,
            polls=self._polls,
        )
        (folder / "accounts.toml").write_text(accounts)
        self.sandbox = self._sandbox(folder, port=ports["sandbox"])
        self.orchestrator = self._service("payment_orchestrator", "orchestrator", folder)
        self.ingress = self._service("webhook_ingress", "ingress", folder)
        self.reconciler = self._service("reconciler", "reconciler", folder)
        self.urls = Urls(
            rabbitmq=self.servers.urls.rabbitmq_url,
            mongodb=self.servers.urls.mongodb_url,
            mongodb_database=settings["PAYMENTS_MONGODB_DATABASE"],
            sandbox=self.sandbox.url,
            ingress=self.ingress.url,
            orchestrator=self.orchestrator.url,
            reconciler=self.reconciler.url,
        )

    def _settings(self, folder: Path, *, origin: str) -> dict[str, str]:
        """`origin` is where pages come from that may ask the status API."""
        return {
            "PAYMENTS_RABBITMQ_URL": self.servers.urls.rabbitmq_url,
            "PAYMENTS_MONGODB_URL": self.servers.urls.mongodb_url,
            "PAYMENTS_MONGODB_DATABASE": f"payments_{secrets.token_hex(4)}",
            "PAYMENTS_ACCOUNTS_FILE": str(folder.absolute() / "accounts.toml"),
            "PAYMENTS_STATUS_TOKEN_KEYS": secrets.token_urlsafe(32),
            "PAYMENTS_STATUS_ORIGINS": origin,
            **secret_environment(),
        }

    def _sandbox(self, folder: Path, *, port: int) -> Service:
        sandbox = Service(
            "gateway_sandbox",
            *("--port", str(port), "--retry-scale", str(self._retry_scale)),
            environment=self.environment,
            log=folder / "sandbox.log",
        )
        self._run("the gateway sandbox", sandbox)
        return sandbox

    def _service(self, module: str, name: str, folder: Path) -> Service:
        service = Service(module, environment=self.environment, log=folder / f"{name}.log")
        self._run(f"the {module.replace('_', '-')}", service)
        return service

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
