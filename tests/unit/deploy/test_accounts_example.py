"""The accounts files that we hand out are ones that the services take."""

import re
from pathlib import Path

import pytest

from payments_common.config import load_accounts
from payments_common.gateways.tabby.config import read_config

DEPLOY = Path(__file__).parents[3] / "deploy"
FILES = [DEPLOY / "accounts.example.toml", DEPLOY / "docker" / "accounts.sandbox.toml"]
MOUNTED = "/etc/payments"
SECRET_KEY = "sk_test_11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize("example", FILES, ids=lambda path: path.name)
def test_an_accounts_file_opens_with_its_secrets_where_compose_mounts_them(
    example: Path, tmp_path: Path
) -> None:
    text = example.read_text()
    for secret in re.findall(rf'"{MOUNTED}(/[^"]+)"', text):
        (tmp_path / secret[1:]).parent.mkdir(exist_ok=True)
        (tmp_path / secret[1:]).write_text(SECRET_KEY)
    copy = tmp_path / "accounts.toml"
    copy.write_text(text.replace(MOUNTED, str(tmp_path)))
    for account in load_accounts(copy, environ={}).values():
        config = read_config(account)
        assert config.webhook_secret is not None


@pytest.mark.parametrize("example", FILES, ids=lambda path: path.name)
def test_an_accounts_file_holds_no_secret(example: Path) -> None:
    assert "sk_" not in example.read_text()
    assert load_accounts(example, environ={}, credentials=False)
