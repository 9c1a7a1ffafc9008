"""No secret and no person leaves by the side doors."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from payments_common.gateways.myfatoorah.gateway import MyFatoorahGateway
from payments_common.gateways.myfatoorah.redaction import redact
from support.api_calls import KeptApiCalls
from support.myfatoorah_notices import VECTORS
from support.myfatoorah_payloads import (
    API_KEY,
    CANARY_CARD,
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    WEBHOOK_SECRET,
    captured,
    created,
    envelope,
    filed,
    held,
    invoice,
    paid,
    refunds,
    refusal,
    row,
)
from support.myfatoorah_script import (
    CONTEXT,
    capturing,
    creating,
    myfatoorah,
    reading,
    refunding,
)
from support.scripted_tabby import Script, ok

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ECHO = f"no {CANARY_EMAIL}, {CANARY_PHONE}"
LOGGED = envelope(
    {"Items": [{"Data": vector["payload"]["Data"], "Signature": vector["expected_signature"]}
               for vector in VECTORS["vectors"]]}
)  # fmt: skip


async def listing(gateway: MyFatoorahGateway) -> object:
    return await gateway.delivery_log(since=DAY, until=DAY, context=CONTEXT)


async def test_no_secret_and_no_person_is_ever_recorded_logged_or_told() -> None:
    """Canaries travel in every request and come back in every answer."""
    errors = refusal(("CustomerName", CANARY_NAME), ("CustomerEmail", ECHO), ("Key", ECHO))
    script = Script(
        ok(created(CustomerName=CANARY_NAME)),
        ok(errors, 400),
        ok(envelope(paid(row(Error=ECHO)))),
        ok(refunds()),
        ok(refusal(("Key", ECHO), message=ECHO), 400),
        ok(envelope(invoice(held(), captured()))),
        ok(refunds()),
        ok(filed(Comment=ECHO)),
        httpx.Response(500, text=ECHO),
        httpx.Response(200, text=ECHO),
        ok(envelope(invoice(InvoiceValue=ECHO))),
        ok(LOGGED),
    )
    kept, told = KeptApiCalls(), []
    moves: list[Callable[[MyFatoorahGateway], Awaitable[object]]] = [
        creating, creating, reading, capturing, refunding, reading, reading, reading, listing
    ]  # fmt: skip
    with capture_logs() as logs:
        async with myfatoorah(script, kept) as gateway:
            for move in moves:
                try:
                    told.append(repr(getattr(await move(gateway), "message", "")))
                except Exception as error:  # noqa: BLE001 - all that is raised is looked at
                    told.append(f"{error!r} {error} {error.__cause__!r}")
            told.append(repr(gateway) + repr(vars(gateway)))
    shown = "\n".join([*map(repr, kept.calls), *map(repr, logs), *told])
    assert len(kept.calls) == len(script.asked) == 12
    canaries = (CANARY_NAME, CANARY_EMAIL, CANARY_PHONE, CANARY_CARD, API_KEY)
    for canary in (*canaries, WEBHOOK_SECRET.value, "51234567", "token-1", "07263453"):
        assert canary not in shown
        assert canary.split("@")[0] not in shown


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda each: each["id"])
def test_a_logged_webhook_is_kept_without_people_cards_and_its_signature(vector: Any) -> None:
    kept = repr(redact({"Data": {"Items": [{"Data": vector["payload"]["Data"]}]}}))
    for canary in ("Test Webhook", "test test", "supplier", "96512345678", "203.0.113.9", "xxxx"):
        assert canary not in kept


async def test_what_is_kept_explains_the_call() -> None:
    kept = KeptApiCalls()
    async with myfatoorah(Script(ok(envelope(paid())), ok(refunds())), kept) as gateway:
        await reading(gateway)
    asked, answer = kept.calls[0].request, kept.calls[0].answer
    assert asked == {"Key": "6409988", "KeyType": "InvoiceId"}
    assert answer is not None
    (attempt,) = answer["Data"]["InvoiceTransactions"]
    assert (answer["Data"]["InvoiceStatus"], answer["Data"]["InvoiceValue"]) == ("Paid", 40)
    assert (attempt["TransactionStatus"], attempt["TransationValue"]) == ("Succss", "40.000")
