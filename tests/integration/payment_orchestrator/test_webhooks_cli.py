"""`payments webhooks sync` and `verify` against the sandbox and a real ingress."""

import re
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from payments_common.config import Account, load_accounts
from payments_demo import sandbox_keys
from support.ingress import KeepingPublisher, running_ingress
from support.myfatoorah_sandbox import MyFatoorahShop
from support.operator import ENVIRON, Operator
from support.running_sandbox import SandboxClient, serving

INGRESS = "https://payments.example.com"
TABBY, TAMARA, MYFATOORAH = "tabby-ksa", "tamara-ksa", "myfatoorah-kwt"


@pytest.fixture
async def operator(tmp_path: Path, sandbox_url: str) -> Operator:
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False) as http:
        (await http.post("/sandbox/reset")).raise_for_status()
    operator = Operator(tmp_path / "accounts.toml", sandbox_url)
    operator.accounts(ingress_url=INGRESS)
    return operator


async def registered(operator: Operator) -> list[str]:
    """The URLs that Tabby has."""
    headers = {
        "Authorization": f"Bearer {sandbox_keys.TABBY_SECRET_KEY}",
        "X-Merchant-Code": "SA",
    }
    async with httpx.AsyncClient(base_url=operator.sandbox_url, trust_env=False) as http:
        answer = (await http.get("/api/v1/webhooks", headers=headers)).raise_for_status().json()
    # Tabby has null for an empty list.
    return [each["url"] for each in answer or ()]


def actions(text: str) -> list[tuple[str, ...]]:
    """Account and action of each line."""
    return re.findall(r"^  ([a-z-]+): (create|keep|update|delete|leave) ", text, re.MULTILINE)


def accounts_in(operator: Operator) -> list[Account]:
    return list(load_accounts(operator.path, environ=ENVIRON).values())


async def test_sync_registers_and_the_second_time_keeps(operator: Operator) -> None:
    first = await operator.asks("webhooks", "sync")
    again = await operator.asks("webhooks", "sync")
    assert (first.status, again.status) == (0, 0)
    assert actions(first.text)[:2] == [(TABBY, "create"), (TAMARA, "create")]
    assert actions(again.text) == [(TABBY, "keep"), (TAMARA, "keep")] * 2
    assert await registered(operator) == [f"{INGRESS}/webhooks/{TABBY}"]


async def test_what_a_person_must_enter_is_told(operator: Operator) -> None:
    told = await operator.asks("webhooks", "sync", MYFATOORAH)
    assert told.status == 0
    assert f"Endpoint URL: {INGRESS}/webhooks/{MYFATOORAH}" in told.text
    assert 'the value of webhook secret "current"' in told.text
    assert f"then prove it: payments webhooks verify {MYFATOORAH}" in told.text


async def test_a_dry_run_changes_nothing(operator: Operator) -> None:
    told = await operator.asks("webhooks", "sync", "--dry-run")
    assert told.status == 0
    assert actions(told.text) == [(TABBY, "create"), (TAMARA, "create")]
    assert await registered(operator) == []
    again = await operator.asks("webhooks", "sync", "--dry-run")
    assert actions(again.text) == [(TABBY, "create"), (TAMARA, "create")]


async def test_other_registrations_are_left_unless_asked_for(operator: Operator) -> None:
    await operator.asks("webhooks", "sync", TABBY)
    operator.accounts(ingress_url="https://new.example.com")
    told = await operator.asks("webhooks", "sync", TABBY)
    assert (TABBY, "leave") in actions(told.text)
    assert len(await registered(operator)) == 2


@pytest.mark.parametrize(("typed", "status", "left"), [("n\n", 1, 1), ("", 1, 1), ("y\n", 0, 1)])
async def test_deleting_is_asked_for(
    operator: Operator, typed: str, status: int, left: int
) -> None:
    await operator.asks("webhooks", "sync", TABBY)
    operator.accounts(ingress_url="https://new.example.com")
    told = await operator.asks("webhooks", "sync", TABBY, "--delete-others", typed=typed)
    assert "Delete 1 registration at the gateways?" in told.text
    assert told.status == status
    kept = "https://new.example.com" if status == 0 else INGRESS
    assert await registered(operator) == [f"{kept}/webhooks/{TABBY}"] * left


async def test_with_yes_nothing_is_asked(operator: Operator) -> None:
    await operator.asks("webhooks", "sync", TABBY)
    operator.accounts(ingress_url="https://new.example.com")
    told = await operator.asks("webhooks", "sync", TABBY, "--delete-others", "--yes")
    assert told.status == 0
    assert await registered(operator) == [f"https://new.example.com/webhooks/{TABBY}"]


