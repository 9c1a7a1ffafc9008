"""The accounts file: every problem at once, and no secret ever shown."""

from pathlib import Path

import pytest

from payments_common.config import load_accounts
from payments_common.errors import Misconfigured

CANARY = "sk_test_11111111-2222-4333-8444-555555555555"
ACCOUNTS = """
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "https://tabby.example.com"
options = { merchant_code = "SA" }
credentials = { secret_key = { env = "TABBY_KSA_KEY" } }
webhook_secrets = { current = { file = "SECRET_FILE" }, next = { env = "TABBY_KSA_NEXT" } }
"""


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    (tmp_path / "webhook-secret").write_text("webhook-canary\n")
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS.replace("SECRET_FILE", str(tmp_path / "webhook-secret")))
    return path


def test_secrets_come_from_files_and_environment(accounts_file: Path) -> None:
    account = load_accounts(accounts_file, environ={"TABBY_KSA_KEY": f" {CANARY}\n"})["tabby-ksa"]
    assert account.credentials["secret_key"].get_secret_value() == CANARY
    assert account.webhook_secrets["current"].get_secret_value() == "webhook-canary"
    assert (account.gateway, account.options["merchant_code"]) == ("tabby", "SA")


def test_an_account_prints_no_secret(accounts_file: Path) -> None:
    account = load_accounts(accounts_file, environ={"TABBY_KSA_KEY": CANARY})["tabby-ksa"]
    shown = repr(account) + str(account) + account.model_dump_json()
    assert CANARY not in shown
    assert "webhook-canary" not in shown


def test_a_missing_credential_is_named_with_its_place(accounts_file: Path) -> None:
    with pytest.raises(Misconfigured, match="TABBY_KSA_KEY is not set or empty"):
        load_accounts(accounts_file, environ={})


def test_a_missing_webhook_secret_closes_that_secret_only(accounts_file: Path) -> None:
    account = load_accounts(accounts_file, environ={"TABBY_KSA_KEY": CANARY})["tabby-ksa"]
    assert list(account.webhook_secrets) == ["current"]


def test_the_ingress_reads_no_credentials(accounts_file: Path) -> None:
    environ = {"TABBY_KSA_KEY": CANARY}
    account = load_accounts(accounts_file, environ=environ, credentials=False)["tabby-ksa"]
    assert account.credentials == {}
    assert list(account.webhook_secrets) == ["current"]


def test_every_problem_is_told_at_once_and_no_value(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(
        f"""
        [accounts.one]
        gateway = "tabby"
        base_url = "tabby.example.com"
        timeout_seconds = 0
        credentials = {{ secret_key = "{CANARY}" }}
        [accounts.two]
        gateway = "tabby"
        base_url = "https://tabby.example.com"
        secrets = 1
        credentials = {{ secret_key = {{ env = "A", file = "/b" }} }}
        """
    )
    with pytest.raises(Misconfigured) as caught:
        load_accounts(path, environ={})
    shown = str(caught.value)
    for place in ("one.base_url", "one.timeout_seconds", "one.credentials", "two.secrets"):
        assert place in shown
    assert "not both" in shown
    assert CANARY not in shown


@pytest.mark.parametrize(("content", "advice"), [(None, "is not there"), ("[", "is not TOML")])
def test_an_unreadable_file_is_named(tmp_path: Path, content: str | None, advice: str) -> None:
    path = tmp_path / "accounts.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Misconfigured, match=advice):
        load_accounts(path, environ={})
