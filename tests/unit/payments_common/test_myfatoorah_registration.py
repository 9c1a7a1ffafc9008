"""What a person enters in MyFatoorah's portal."""

from typing import Any

import pytest
from pydantic import SecretStr

from payments_common.errors import Misconfigured
from payments_common.gateways.registration import DashboardEntry
from support.myfatoorah_payloads import WEBHOOK_SECRET, WEBHOOK_URL
from support.myfatoorah_script import myfatoorah
from support.scripted_tabby import Script


async def entries(**account: Any) -> list[DashboardEntry]:
    async with myfatoorah(Script(), **account) as gateway:
        return gateway.dashboard_entries(WEBHOOK_URL)


async def test_each_entry_says_what_to_put_where() -> None:
    told = {each.field: each.value for each in await entries()}
    assert list(told) == [
        "Portal",
        "Webhook",
        "Endpoint URL",
        "Events",
        "Webhook version",
        "Secret key",
        "Retries",
    ]
    assert told["Endpoint URL"] == WEBHOOK_URL
    assert told["Webhook version"] == "V2"
    assert told["Secret key"].endswith('webhook secret "current" of account myfatoorah-kwt')


async def test_no_secret_is_shown() -> None:
    assert WEBHOOK_SECRET.value not in repr(await entries())


@pytest.mark.parametrize(
    ("base_url", "portal"),
    [
        ("https://api.myfatoorah.com", "https://portal.myfatoorah.com, "),
        ("https://apitest.myfatoorah.com", "https://demo.myfatoorah.com, "),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000, "),
    ],
)
async def test_the_portal_is_the_account_s(base_url: str, portal: str) -> None:
    assert (await entries(base_url=base_url))[0].value.startswith(portal)


async def test_of_several_secrets_the_first_is_entered() -> None:
    secrets = {"next": SecretStr("new"), "current": SecretStr("old")}
    assert '"next"' in (await entries(webhook_secrets=secrets))[5].value


async def test_without_a_secret_nothing_is_to_be_entered() -> None:
    with pytest.raises(Misconfigured, match="no webhook secret"):
        await entries(webhook_secrets={})
