"""What operators' commands say of accounts, errors and a gateway's words."""

from pathlib import Path

import pytest

from payment_orchestrator.entrypoints.cli.desk import other_webhooks
from payments_common.desk.telling import explained, plain
from payments_common.errors import GatewayRefusal, Misconfigured, NotSent, StoreUnavailable

ACCOUNTS = """
webhook_base_url = "https://payments.example.com"

[accounts.first]
gateway = "tabby"
base_url = "https://tabby.example.com"

[accounts.second]
gateway = "tamara"
base_url = "https://tamara.example.com"
webhook_url = "https://own.example.com/hook"

[accounts.broken]
gateway = "tabby"
"""


def test_nothing_that_commands_a_terminal_gets_through() -> None:
    assert plain("\x1b[2J\x9bred\r\nrow\u202e") == " [2J red  row "


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GatewayRefusal("no", status=401, code="unauthorized"), "the gateway refused: no (unauth"),
        (NotSent("no way"), "the gateway was not reached: no way"),
        (StoreUnavailable("away"), "store_unavailable: away"),
        (RuntimeError("canary"), "broken: RuntimeError"),
    ],
)
def test_an_error_is_told_by_what_it_means(error: Exception, said: str) -> None:
    assert explained(error).startswith(said)
    assert "canary" not in explained(error)


def test_the_urls_of_all_accounts_are_known_even_of_those_that_are_not_chosen(
    tmp_path: Path,
) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS)
    others = other_webhooks(path, delete_unknown=False)
    assert others.known == {
        "https://payments.example.com/webhooks/first",
        "https://own.example.com/hook",
    }


def test_nothing_is_deleted_while_an_account_cannot_be_read_whose_it_may_be(
    tmp_path: Path,
) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS)
    with pytest.raises(Misconfigured, match="settings of broken cannot be read"):
        other_webhooks(path, delete_unknown=True)