ANOTHER_TAMARA = """
[accounts.tamara-uae]
gateway = "tamara"
base_url = "SANDBOX"
options = { currency = "AED" }
credentials = { api_token = { env = "TAMARA_KEY" } }
webhook_secrets = { current = { env = "TAMARA_SECRET" } }
"""


async def test_accounts_that_share_a_key_never_delete_one_another_s_registrations(
    operator: Operator,
) -> None:
    more = ANOTHER_TAMARA.replace("SANDBOX", operator.sandbox_url)
    operator.accounts(ingress_url=INGRESS, more=more)
    await operator.asks("webhooks", "sync", TAMARA, "tamara-uae")
    told = await operator.asks("webhooks", "sync", TAMARA, "--delete-others", "--yes")
    assert told.status == 0
    assert actions(told.text) == [(TAMARA, "leave"), (TAMARA, "keep")] * 2
    assert "it is that of another account" in told.text


def name_tabby_secrets(operator: Operator, **places: str) -> None:
    """Has the accounts file name these webhook secrets for Tabby, each by its variable."""
    named = ", ".join(f'{name} = {{ env = "{env}" }}' for name, env in places.items())
    one = 'current = { env = "TABBY_SECRET" }'
    operator.path.write_text(operator.path.read_text().replace(one, named))


async def test_an_account_that_cannot_be_read_loses_no_registration(operator: Operator) -> None:
    await operator.asks("webhooks", "sync", TABBY)
    broken = operator.path.read_text().replace("[accounts.tabby-ksa]", "[accounts.tabby-ksa]\nx=1")
    second = "\n[accounts.tabby-two]\n" + broken.partition("x=1\n")[2].partition("\n[")[0]
    operator.path.write_text(broken + second)
    told = await operator.asks("webhooks", "sync", "tabby-two", "--delete-others", "--yes")
    assert told.status == 1
    assert "nothing is deleted while the file's settings of tabby-ksa cannot be read" in told.text
    assert await registered(operator) == [f"{INGRESS}/webhooks/{TABBY}"]


@pytest.mark.parametrize(("missing", "there"), [("DECEMBER", "NOVEMBER"), ("NOVEMBER", "DECEMBER")])
async def test_while_a_webhook_secret_is_missing_no_other_takes_its_place(
    operator: Operator, missing: str, there: str
) -> None:
    name_tabby_secrets(operator, december="DECEMBER", november="NOVEMBER")
    told = await operator.asks("webhooks", "sync", TABBY, **{there: "a-webhook-secret"})
    assert told.status == 1
    assert f"environment variable {missing} is not set or empty" in told.text
    assert await registered(operator) == []


async def test_a_probe_is_made_with_each_secret(operator: Operator) -> None:
    name_tabby_secrets(operator, current="TABBY_SECRET", next="NEXT")
    environ = {**ENVIRON, "NEXT": "next-secret-0002"}
    accounts = list(load_accounts(operator.path, environ=environ).values())
    async with running_ingress(KeepingPublisher(), accounts=accounts) as ingress:
        operator.path.write_text(operator.path.read_text().replace(INGRESS, ingress.url))
        told = await operator.asks("webhooks", "verify", TABBY, NEXT="next-secret-0002")
    assert told.status == 0, told.text
    assert re.findall(r'probe with webhook secret "(\w+)"', told.text) == ["current", "next"]


async def test_a_missing_webhook_url_names_the_setting(operator: Operator) -> None:
    operator.accounts()
    told = await operator.asks("webhooks", "sync", TABBY)
    assert told.status == 1
    assert f"set accounts.{TABBY}.webhook_url, or webhook_base_url" in told.text


async def test_one_account_s_refusal_hides_no_other(operator: Operator) -> None:
    told = await operator.asks("webhooks", "sync", TAMARA_KEY="another-token")
    assert told.status == 1
    assert f"{TAMARA}: the gateway refused: " in told.text
    assert actions(told.text) == [(TABBY, "create")] * 2
    assert "another-token" not in told.text


