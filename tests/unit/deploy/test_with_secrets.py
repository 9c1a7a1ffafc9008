"""What starts a container: passwords go from files into URLs, then the service takes its place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "deploy" / "docker" / "with_secrets.py"


def _run(*command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SCRIPT), *command],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text("p@ss/word\n")
    return str(path)


def test_the_password_goes_into_the_url_and_its_file_name_goes_away(password_file: str) -> None:
    url = "mongodb://orchestrator@one:1,two:2/?replicaSet=rs0"
    run = _run("env", PAYMENTS_MONGODB_URL=url, PAYMENTS_MONGODB_PASSWORD_FILE=password_file)
    complete = "mongodb://orchestrator:p%40ss%2Fword@one:1,two:2/?replicaSet=rs0"
    assert f"PAYMENTS_MONGODB_URL={complete}" in run.stdout.splitlines()
    assert "PASSWORD_FILE" not in run.stdout


def test_keys_go_into_the_variable_of_their_name(password_file: str) -> None:
    run = _run("env", PAYMENTS_STATUS_TOKEN_KEYS_FILE=password_file)
    assert "PAYMENTS_STATUS_TOKEN_KEYS=p@ss/word" in run.stdout.splitlines()
    assert "KEYS_FILE" not in run.stdout


def test_a_complete_url_and_the_accounts_file_stay_as_they_are() -> None:
    given = {"PAYMENTS_RABBITMQ_URL": "amqp://a:b@c/", "PAYMENTS_ACCOUNTS_FILE": "/accounts.toml"}
    lines = _run("env", **given).stdout.splitlines()
    assert {f"{name}={value}" for name, value in given.items()} <= set(lines)


@pytest.mark.parametrize("url", ["", "amqp://broker/", "amqp://user:other@broker/"])
def test_a_url_that_has_no_place_for_the_password_is_refused(url: str, password_file: str) -> None:
    run = _run("env", PAYMENTS_RABBITMQ_URL=url, PAYMENTS_RABBITMQ_PASSWORD_FILE=password_file)
    assert run.returncode == 1
    assert "PAYMENTS_RABBITMQ_URL must be like" in run.stderr
    assert "p@ss" not in run.stderr


def test_a_missing_password_is_named_by_its_variable(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    run = _run("env", PAYMENTS_RABBITMQ_URL="amqp://u@h/", PAYMENTS_RABBITMQ_PASSWORD_FILE=missing)
    assert run.returncode == 1
    assert "PAYMENTS_RABBITMQ_PASSWORD_FILE" in run.stderr


def test_without_a_command_it_becomes_the_service_with_its_options() -> None:
    run = _run("--help", SERVICE="gateway-sandbox", PATH=f"{Path(sys.executable).parent}:/bin")
    assert run.returncode == 0
    assert "--public-url" in run.stdout


def test_without_a_service_it_says_what_is_missing() -> None:
    assert "SERVICE is not set" in _run().stderr
