"""Each account is examined on its own: what is wrong with one hides no other."""

from pathlib import Path

import pytest

from payments_common.config import Examined, examine_accounts, load_accounts
from payments_common.errors import Misconfigured

ACCOUNTS = """
webhook_base_url = "https://payments.example.com"

[accounts.good]
gateway = "tabby"
base_url = "https://tabby.example.com"
credentials = { secret_key = { env = "GOOD_KEY" } }
webhook_secrets = { current = { env = "GOOD_SECRET" }, next = { file = "NOT_THERE" } }

[accounts.keyless]
gateway = "tabby"
base_url = "https://tabby.example.com"
webhook_url = "https://own.example.com/hook"
credentials = { secret_key = { file = "NOT_THERE" } }

[accounts.misspelt]
gateway = "tabby"
base_url = "https://tabby.example.com"
secrets = { secret_key = "canary-0001" }
"""
ENVIRON = {"GOOD_KEY": "canary-0002", "GOOD_SECRET": "canary-0003"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS.replace("NOT_THERE", str(tmp_path / "not-there")))
    return path


def examined(path: Path, name: str) -> Examined:
    return {each.name: each for each in examine_accounts(path, ENVIRON)}[name]


def test_a_good_account_is_whole_beside_broken_ones(path: Path) -> None:
    good = examined(path, "good")
    assert good.account is not None
    assert good.problems == ()
    assert good.account.credentials["secret_key"].get_secret_value() == "canary-0002"
    assert good.account.webhook_url == "https://payments.example.com/webhooks/good"


def test_a_webhook_secret_that_is_not_there_is_named_and_no_problem(path: Path) -> None:
    (closed,) = examined(path, "good").closed
    assert closed.startswith("webhook_secrets.next: file ")


def test_a_missing_secret_file_is_its_own_account_s_problem(path: Path) -> None:
    keyless = examined(path, "keyless")
    (problem,) = keyless.problems
    assert problem.startswith("credentials.secret_key: file ")
    assert keyless.account is not None
    assert keyless.account.webhook_url == "https://own.example.com/hook"


def test_an_account_with_wrong_settings_cannot_be_used_and_shows_no_secret(path: Path) -> None:
    misspelt = examined(path, "misspelt")
    assert misspelt.account is None
    assert "secrets: Extra inputs are not permitted" in misspelt.problems
    assert "canary" not in repr(misspelt)


def test_a_file_that_is_no_text_is_a_secret_that_is_not_there(path: Path) -> None:
    (path.parent / "not-there").write_bytes(b"\xff\xfe")
    assert len(examined(path, "keyless").problems) == 1


def test_the_strict_form_tells_of_every_account_at_once(path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        load_accounts(path, environ=ENVIRON)
    assert "accounts.keyless.credentials.secret_key" in str(caught.value)
    assert "accounts.misspelt.secrets" in str(caught.value)


def test_an_account_whose_name_no_url_can_carry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text('[accounts."Not Good"]\ngateway = "tabby"\nbase_url = "https://a.example"')
    (found,) = examine_accounts(path, {})
    assert found.account is None
    assert found.problems[0].startswith("name: ")


@pytest.mark.parametrize("content", [b"[accounts]\n", b"accounts = {}\n"])
def test_a_file_without_accounts_is_a_mistake(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match="names no account"):
        examine_accounts(path, ENVIRON)


def test_a_file_that_cannot_be_read_is_told_and_not_quoted(path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read: IsADirectoryError"):
        examine_accounts(path.parent, ENVIRON)
    path.write_bytes(b"canary-0009 \xff")
    with pytest.raises(Misconfigured, match="cannot be read: UnicodeDecodeError") as caught:
        examine_accounts(path, ENVIRON)
    assert "canary" not in str(caught.value)


def test_a_secret_that_is_written_into_the_file_is_refused_and_not_repeated(path: Path) -> None:
    path.write_text(ACCOUNTS.replace('{ env = "GOOD_KEY" }', '"canary-0010"'))
    (problem,) = examined(path, "good").problems
    assert "it is written into this file; name its place" in problem
    assert "canary" not in problem
