"""Settings of the status API: a weak key or a careless origin is refused at the start."""

import pytest

from payment_orchestrator.bootstrap import status_tokens
from payment_orchestrator.config import load_settings
from payments_common.errors import Misconfigured
from support.status_pages import settings

LONG = "x" * 32


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("PAYMENTS_STATUS_TOKEN_KEYS", "short-7712", "key 1 is shorter than 32 bytes"),
        ("PAYMENTS_STATUS_TOKEN_KEYS", f"{LONG},short-7712", "key 2 is shorter"),
        ("PAYMENTS_STATUS_ORIGINS", "*", "no origin"),
        ("PAYMENTS_STATUS_ORIGINS", "https://shop.example.com/", "no origin"),
        ("PAYMENTS_STATUS_ORIGINS", "https://*.example.com", "no origin"),
        ("PAYMENTS_STATUS_ORIGINS", "null", "no origin"),
        ("PAYMENTS_STATUS_PROXIES", "everybody", "PAYMENTS_STATUS_PROXIES"),
    ],
)
def test_what_is_wrong_is_named_and_no_key_is_shown(
    variable: str, value: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENTS_RABBITMQ_URL", "amqp://nowhere/")
    monkeypatch.setenv("PAYMENTS_MONGODB_URL", "mongodb://nowhere/")
    monkeypatch.setenv("PAYMENTS_ACCOUNTS_FILE", "accounts.toml")
    monkeypatch.setenv(variable, value)
    with pytest.raises(Misconfigured, match=complaint) as raised:
        load_settings()
    assert "7712" not in str(raised.value)


def test_lists_are_separated_by_commas_with_or_without_spaces() -> None:
    origins = "https://shop.example.com, http://localhost:3000"
    given = settings(status_origins=origins, status_token_keys=f"{LONG}1 ,{LONG}2,")
    assert given.allowed_origins() == ["https://shop.example.com", "http://localhost:3000"]
    assert given.token_keys() == [f"{LONG}1".encode(), f"{LONG}2".encode()]


def test_without_a_key_no_tokens_are_given() -> None:
    assert status_tokens(settings()) is None
    assert status_tokens(settings(status_token_keys=LONG)) is not None


def test_a_key_does_not_show_in_the_settings() -> None:
    assert LONG not in repr(settings(status_token_keys=LONG))
