"""RabbitMQ's definitions: the topology is the code's, users may do what they must and no more."""

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from payments_common.messaging import topology
from payments_common.schemas.replies import REPLY_QUEUE_PREFIX

DEPLOY = Path(__file__).parents[3] / "deploy"
RABBITMQ = DEPLOY / "rabbitmq"
DEFINITIONS = (RABBITMQ / "definitions.json").read_text()
DEFAULT_EXCHANGE = "amq.default"
WORK_QUEUES = {
    topology.QUEUE_WEBHOOKS,
    topology.QUEUE_REFUSED_WEBHOOKS,
    topology.QUEUE_COMMANDS,
    topology.QUEUE_OBSERVATIONS,
    topology.QUEUE_OPERATIONS,
}
OF_SHOP = {"shop.events", f"{REPLY_QUEUE_PREFIX}shop.1"}
OF_OTHERS = {"other.events", f"{REPLY_QUEUE_PREFIX}other.1", "shop2.events"}
EVERYTHING = {DEFAULT_EXCHANGE, *topology.EXCHANGES, *topology.QUEUES, *OF_SHOP, *OF_OTHERS}


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run(["sh", str(DEPLOY / "docker" / "make-secrets.sh"), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def users(passwords: Path) -> dict[str, Any]:
    run = subprocess.run(
        ["bash", str(RABBITMQ / "users.sh"), str(passwords)], capture_output=True, check=True
    )
    printed: dict[str, Any] = json.loads(run.stdout)
    return printed


def _allowed(users: dict[str, Any], user: str, action: str) -> set[str]:
    (permission,) = (each for each in users["permissions"] if each["user"] == user)
    return {name for name in EVERYTHING if re.search(permission[action], name)}


def test_the_definitions_are_those_of_the_code() -> None:
    assert json.loads(DEFINITIONS) == topology.as_definitions(), "run `make definitions`"


def test_the_definitions_hold_no_user() -> None:
    assert not {"users", "permissions"} & json.loads(DEFINITIONS).keys()
    assert "password" not in DEFINITIONS


def test_passwords_become_hashes_that_rabbitmq_can_check(
    users: dict[str, Any], passwords: Path
) -> None:
    for user in users["users"]:
        file = passwords / f"rabbitmq_{user['name'].replace('-', '_')}_password"
        salted = base64.b64decode(user["password_hash"])
        salt, digest = salted[:4], salted[4:]
        assert digest == hashlib.sha256(salt + file.read_bytes().strip()).digest()


def test_there_is_no_guest_and_one_administrator(users: dict[str, Any]) -> None:
    tags = {user["name"]: user["tags"] for user in users["users"]}
    assert "guest" not in tags
    assert [name for name, given in tags.items() if given] == ["deploy"]


def test_the_ingress_publishes_webhooks_and_does_nothing_else(users: dict[str, Any]) -> None:
    assert _allowed(users, "webhook-ingress", "configure") == set()
    assert _allowed(users, "webhook-ingress", "write") == {topology.WEBHOOKS}
    assert _allowed(users, "webhook-ingress", "read") == set()


def test_the_reconciler_publishes_observations_and_does_nothing_else(
    users: dict[str, Any],
) -> None:
    assert _allowed(users, "reconciler", "configure") == set()
    assert _allowed(users, "reconciler", "write") == {topology.OBSERVATIONS}
    assert _allowed(users, "reconciler", "read") == set()


def test_the_orchestrator_can_do_its_work(users: dict[str, Any]) -> None:
    assert _allowed(users, "payment-orchestrator", "read") >= WORK_QUEUES
    wanted = {DEFAULT_EXCHANGE, topology.OPERATIONS, topology.EVENTS, topology.DEAD_LETTER}
    assert _allowed(users, "payment-orchestrator", "write") >= wanted


def test_the_orchestrator_can_declare_the_topology_again(users: dict[str, Any]) -> None:
    wanted = {*topology.EXCHANGES, *topology.QUEUES}
    assert _allowed(users, "payment-orchestrator", "configure") >= wanted
    assert _allowed(users, "payment-orchestrator", "read") >= wanted
    assert _allowed(users, "payment-orchestrator", "write") >= set(topology.QUEUES)


def test_the_orchestrator_sends_no_webhook_no_command_and_no_observation(
    users: dict[str, Any],
) -> None:
    written = _allowed(users, "payment-orchestrator", "write")
    assert not written & {topology.WEBHOOKS, topology.COMMANDS, topology.OBSERVATIONS}


def test_a_caller_sends_commands_and_reads_its_own_queues(users: dict[str, Any]) -> None:
    assert _allowed(users, "shop", "configure") == OF_SHOP
    assert _allowed(users, "shop", "write") == {*OF_SHOP, topology.COMMANDS}
    assert _allowed(users, "shop", "read") == {*OF_SHOP, topology.EVENTS}


def test_an_empty_password_stops_the_broker(tmp_path: Path) -> None:
    (tmp_path / "rabbitmq_deploy_password").touch()
    run = subprocess.run(
        ["bash", str(RABBITMQ / "users.sh"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "rabbitmq_deploy_password is empty" in run.stderr


def test_secrets_that_are_there_stay(passwords: Path) -> None:
    before = {path: path.read_text() for path in passwords.rglob("*") if path.is_file()}
    subprocess.run(["sh", str(DEPLOY / "docker" / "make-secrets.sh"), str(passwords)], check=True)
    assert {path: path.read_text() for path in before} == before
    assert passwords.stat().st_mode & 0o077 == 0
