import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local_stack.advice import command_for_chromium, command_for_mongodb, command_for_rabbitmq
from local_stack.errors import StackUnavailableError


def having(*installed: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in installed else None


@pytest.mark.parametrize(
    ("installed", "command"),
    [
        (("apt-get", "docker"), "sudo apt-get install rabbitmq-server"),
        (("dnf",), "sudo dnf install rabbitmq-server"),
        (("brew",), "brew install rabbitmq"),
        (("docker",), "sudo systemctl start docker"),
        ((), "export PAYMENTS_RABBITMQ_URL=amqp://USER:PASSWORD@HOST:5672/"),
    ],
)
def test_rabbitmq_is_helped_by_what_the_machine_has(
    installed: tuple[str, ...], command: str
) -> None:
    assert command_for_rabbitmq(having(*installed)) == command


def test_mongodb_is_helped_by_docker_because_few_systems_package_it() -> None:
    assert command_for_mongodb(having("docker", "apt-get")) == "sudo systemctl start docker"
    assert command_for_mongodb(having("apt-get")) == "sudo apt-get install docker.io"
    assert command_for_mongodb(having()).startswith("export PAYMENTS_MONGODB_URL=")


def test_chromium_is_helped_by_the_package_manager() -> None:
    assert command_for_chromium(having("apt-get")) == "sudo apt-get install chromium"


def test_the_error_says_what_was_tried_and_ends_with_the_one_command() -> None:
    problem = StackUnavailableError(
        "RabbitMQ",
        reasons=("no Docker engine answers", "apt-get is not installed"),
        command="do it",
    )

    assert str(problem).startswith("RabbitMQ cannot be provided here: no Docker engine answers; ")
    assert str(problem).endswith("\n  do it")


def test_a_machine_without_any_package_manager_is_told_the_one_command(tmp_path: Path) -> None:
    variables = {**os.environ, "PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    outcome = subprocess.run(
        [sys.executable, "-m", "local_stack", "install"],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode == 1
    assert "apt-get is not installed" in outcome.stderr
    assert outcome.stderr.rstrip().endswith(
        "export PAYMENTS_RABBITMQ_URL=amqp://USER:PASSWORD@HOST:5672/"
    )
