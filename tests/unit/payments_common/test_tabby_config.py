"""An account that cannot work is refused at start, with every reason and no secret."""

from typing import Any

import pytest
from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.errors import Misconfigured
from payments_common.gateways.registry import open_gateway, webhook_scheme_of
from payments_common.gateways.tabby.config import read_config
from support.api_calls import KeptApiCalls
from support.tabby_payloads import SECRET_KEY, WEBHOOK_SECRET, tabby_account


def secret_key(value: str) -> dict[str, SecretStr]:
    return {"secret_key": SecretStr(value)}


def test_a_complete_account_is_read() -> None:
    config = read_config(tabby_account())
    assert (config.account, config.merchant_code) == ("tabby-ksa", "SA")
    assert config.webhook_header == "X-Payments-Webhook"
    assert config.currencies == {"AED", "SAR", "KWD"}
    assert config.secret_key.get_secret_value() == SECRET_KEY


def test_the_first_webhook_secret_is_the_registered_one() -> None:
    secrets = {"new": SecretStr("new-secret"), "old": SecretStr("old-secret")}
    config = read_config(tabby_account(webhook_secrets=secrets))
    assert config.webhook_secret == SecretStr("new-secret")


def test_an_account_may_be_kept_to_one_currency() -> None:
    options = {"merchant_code": "SA", "currency": "SAR"}
    assert read_config(tabby_account(options=options)).currencies == {"SAR"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"credentials": {}}, "secret_key is missing"),
        ({"credentials": secret_key(SECRET_KEY.replace("sk_", "pk_"))}, "sk_ or sk_test_"),
        ({"credentials": secret_key(SECRET_KEY.replace("test", "live"))}, "sk_ or sk_test_"),
        ({"credentials": secret_key(SECRET_KEY[:-1] + "G")}, "sk_ or sk_test_"),
        ({"credentials": secret_key(SECRET_KEY + "0")}, "sk_ or sk_test_"),
        ({"credentials": {**secret_key(SECRET_KEY), "pin": SecretStr("1")}}, "credentials.pin"),
        ({"options": {}}, "merchant_code is missing"),
        ({"options": {"merchant_code": "S\nA"}}, "merchant_code"),
        ({"options": {"merchant_code": "SA", "merchantcode": "SA"}}, "options.merchantcode"),
        ({"options": {"merchant_code": "SA", "currency": "QAR"}}, "AED, KWD, SAR"),
        ({"options": {"merchant_code": "SA", "webhook_header": "X Y"}}, "webhook_header"),
        ({"webhook_secrets": {"a": SecretStr("two words")}}, "cannot be sent in a header"),
    ],
)
def test_each_problem_is_named(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem) as caught:
        read_config(tabby_account(**changes))
    assert "tabby-ksa" in str(caught.value)


def test_all_problems_are_told_at_once_without_a_secret() -> None:
    account = tabby_account(options={"currency": "QAR"}, credentials=secret_key("sk_live_canary"))
    with pytest.raises(Misconfigured) as caught:
        read_config(account)
    assert str(caught.value).count("\n") == 3
    assert "canary" not in str(caught.value)


def test_a_config_prints_no_secret() -> None:
    shown = repr(read_config(tabby_account()))
    assert SECRET_KEY not in shown
    assert WEBHOOK_SECRET.value not in shown


async def test_a_gateway_is_opened_by_name() -> None:
    gateway = open_gateway(tabby_account(), clock=SystemClock(), api_calls=KeptApiCalls())
    assert gateway.capabilities.void
    assert gateway.capabilities.webhook_covers == "sender"
    assert not gateway.capabilities.partial_void
    await gateway.close()


def test_an_unknown_gateway_is_refused_with_the_known_ones() -> None:
    account = tabby_account(gateway="tobby")
    with pytest.raises(Misconfigured, match=r"'tobby'; known are: .*tabby, tamara"):
        open_gateway(account, clock=SystemClock(), api_calls=KeptApiCalls())
    with pytest.raises(Misconfigured, match=r"'tobby'; known are: .*tabby, tamara"):
        webhook_scheme_of(account)


def test_the_scheme_needs_no_credentials() -> None:
    assert webhook_scheme_of(tabby_account(credentials={}))
