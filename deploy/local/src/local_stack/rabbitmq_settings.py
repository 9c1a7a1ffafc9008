"""The files and variables that keep a RabbitMQ node inside one folder and on loopback."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from local_stack.ports import free_ports

# Two schedulers suit two cores, and idle ones must not spin: tests share the machine.
ERLANG_ARGUMENTS = (
    "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -noinput "
    "-kernel inet_dist_use_interface {127,0,0,1}"
)


# Small write-ahead log: the default of 512 MB is much for a folder that lives for a minute.
_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
loopback_users = none
log.console = true
log.console.level = info
log.file = false
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 67108864
"""


@dataclass(frozen=True)
class RabbitMQBinaries:
    """Where a RabbitMQ and its Erlang lie; `library_path` holds libraries the system lacks."""

    home: Path
    erlang_bin: Path
    library_path: str = ""


@dataclass(frozen=True)
class RabbitMQPorts:
    """All ports one node listens on."""

    amqp: int
    distribution: int
    epmd: int
    management: int
    prometheus: int

    @classmethod
    def choose(cls) -> "RabbitMQPorts":
        """Ports that were free a moment ago."""
        return cls(*free_ports(5))


def write_configuration(folder: Path, ports: RabbitMQPorts, *, plugins: tuple[str, ...]) -> None:
    """Write everything the node reads."""
    folder.mkdir()
    (folder / "rabbitmq.conf").write_text(_configuration(ports, plugins=plugins))
    (folder / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n")
    (folder / "environment.conf").touch()
    cookie = folder / ".erlang.cookie"
    cookie.write_text(secrets.token_hex(16))
    cookie.chmod(0o400)


def node_environment(
    folder: Path, ports: RabbitMQPorts, *, binaries: RabbitMQBinaries
) -> dict[str, str]:
    """Every variable set, so that neither /etc nor the user's shell changes the node."""
    variables = {
        "PATH": f"{binaries.erlang_bin}:{binaries.home}/sbin:/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": ports.epmd,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP_BYTES": 0,
        "RABBITMQ_HOME": binaries.home,
        "RABBITMQ_NODENAME": f"stack{ports.amqp}@localhost",
        "RABBITMQ_DIST_PORT": ports.distribution,
        "RABBITMQ_CONF_ENV_FILE": folder / "environment.conf",
        "RABBITMQ_CONFIG_FILE": folder / "rabbitmq.conf",
        "RABBITMQ_CONFIG_FILES": folder / "conf.d",
        "RABBITMQ_ADVANCED_CONFIG_FILE": folder / "advanced.config",
        "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "enabled_plugins",
        "RABBITMQ_PLUGINS_DIR": binaries.home / "plugins",
        "RABBITMQ_MNESIA_BASE": folder / "data",
        "RABBITMQ_LOG_BASE": folder / "log",
        "RABBITMQ_SCHEMA_DIR": folder / "schema",
        "RABBITMQ_GENERATED_CONFIG_DIR": folder / "generated",
        "RABBITMQ_PID_FILE": folder / "pid",
        # The start script becomes the node instead of its parent: signals and exit are direct.
        "RABBITMQ_ALLOW_INPUT": "true",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
    }
    if binaries.library_path:
        variables["LD_LIBRARY_PATH"] = binaries.library_path
    return {name: str(value) for name, value in variables.items()}


def _configuration(ports: RabbitMQPorts, *, plugins: tuple[str, ...]) -> str:
    lines = [_CONFIGURATION.format(amqp=ports.amqp)]
    if "rabbitmq_management" in plugins:  # settings of a plugin that is off are refused
        lines += ["management.tcp.ip = 127.0.0.1", f"management.tcp.port = {ports.management}"]
    if "rabbitmq_prometheus" in plugins:
        lines += ["prometheus.tcp.ip = 127.0.0.1", f"prometheus.tcp.port = {ports.prometheus}"]
    return "\n".join(lines) + "\n"
