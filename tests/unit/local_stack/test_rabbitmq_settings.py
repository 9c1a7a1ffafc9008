from pathlib import Path

from local_stack.rabbitmq_settings import (
    RabbitMQBinaries,
    RabbitMQPorts,
    node_environment,
    write_configuration,
)

PORTS = RabbitMQPorts(amqp=1, distribution=2, epmd=3, management=4, prometheus=5)
BINARIES = RabbitMQBinaries(home=Path("/programs/rabbitmq"), erlang_bin=Path("/programs/bin"))


def test_every_path_the_node_writes_to_is_in_its_folder(tmp_path: Path) -> None:
    variables = node_environment(tmp_path, PORTS, binaries=BINARIES)

    paths = [Path(value) for value in variables.values() if value.startswith("/")]
    outside = {path for path in paths if not path.is_relative_to(tmp_path)}
    programs = {Path(variables["PATH"]), BINARIES.home, BINARIES.home / "plugins"}
    assert outside == programs


def test_settings_of_plugins_are_written_only_with_the_plugin(tmp_path: Path) -> None:
    write_configuration(tmp_path / "plain", PORTS, plugins=())
    write_configuration(tmp_path / "rich", PORTS, plugins=("rabbitmq_management",))

    assert "management.tcp" not in (tmp_path / "plain/rabbitmq.conf").read_text()
    assert "management.tcp.port = 4" in (tmp_path / "rich/rabbitmq.conf").read_text()
    assert (tmp_path / "rich/enabled_plugins").read_text() == "[rabbitmq_management].\n"
