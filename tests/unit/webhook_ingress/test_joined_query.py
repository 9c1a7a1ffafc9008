"""Tamara may add its token to our URL without a question mark (gateways/tamara.md section 5.2)."""

import pytest

from payments_common.config import Account
from support.ingress import KeepingPublisher, running_ingress
from support.tamara_tokens import BODY, KEY, V1

TAMARA = Account.model_validate(
    {
        "name": "tamara-ksa",
        "gateway": "tamara",
        "base_url": "https://api.tamara.co",
        "options": {},
        "credentials": {},
        "webhook_secrets": {"current": KEY},
        "timeout_seconds": 1.0,
        "max_concurrent_calls": 1,
        "calls_per_second": 1.0,
    }
)


@pytest.mark.parametrize(
    "added", [f"&tamaraToken={V1}", f"?tamaraToken={V1}", f"&a=1?tamaraToken={V1}"]
)
async def test_the_token_is_found_and_not_kept_however_it_was_added(added: str) -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher, accounts=[TAMARA]) as ingress:
        answer = await ingress.deliver(BODY, account="tamara-ksa", secrets=[], query=added)
    assert answer.status == 200
    (message,) = publisher.messages()
    assert message.account == "tamara-ksa"
    assert V1.rpartition(".")[2] not in message.model_dump_json()


async def test_a_wrong_token_that_was_added_so_is_refused() -> None:
    async with running_ingress(KeepingPublisher(), accounts=[TAMARA]) as ingress:
        added = f"&tamaraToken={V1[:-4]}AAAA"
        answer = await ingress.deliver(BODY, account="tamara-ksa", secrets=[], query=added)
    assert (answer.status, answer.error) == (401, "signature_invalid")
