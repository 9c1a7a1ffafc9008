"""An account that cannot work is refused at start, with every reason and no secret."""

from typing import Any

import pytest
from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.errors import Misconfigured
from payments_common.gateways.port import AuthorizesByCall, FindsPayments
from payments_common.gateways.registration import RegistersWebhooks
from payments_common.gateways.tamara.config import read_config
from payments_common.gateways.tamara.gateway import open_gateway
from support.api_calls import KeptApiCalls
from support.tamara_payloads import API_TOKEN, NOTIFICATION_TOKEN, WEBHOOK_URL, tamara_account


def api_token(value: str) -> dict[str, SecretStr]:
    return {"api_token": SecretStr(value)}


def test_a_complete_account_is_read() -> None:
    config = read_config(tamara_account())
    assert config.account == "tamara-ksa"
    assert config.currencies == {"SAR", "AED", "KWD", "BHD", "OMR"}
    assert config.api_token.get_secret_value() == API_TOKEN
    assert (config.notification_url, config.instalments) == (None, None)
    assert config.payment_type == "PAY_BY_INSTALMENTS"
    assert not config.is_live_api


@pytest.mark.parametrize("written", [f" {API_TOKEN}\n", f"{API_TOKEN[:9]}\r\n\t{API_TOKEN[9:]}"])
def test_white_space_is_not_part_of_an_api_token(written: str) -> None:
    config = read_config(tamara_account(credentials=api_token(written)))
    assert config.api_token.get_secret_value() == API_TOKEN


def test_an_account_may_be_kept_to_one_currency_and_country() -> None:
    config = read_config(tamara_account(options={"currency": "KWD", "country_code": "KW"}))
    assert config.currencies == {"KWD"}
    assert config.country_of("KWD") == "KW"


@pytest.mark.parametrize(
    ("currency", "country"),
    [("SAR", "SA"), ("AED", "AE"), ("KWD", "KW"), ("BHD", "BH"), ("OMR", "OM")],
)
def test_a_currency_names_its_country(currency: str, country: str) -> None:
    assert read_config(tamara_account()).country_of(currency) == country


@pytest.mark.parametrize(("wanted", "told"), [("true", WEBHOOK_URL), ("false", None)])
def test_the_notification_url_is_told_where_that_is_wanted(wanted: str, told: str | None) -> None:
    config = read_config(tamara_account(options={"notification": wanted}))
    assert config.notification_url == told


@pytest.mark.parametrize(
    ("base_url", "is_live"),
    [
        ("https://api.tamara.co", True),
        ("https://api-sandbox.tamara.co", True),
        ("https://API.TAMARA.CO", True),
        ("https://tamara.co", True),
        ("https://nottamara.co", False),
        ("https://tamara.co.example.com", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_tamara_s_own_hosts_are_known(base_url: str, is_live: bool) -> None:
    assert read_config(tamara_account(base_url)).is_live_api is is_live


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"credentials": {}}, "api_token is missing"),
        ({"credentials": api_token(" \n")}, "api_token is missing"),
        ({"credentials": api_token("t\u00f6ken")}, "cannot be sent in a header"),
        ({"credentials": {**api_token("t"), "pin": SecretStr("1")}}, "credentials.pin"),
        ({"options": {"curency": "SAR"}}, "options.curency is not known; known are country_code"),
        ({"options": {"currency": "QAR"}}, "AED, BHD, KWD, OMR, SAR"),
        ({"options": {"country_code": "QA"}}, "AE, BH, KW, OM, SA"),
        ({"options": {"notification": "yes"}}, '"true" or "false"'),
        ({"options": {"notification": "true"}, "webhook_url": None}, "webhook_base_url"),
        ({"options": {"payment_type": "PAY_BY_LATER"}}, "PAY_BY_INSTALMENTS, PAY_NOW"),
        ({"options": {"instalments": "1"}}, "2 to 24"),
        ({"options": {"instalments": "25"}}, "2 to 24"),
        ({"options": {"instalments": "\u0663"}}, "2 to 24"),
        ({"options": {"platform": "x" * 256}}, "at most 255"),
    ],
)
def test_each_problem_is_named(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem) as caught:
        read_config(tamara_account(**changes))
    assert "tamara-ksa" in str(caught.value)


def test_all_problems_are_told_at_once_without_a_secret() -> None:
    options = {"currency": "QAR", "country_code": "QA", "instalments": "0"}
    account = tamara_account(options=options, credentials=api_token("canary\u00e9"))
    with pytest.raises(Misconfigured) as caught:
        read_config(account)
    assert str(caught.value).count("\n") == 4
    assert "canary" not in str(caught.value)


def test_a_config_prints_no_secret() -> None:
    shown = repr(read_config(tamara_account()))
    assert API_TOKEN not in shown
    assert NOTIFICATION_TOKEN.value not in shown


async def test_an_opened_gateway_says_what_tamara_can_do() -> None:
    gateway = open_gateway(tamara_account(), clock=SystemClock(), api_calls=KeptApiCalls())
    can = gateway.capabilities
    assert (can.authorizes_by_call, can.partial_void, can.several_captures) == (True, True, True)
    cannot = (can.void_after_capture, can.list_payments, can.reference_is_idempotent)
    assert not any(cannot)
    assert not any((can.echoes_capture_reference, can.echoes_refund_reference))
    assert can.webhook_covers == "sender"
    assert isinstance(gateway, AuthorizesByCall)
    assert isinstance(gateway, FindsPayments)
    assert isinstance(gateway, RegistersWebhooks)
    await gateway.close()
