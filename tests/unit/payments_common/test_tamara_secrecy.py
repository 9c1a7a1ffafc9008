"""No secret and no person leaves by the side doors."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from structlog.testing import capture_logs

from payments_common.gateways.tamara.gateway import TamaraGateway
from support.api_calls import KeptApiCalls
from support.registering import registered
from support.tamara_payloads import (
    API_TOKEN,
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    CANARY_STREET,
    NOTIFICATION_TOKEN,
    ORDER_ID,
    WEBHOOK_URL,
    capture,
    captured_answer,
    order,
    session_answer,
)
from support.tamara_script import (
    TamaraScript,
    authorizing,
    capturing,
    creating,
    no,
    ok,
    reading,
    refunding,
    tamara,
    voiding,
)

ECHO = f"no {CANARY_EMAIL}, {CANARY_PHONE}"


async def registering(gateway: TamaraGateway) -> object:
    return await registered(gateway, WEBHOOK_URL)


async def test_no_secret_and_no_person_is_ever_recorded_logged_or_told() -> None:
    """Canaries travel in every request and come back in every answer."""
    script = TamaraScript(
        ok(session_answer()),
        no(400, ECHO, "total_amount_invalid_limit"),
        no(400, ECHO),
        ok(order("fully_captured", captures=[capture()])),
        no(409, ECHO, comment=ECHO, consumer=CANARY_EMAIL),
        ok(order()),
        ok(captured_answer("40.00")),
        ok(order()),
        no(401, ECHO),
        httpx.Response(500, text=ECHO),
        httpx.Response(200, text=ECHO),
        ok(order(total_amount=ECHO)),
        ok([{"webhook_id": "w", "headers": {"authorization": NOTIFICATION_TOKEN.value}}]),
        no(403, ECHO),
    )
    kept, told = KeptApiCalls(), []
    with capture_logs() as logs:
        async with tamara(script, kept) as gateway:
            moves: list[Callable[[TamaraGateway], Awaitable[Any]]] = [
                creating, creating, creating, reading, refunding, capturing, voiding,
                authorizing, reading, reading, registering,
            ]  # fmt: skip
            for move in moves:
                try:
                    told.append(repr(getattr(await move(gateway), "message", "")))
                except Exception as error:  # noqa: BLE001 - all that is raised is looked at
                    told.append(f"{error!r} {error} {error.__cause__!r}")
            told.append(repr(gateway) + repr(vars(gateway)))
    shown = "\n".join([*map(repr, kept.calls), *map(repr, logs), *told])
    assert len(kept.calls) == len(script.asked) == 14
    for canary in (
        CANARY_NAME, CANARY_EMAIL, CANARY_PHONE, CANARY_STREET, "Nightingale", "966512345678",
        API_TOKEN, NOTIFICATION_TOKEN.value, "checkout.example.com",
    ):  # fmt: skip
        assert canary not in shown
        assert canary.split("@")[0] not in shown
    assert ORDER_ID in shown
    assert "150.00" in shown