async def test_a_step_that_fails_is_told_beside_what_was_planned(operator: Operator) -> None:
    async with httpx.AsyncClient(base_url=operator.sandbox_url, trust_env=False) as http:
        fault = {"operation": "create_webhook", "kind": "error", "status": 403, "count": 1}
        (await http.post("/sandbox/faults", json=fault)).raise_for_status()
    told = await operator.asks("webhooks", "sync", TABBY, MYFATOORAH)
    assert told.status == 1
    assert f"{TABBY}: create of {INGRESS}/webhooks/{TABBY} failed: " in told.text
    assert "ask what became of it before sending it again" in told.text
    assert "Endpoint URL" in told.text
    assert await registered(operator) == []


async def test_the_ingress_accepts_each_gateway_s_probe(operator: Operator) -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher, accounts=accounts_in(operator)) as ingress:
        operator.accounts(ingress_url=ingress.url)
        told = await operator.asks("webhooks", "verify")
    assert told.status == 0, told.text
    assert told.text.count(": accepted by the ingress") == 3
    assert "the gateway's last 7 days: no delivery yet, so nothing is proved" in told.text
    assert {each.account for each in publisher.messages()} == {TABBY, TAMARA, MYFATOORAH}


async def test_a_probe_with_another_secret_is_refused_with_the_ingress_s_code(
    operator: Operator,
) -> None:
    async with running_ingress(KeepingPublisher(), accounts=accounts_in(operator)) as ingress:
        operator.accounts(ingress_url=ingress.url)
        told = await operator.asks("webhooks", "verify", TABBY, TABBY_SECRET="another-secret")
    assert told.status == 1
    assert "refused: signature_invalid (status 401)" in told.text
    assert "another-secret" not in told.text


async def test_a_server_that_is_not_the_ingress_accepts_nothing(operator: Operator) -> None:
    async def welcome(request: web.Request) -> web.Response:
        return web.Response(text=f"Welcome to {request.path}")

    app = web.Application()
    app.router.add_post("/webhooks/{account}", welcome)
    async with serving(app) as url:
        operator.accounts(ingress_url=url)
        told = await operator.asks("webhooks", "verify", TABBY)
    assert told.status == 1
    assert "answered with status 200, but not by the ingress" in told.text


async def test_a_redirect_is_not_followed(operator: Operator) -> None:
    seen = []

    async def redirect(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/{path:.*}", redirect)
    async with serving(app) as url:
        operator.accounts(ingress_url=url)
        told = await operator.asks("webhooks", "verify", TABBY)
    assert "answered with status 307" in told.text
    assert seen == [f"/webhooks/{TABBY}"]


async def test_an_ingress_that_is_not_there_is_not_reached(operator: Operator) -> None:
    operator.accounts(ingress_url="http://127.0.0.1:9")
    told = await operator.asks("webhooks", "verify", TAMARA)
    assert told.status == 1
    assert ": not reached: ClientConnectorError" in told.text


async def paid_at_myfatoorah(operator: Operator, **dashboard: str) -> None:
    """One payment, whose webhook was delivered as the dashboard says."""
    async with httpx.AsyncClient(base_url=operator.sandbox_url, trust_env=False) as http:
        shop = MyFatoorahShop(SandboxClient(http))
        await shop.dashboard(**dashboard)
        await shop.paid()
        await shop.sandbox.idle()


async def test_the_gateway_s_log_shows_that_webhooks_come_and_who_signs(
    operator: Operator,
) -> None:
    async with running_ingress(KeepingPublisher(), accounts=accounts_in(operator)) as ingress:
        operator.accounts(ingress_url=ingress.url)
        await paid_at_myfatoorah(operator, webhook_url=f"{ingress.url}/webhooks/{MYFATOORAH}")
        told = await operator.asks("webhooks", "verify", MYFATOORAH)
    assert told.status == 0, told.text
    assert 'the gateway\'s last 7 days: 1 to this URL, signed with "current"' in told.text


@pytest.mark.parametrize(
    ("dashboard", "advice"),
    [
        ({"webhook_secret": "another"}, "signed with no secret of ours"),
        ({"webhook_url": "http://127.0.0.1:9/old"}, "change the endpoint in the dashboard to http"),
    ],
)
async def test_the_gateway_s_log_shows_what_to_change(
    operator: Operator, dashboard: dict[str, str], advice: str
) -> None:
    async with running_ingress(KeepingPublisher(), accounts=accounts_in(operator)) as ingress:
        operator.accounts(ingress_url=ingress.url)
        url = f"{ingress.url}/webhooks/{MYFATOORAH}"
        await paid_at_myfatoorah(operator, **{"webhook_url": url, **dashboard})
        told = await operator.asks("webhooks", "verify", MYFATOORAH)
    assert told.status == 1
    assert advice in told.text
