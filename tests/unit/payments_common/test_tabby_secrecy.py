"""No secret and no person leaves by the side doors."""

from collections.abc import Awaitable, Callable

import httpx
from structlog.testing import capture_logs

from payments_common.gateways.port import Gateway
from support.api_calls import KeptApiCalls
from support.scripted_tabby import Script, creating, no, ok, reading, refunding, registering, tabby
from support.tabby_payloads import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    SECRET_KEY,
    WEBHOOK_SECRET,
    capture,
    payment,
    session_answer,
    webhook,
)


async def test_no_secret_and_no_person_is_ever_recorded_logged_or_told() -> None:
    """Canaries travel in every request and come back in every answer."""
    echo = f"no {CANARY_EMAIL}, {CANARY_PHONE}"
    script = Script(
        ok(session_answer()),
        no(400, "bad_data", echo),
        ok(payment("CLOSED", captures=[capture()])),
        no(409, "conflict", echo),
        ok(payment()),
        httpx.Response(500, text=echo),
        httpx.Response(200, text=echo),
        ok(payment(amount=echo)),
        ok([webhook()]),
        no(401, "not_authorized", echo),
    )
    kept, told = KeptApiCalls(), []
    with capture_logs() as logs:
        async with tabby(script, kept) as gateway:
            moves: list[Callable[[Gateway], Awaitable[object]]] = [
                creating, creating, reading, refunding, reading, reading, reading,
                registering, reading,
            ]  # fmt: skip
            for move in moves:
                try:
                    told.append(repr(getattr(await move(gateway), "message", "")))
                except Exception as error:  # noqa: BLE001 - all that is raised is looked at
                    told.append(f"{error!r} {error} {error.__cause__!r}")
            told.append(repr(gateway) + repr(vars(gateway)))
    shown = "\n".join([*map(repr, kept.calls), *map(repr, logs), *told])
    assert len(kept.calls) == len(script.asked) == 10
    for canary in (CANARY_NAME, CANARY_EMAIL, CANARY_PHONE, SECRET_KEY, WEBHOOK_SECRET.value):
        assert canary not in shown
        assert canary.split("@")[0] not in shown
