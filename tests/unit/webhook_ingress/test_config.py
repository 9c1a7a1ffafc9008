"""Settings: every problem at once, by its variable, and no value that could be a secret."""

from pathlib import Path

import pytest

from payments_common.errors import Misconfigured
from webhook_ingress.config import read_config

ACCOUNTS = """
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "https://api.tabby.example.com"
credentials.secret_key = { env = "TABBY_KSA_KEY" }
webhook_secrets.current = { env = "TABBY_KSA_WEBHOOK" }
"""
URL = "amqp://ingress:pass-7712@broker.example.com/"


@pytest.fixture
def accounts_file(tmp_path: Path) -> str:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS)
    return str(path)


def problems(environ: dict[str, str]) -> str:
    with pytest.raises(Misconfigured) as caught:
        read_config(environ)
    return str(caught.value)


def test_two_variables_are_enough(accounts_file: str) -> None:
    config, accounts = read_config(
        {
            "PAYMENTS_RABBITMQ_URL": URL,
            "PAYMENTS_ACCOUNTS_FILE": accounts_file,
            "TABBY_KSA_WEBHOOK": "a-secret",
            "TABBY_KSA_KEY": "an-api-key",
        }
    )
    assert (config.port, config.keepalive_seconds, config.max_body_bytes) == (8080, 15, 262144)
    (account,) = accounts
    assert account.webhook_secrets["current"].get_secret_value() == "a-secret"
    assert account.credentials == {}


def test_settings_are_read_by_their_prefix(accounts_file: str) -> None:
    config, _ = read_config(
        {
            "PAYMENTS_RABBITMQ_URL": URL,
            "PAYMENTS_ACCOUNTS_FILE": accounts_file,
            "PAYMENTS_INGRESS_PORT": "0",
            "PAYMENTS_INGRESS_BODY_TIMEOUT_SECONDS": "2.5",
        }
    )
    assert (config.port, config.body_timeout_seconds) == (0, 2.5)


def test_all_problems_are_told_at_once_without_their_values(tmp_path: Path) -> None:
    broken = tmp_path / "accounts.toml"
    broken.write_text('[accounts.tabby-ksa]\ngateway = "tabby"\n')
    told = problems(
        {
            "PAYMENTS_RABBITMQ_URL": "http://pass-7712@broker.example.com",
            "PAYMENTS_ACCOUNTS_FILE": str(broken),
            "PAYMENTS_INGRESS_PORT": "eighty-7712",
            "PAYMENTS_INGRESS_PROT": "80",
        }
    )
    for expected in (
        "PAYMENTS_RABBITMQ_URL: ",
        "PAYMENTS_INGRESS_PORT: ",
        "PAYMENTS_INGRESS_PROT: there is no such setting",
        "accounts.tabby-ksa.base_url",
    ):
        assert expected in told
    assert "7712" not in told


def test_what_is_missing_is_named() -> None:
    told = problems({})
    assert "PAYMENTS_RABBITMQ_URL: Field required" in told
    assert "PAYMENTS_ACCOUNTS_FILE: Field required" in told


def test_printing_the_configuration_shows_no_password(accounts_file: str) -> None:
    config, _ = read_config({"PAYMENTS_RABBITMQ_URL": URL, "PAYMENTS_ACCOUNTS_FILE": accounts_file})
    assert "pass-7712" not in repr(config) + str(config) + config.model_dump_json()


def test_the_configuration_cannot_be_changed(accounts_file: str) -> None:
    config, _ = read_config({"PAYMENTS_RABBITMQ_URL": URL, "PAYMENTS_ACCOUNTS_FILE": accounts_file})
    with pytest.raises(ValueError, match="frozen"):
        setattr(config, "port", 1)  # noqa: B010 the type checker knows that it is forbidden
