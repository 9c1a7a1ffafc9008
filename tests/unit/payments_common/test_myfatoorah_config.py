"""An account that cannot work is refused at start, with every reason and no secret."""

from typing import Any

import pytest
from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.errors import Misconfigured
from payments_common.gateways.myfatoorah.config import read_config
from payments_common.gateways.myfatoorah.countries import COUNTRIES
from payments_common.gateways.myfatoorah.gateway import open_gateway
from payments_common.gateways.myfatoorah.webhooks import webhook_scheme
from payments_common.gateways.port import (
    FindsPayments,
    ListsPayments,
    LogsDeliveries,
    WebhookCoverage,
)
from payments_common.gateways.registration import RegisteredByHand, RegistersWebhooks
from support.api_calls import KeptApiCalls
from support.myfatoorah_payloads import API_KEY, WEBHOOK_SECRET, WEBHOOK_URL, myfatoorah_account

LIVE = "https://api.myfatoorah.com"
TEST = "https://apitest.myfatoorah.com"


def key(value: str) -> dict[str, SecretStr]:
    return {"api_key": SecretStr(value)}


def test_a_complete_account_is_read() -> None:
    config = read_config(myfatoorah_account())
    assert (config.account, config.country, config.currency) == ("myfatoorah-kwt", "KWT", "KWD")
    assert config.api_key.get_secret_value() == API_KEY
    assert config.webhook_secrets == (WEBHOOK_SECRET,)
    assert (config.language, config.webhook_url) == (None, None)


@pytest.mark.parametrize(
    ("country", "host", "currency", "zone", "portal", "has_idempotency"),
    [
        ("KWT", "api", "KWD", "Asia/Kuwait", "portal", True),
        ("BHR", "api", "BHD", "Asia/Kuwait", "portal", False),
        ("OMN", "api", "OMR", "Asia/Kuwait", "portal", False),
        ("JOR", "api", "JOD", "Asia/Kuwait", "portal", False),
        ("ARE", "api-ae", "AED", "Asia/Dubai", "ae", False),
        ("SAU", "api-sa", "SAR", "Asia/Riyadh", "sa", True),
        ("QAT", "api-qa", "QAR", "Asia/Qatar", "qa", False),
        ("EGY", "api-eg", "EGP", "Africa/Cairo", "eg", False),
    ],
)
def test_each_country_has_its_host_currency_clock_and_portal(
    country: str, host: str, currency: str, zone: str, portal: str, has_idempotency: bool
) -> None:
    account = myfatoorah_account(
        f"https://{host}.myfatoorah.com",
        options={"country": country.lower()},
        credentials=key("legacy-key"),
    )
    config = read_config(account)
    assert (config.country, config.currency, config.zone_name) == (country, currency, zone)
    assert config.portal_url == f"https://{portal}.myfatoorah.com"
    assert config.has_idempotency is has_idempotency


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_every_country_s_test_account_is_in_dinars_and_keeps_kuwait_s_time(country: str) -> None:
    config = read_config(myfatoorah_account(TEST, options={"country": country}))
    assert (config.currency, config.zone_name) == ("KWD", "Asia/Kuwait")
    assert config.portal_url == "https://demo.myfatoorah.com"


def test_options_override_what_the_country_says() -> None:
    options = {"country": "KWT", "currency": "BHD", "language": "AR", "idempotency": "false"}
    config = read_config(myfatoorah_account(options=options))
    assert (config.currency, config.language, config.has_idempotency) == ("BHD", "AR", False)
    assert config.portal_url == "https://mf.example.com"


def test_an_account_s_webhook_url_is_told_with_each_invoice() -> None:
    assert read_config(myfatoorah_account(webhook_url=WEBHOOK_URL)).webhook_url == WEBHOOK_URL


def test_a_sandbox_may_be_anywhere() -> None:
    account = myfatoorah_account(
        "http://127.0.0.1:9000", webhook_url="http://localhost:8081/webhooks/mf"
    )
    assert read_config(account).webhook_url == "http://localhost:8081/webhooks/mf"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"credentials": {}}, "api_key is missing"),
        ({"credentials": key("two words")}, "cannot be sent in a header"),
        ({"credentials": key("schl\u00fcssel")}, "cannot be sent in a header"),
        ({"credentials": {**key(API_KEY), "pin": SecretStr("1")}}, "credentials.pin"),
        ({"options": {}}, "options.country is missing"),
        ({"options": {"country": "KW"}}, "ARE, BHR, EGY, JOR, KWT, OMN, QAT, SAU"),
        ({"options": {"country": "KWT", "contry": "KWT"}}, "options.contry"),
        ({"options": {"country": "KWT", "currency": "EUR"}}, "'EUR'; base currencies"),
        ({"options": {"country": "KWT", "language": "FR"}}, "EN or AR"),
        ({"options": {"country": "KWT", "idempotency": "yes"}}, "true or false"),
        ({"base_url": LIVE, "options": {"country": "SAU"}}, "https://api-sa.myfatoorah.com"),
        ({"base_url": "https://api-sa.myfatoorah.com"}, "https://api.myfatoorah.com"),
        ({"base_url": "https://portal.myfatoorah.com"}, "base_url is portal"),
        ({"base_url": "http://apitest.myfatoorah.com"}, "begin with https"),
        ({"base_url": f"{TEST}/v2"}, "end with its host"),
        ({"base_url": LIVE, "credentials": key("SK_SAU_x")}, "a key for SAU, not for KWT"),
        ({"webhook_url": "https://shop.example.com/" + "a" * 230}, "254 characters"),
        ({"base_url": TEST, "webhook_url": "http://shop.example.com"}, "name a public host"),
        ({"base_url": LIVE, "webhook_url": "https://localhost/webhooks"}, "name a public host"),
        ({"base_url": LIVE, "webhook_url": "https://127.0.0.1/webhooks"}, "name a public host"),
    ],
)
def test_each_problem_is_named(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem) as caught:
        read_config(myfatoorah_account(**changes))
    assert "myfatoorah-kwt" in str(caught.value)


def test_all_problems_are_told_at_once_without_a_secret() -> None:
    account = myfatoorah_account(
        LIVE, options={"country": "EGY", "language": "FR"}, credentials=key("canary key")
    )
    with pytest.raises(Misconfigured) as caught:
        read_config(account)
    assert str(caught.value).count("\n") == 3
    assert "canary" not in str(caught.value)


def test_a_config_prints_no_secret() -> None:
    shown = repr(read_config(myfatoorah_account()))
    assert API_KEY not in shown
    assert WEBHOOK_SECRET.value not in shown


async def test_an_open_gateway_says_what_it_can_do() -> None:
    gateway = open_gateway(myfatoorah_account(), clock=SystemClock(), api_calls=KeptApiCalls())
    can = gateway.capabilities
    await gateway.close()
    assert can.currencies == {"KWD"}
    assert can.webhook_covers is WebhookCoverage.SIGNED_FIELDS
    assert can.manual_capture
    assert not any((can.authorizes_by_call, can.several_captures, can.void_after_capture))
    assert can.reference_is_idempotent
    for protocol in (FindsPayments, ListsPayments, LogsDeliveries, RegisteredByHand):
        assert isinstance(gateway, protocol)
    assert not isinstance(gateway, RegistersWebhooks)


def test_the_scheme_needs_no_credentials() -> None:
    assert webhook_scheme(myfatoorah_account(credentials={}, options={}))
