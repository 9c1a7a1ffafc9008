"""`payments accounts check` against the sandbox of each gateway."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_webhook_events import MongoWebhookEvents
from payments_common.schemas.webhooks import WebhookMessage
from support.mongo import fresh_store
from support.operator import Operator

INGRESS = "https://payments.example.com"
AT = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)


@pytest.fixture
def operator(tmp_path: Path, sandbox_url: str) -> Operator:
    operator = Operator(tmp_path / "accounts.toml", sandbox_url)
    operator.accounts(ingress_url=INGRESS)
    return operator


async def test_every_gateway_answers_a_complete_account(operator: Operator) -> None:
    told = await operator.asks("accounts", "check")
    assert told.status == 0
    assert told.text.count("configuration complete") == 3
    assert told.text.count("gateway answers, ") == 3
    assert told.text.count('"current" last matched at: not asked') == 3


async def test_one_account_s_missing_key_hides_no_other(operator: Operator) -> None:
    told = await operator.asks("accounts", "check", without="TAMARA_KEY")
    assert told.status == 1
    assert "credentials.api_token: environment variable TAMARA_KEY is not set or empty" in told.text
    assert "api_token is missing" not in told.text
    assert told.text.count("gateway answers, ") == 2


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("tabby-ksa", "TABBY_KEY", "sk_test_99999999-0000-4000-8000-000000000001"),
        ("tamara-ksa", "TAMARA_KEY", "another-token"),
        ("myfatoorah-kwt", "MYFATOORAH_KEY", "another-key"),
    ],
)
async def test_a_wrong_key_is_refused_in_the_gateway_s_words_and_not_shown(
    operator: Operator, name: str, variable: str, value: str
) -> None:
    told = await operator.asks("accounts", "check", name, **{variable: value})
    assert told.status == 1
    assert "the gateway refused: " in told.text
    assert value not in told.text


async def test_a_gateway_that_is_not_there_is_not_reached(operator: Operator) -> None:
    operator.sandbox_url = "http://127.0.0.1:9"
    operator.accounts(ingress_url=INGRESS)
    told = await operator.asks("accounts", "check", "tabby-ksa")
    assert told.status == 1
    assert "the gateway was not reached: " in told.text


async def test_offline_no_gateway_is_asked(operator: Operator) -> None:
    operator.sandbox_url = "http://127.0.0.1:9"
    operator.accounts(ingress_url=INGRESS)
    told = await operator.asks("accounts", "check", "--offline")
    assert told.status == 0
    assert told.text.count("gateway not asked") == 3


async def test_what_keeps_webhooks_away_is_a_problem(operator: Operator) -> None:
    operator.accounts()
    told = await operator.asks("accounts", "check", "tabby-ksa", without="TABBY_SECRET")
    assert told.status == 1
    assert "set accounts.tabby-ksa.webhook_url, or webhook_base_url" in told.text
    assert "webhook_secrets.current: environment variable TABBY_SECRET is not set" in told.text


async def test_what_the_gateway_s_configuration_lacks_is_told_line_by_line(
    operator: Operator,
) -> None:
    wrong = '[accounts.wrong]\ngateway = "tabby"\nbase_url = "https://tabby.example.com"\n'
    unknown = '[accounts.unknown]\ngateway = "nobody"\nbase_url = "https://a.example.com"\n'
    operator.accounts(ingress_url=INGRESS, more=wrong + unknown)
    told = await operator.asks("accounts", "check", "wrong", "unknown", "tabby-ksa")
    assert told.status == 1
    assert "  problem: credentials.secret_key is missing\n" in told.text
    assert "account unknown names the gateway 'nobody'" in told.text
    assert told.text.count("gateway answers, ") == 1


async def test_an_account_that_is_not_in_the_file_is_told_with_those_that_are(
    operator: Operator,
) -> None:
    told = await operator.asks("accounts", "check", "tabby-kas")
    assert told.status == 1
    assert "has no account tabby-kas; it has tabby-ksa, tamara-ksa, myfatoorah-kwt" in told.text


async def test_the_database_tells_when_a_secret_last_matched_and_keeps_the_call(
    operator: Operator, stack: StackUrls
) -> None:
    async with fresh_store(stack.mongodb_url) as store:
        await MongoWebhookEvents(store.database["webhook_events"]).record(delivery())
        environ = {
            "PAYMENTS_MONGODB_URL": stack.mongodb_url,
            "PAYMENTS_MONGODB_DATABASE": store.database.name,
        }
        told = await operator.asks("accounts", "check", "--json", **environ)
        calls = await store.database["api_calls"].distinct("account", {"purpose": "accounts_check"})
    found = json.loads(told.text)["accounts"]
    matched = {each["account"]: each["webhook_secrets"][0]["last_matched_at"] for each in found}
    assert matched == {
        "tabby-ksa": "2026-03-02T09:15:04+00:00",
        "tamara-ksa": "not in the last 90 days",
        "myfatoorah-kwt": "not in the last 90 days",
    }
    assert set(calls) == set(matched)


async def test_each_webhook_secret_of_an_account_is_told(operator: Operator) -> None:
    one = 'current = { env = "TABBY_SECRET" }'
    text = operator.path.read_text()
    operator.path.write_text(text.replace(one, f'{one}, next = {{ env = "NEXT" }}'))
    told = await operator.asks("accounts", "check", "--offline", "tabby-ksa", NEXT="a-secret")
    assert 'webhook secret "current" last matched at: not asked' in told.text
    assert 'webhook secret "next" last matched at: not asked' in told.text


async def test_a_database_that_is_away_is_told_and_takes_nothing_from_the_answer(
    operator: Operator,
) -> None:
    away = "mongodb://127.0.0.1:9/?replicaSet=rs0"
    told = await operator.asks("accounts", "check", "--json", PAYMENTS_MONGODB_URL=away)
    assert told.status == 0
    assert "MongoDB does not answer" in told.text
    accounts = json.loads(told.stdout)["accounts"]
    assert [each["problems"] for each in accounts] == [[], [], []]
    assert accounts[0]["webhook_secrets"][0]["last_matched_at"] == "not asked"


async def test_an_order_cannot_be_shown_from_a_url_that_is_none(operator: Operator) -> None:
    url = "mongo://user:canary-password@127.0.0.1"
    told = await operator.asks("orders", "show", "SHOP-1001", PAYMENTS_MONGODB_URL=url)
    assert told.status == 1
    assert "misconfigured: PAYMENTS_MONGODB_URL" in told.text
    assert "canary" not in told.text


async def test_a_database_url_that_is_none_is_not_repeated(operator: Operator) -> None:
    url = "mongo://user:canary-password@127.0.0.1"
    told = await operator.asks("accounts", "check", PAYMENTS_MONGODB_URL=url)
    assert told.status == 1
    assert "misconfigured: PAYMENTS_MONGODB_URL" in told.text
    assert "canary" not in told.text


def delivery() -> WebhookMessage:
    return WebhookMessage(
        account="tabby-ksa",
        event_key="sha256:1",
        received_at=AT,
        body_base64=WebhookMessage.encode_body(b"{}"),
        verdict="authentic",
        secret_id="current",
    )
