from pathlib import Path

from local_stack.binaries import installed_rabbitmq


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_debians_rabbitmq_is_used_by_its_own_folder_not_by_its_wrapper(tmp_path: Path) -> None:
    make_program(tmp_path / "sbin/rabbitmq-server")
    make_program(tmp_path / "sbin/erl")
    server = make_program(tmp_path / "debian/rabbitmq_server-3.10.8/sbin/rabbitmq-server")

    found = installed_rabbitmq(debian_folder=tmp_path / "debian", path=str(tmp_path / "sbin"))

    assert found is not None
    assert found.home == server.parent.parent
    assert found.erlang_bin == tmp_path / "sbin"


def test_another_rabbitmq_is_found_behind_its_link_on_the_path(tmp_path: Path) -> None:
    server = make_program(tmp_path / "opt/rabbitmq/sbin/rabbitmq-server")
    erl = make_program(tmp_path / "bin/erl")
    (erl.parent / "rabbitmq-server").symlink_to(server)

    found = installed_rabbitmq(debian_folder=tmp_path / "none", path=str(erl.parent))

    assert found is not None
    assert found.home == tmp_path / "opt/rabbitmq"


def test_a_rabbitmq_without_erlang_is_none(tmp_path: Path) -> None:
    make_program(tmp_path / "bin/rabbitmq-server")

    assert installed_rabbitmq(debian_folder=tmp_path, path=str(tmp_path / "bin")) is None
