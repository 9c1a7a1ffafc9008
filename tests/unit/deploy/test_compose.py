"""docker-compose.yml keeps the rules of production."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_stack.engine import MONGODB_IMAGE, RABBITMQ_IMAGE

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["gateway-sandbox", "payment-orchestrator", "reconciler", "webhook-ingress"]
# What docker-compose 1.29.2 and v2.26 were both seen to take.
KEYS = {
    *("build", "image", "command", "entrypoint", "hostname", "init", "user", "profiles"),
    *("environment", "secrets", "volumes", "tmpfs", "networks", "ports", "depends_on"),
    *("healthcheck", "restart", "stop_grace_period", "logging", "ulimits"),
    *("read_only", "cap_drop", "security_opt", "mem_limit", "cpus", "pids_limit"),
}


every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_a_service_has_only_keys_that_both_generations_of_compose_know(name: str) -> None:
    assert set(SERVICES[name]) <= KEYS
    extensions = {key for key in COMPOSE if key.startswith("x-")}
    assert set(COMPOSE) - extensions == {"services", "networks", "volumes", "secrets"}


@every_service
def test_a_service_runs_unprivileged_on_a_root_that_nobody_can_write(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(each.startswith("/tmp:") for each in service["tmpfs"])


@every_service
def test_a_service_is_watched_limited_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period"} <= set(service)
    for needed in service.get("depends_on", {}).values():
        assert needed == {"condition": "service_healthy"}


@every_service
def test_by_default_nothing_listens_beyond_this_machine(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.sub(r"\$\{\w+:-(.*?)\}", r"\1", port).startswith("127.0.0.1:")


def test_no_variable_moves_the_servers_off_the_loopback_address() -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["rabbitmq"]["ports"])
    assert "ports" not in SERVICES["mongo"]


def test_the_ingress_reaches_neither_the_database_nor_a_gateways_key() -> None:
    assert "database" not in SERVICES["webhook-ingress"]["networks"]
    assert SERVICES["mongo"]["networks"] == ["database"]
    mounted = " ".join(SERVICES["webhook-ingress"]["volumes"])
    assert "gateway-keys" not in mounted


@pytest.mark.parametrize("name", OURS)
def test_our_services_come_from_the_one_dockerfile(name: str) -> None:
    build = SERVICES[name]["build"]
    assert build["dockerfile"] == "deploy/docker/Dockerfile"
    assert build["args"]["SERVICE"] == name
    assert f":{build['args']['PORT']}/healthz" in SERVICES[name]["healthcheck"]["test"][-1]


def test_no_password_is_in_the_file() -> None:
    assert not re.search(r"://[^@/\s]+:[^@/\s]+@", TEXT)
    passwords = [each for each in _environment() if "PASSWORD" in each]
    assert passwords
    assert all(_environment()[each].startswith("/run/secrets/") for each in passwords)


def test_every_secret_is_used_and_made_by_the_script() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./deploy/docker/secrets/{name}"}


@every_service
def test_every_mounted_file_of_the_repository_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = re.sub(r"^\$\{\w+:-(.*?)\}", r"\1", volume).split(":")[0]
        if source.startswith("./") and "/secrets/" not in source:
            assert (ROOT / source).is_file()


def test_servers_are_of_the_versions_that_the_tests_run_on() -> None:
    assert SERVICES["rabbitmq"]["image"].startswith(f"{RABBITMQ_IMAGE}.")
    assert SERVICES["mongo"]["image"].startswith(f"{MONGODB_IMAGE}.")


def _environment() -> dict[str, str]:
    return {
        key: str(value)
        for service in SERVICES.values()
        for key, value in service.get("environment", {}).items()
        if value is not None
    }
