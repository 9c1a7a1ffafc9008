import socket
from pathlib import Path

from local_stack.engine import engine_answers


def test_a_socket_that_is_not_there_is_no_engine(tmp_path: Path) -> None:
    assert not engine_answers(f"unix://{tmp_path}/docker.sock")


def test_a_socket_nobody_listens_on_is_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))

    assert not engine_answers(f"unix://{path}")
