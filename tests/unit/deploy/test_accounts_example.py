"""The accounts files that we hand out are ones that the services take."""

import re
from pathlib import Path

import pytest

from payments_common.clock import SystemClock
from payments_common.config import load_accounts
from payments_common.gateways.registry import open_gateway
from support.api_calls import KeptApiCalls

DEPLOY = Path(__file__).parents[3] / "deploy"
FILES = [DEPLOY / "accounts.example.toml", DEPLOY / "docker" / "accounts.sandbox.toml"]
MOUNTED = "/etc/payments"
SECRET_KEY = "sk_test_11111111-2222-4333-8444-555555555555"


def copied(example: Path, folder: Path) -> Path:
    """The file, with a secret in each place that it names."""
    text = example.read_text()
    for secret in re.findall(rf'"{MOUNTED}(/[^"]+)"', text):
        (folder / secret[1:]).parent.mkdir(exist_ok=True)
        (folder / secret[1:]).write_text(SECRET_KEY)
    copy = folder / "accounts.toml"
    copy.write_text(text.replace(MOUNTED, str(folder)))
    return copy


@pytest.mark.parametrize("example", FILES, ids=lambda path: path.name)
async def test_an_accounts_file_opens_with_its_secrets_where_compose_mounts_them(
    example: Path, tmp_path: Path
) -> None:
    for account in load_accounts(copied(example, tmp_path), environ={}).values():
        assert account.webhook_secrets
        gateway = open_gateway(account, clock=SystemClock(), api_calls=KeptApiCalls())
        await gateway.close()


@pytest.mark.parametrize("example", FILES, ids=lambda path: path.name)
def test_an_accounts_file_holds_no_secret(example: Path) -> None:
    assert "sk_" not in example.read_text()
    assert load_accounts(example, environ={}, credentials=False)
