"""Tamara's gateway over a script: answers in order, without a socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from payments_common.clock import Clock, SystemClock
from payments_common.gateways.port import CallContext, Declined, MoneyMove, SessionCreated
from payments_common.gateways.tamara.gateway import TamaraGateway, open_gateway
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from support.api_calls import KeptApiCalls
from support.scripted_tabby import Script
from support.tamara_payloads import (
    ORDER_ID,
    create_session,
    error_body,
    json_text,
    tamara_account,
)

CONTEXT = CallContext(order_id="0192", operation_id="op-1")
AUTHORIZE = MoneyMove(ORDER_ID, Money(15000, "SAR"), "authorize-1")
CAPTURE = MoneyMove(ORDER_ID, Money(15000, "SAR"), "capture-1")
REFUND = MoneyMove(ORDER_ID, Money(5000, "SAR"), "refund-1", "damaged")
VOID = MoneyMove(ORDER_ID, Money(15000, "SAR"), "void-1")
Move = Callable[[TamaraGateway], Awaitable[Observation | Declined]]


class TamaraScript(Script):
    """Keeps what was sent as it was written, too: an amount's digits count."""

    def __init__(self, *answers: httpx.Response) -> None:
        super().__init__(*answers)
        self.written: list[str] = []
        self.paths: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.written.append(request.content.decode())
        self.paths.append(request.url.raw_path)
        return super().__call__(request)


def ok(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=json_text(body))


def no(status: int, message: str, code: str | None = None, **data: Any) -> httpx.Response:
    return ok(error_body(message, code, **data), status)


@asynccontextmanager
async def tamara(
    script: Script,
    kept: KeptApiCalls | None = None,
    *,
    clock: Clock | None = None,
    **changes: Any,
) -> AsyncIterator[TamaraGateway]:
    gateway = open_gateway(
        tamara_account(**changes),
        clock=clock or SystemClock(),
        api_calls=kept or KeptApiCalls(),
        http_transport=httpx.MockTransport(script),
    )
    try:
        yield gateway
    finally:
        await gateway.close()


async def authorizing(gateway: TamaraGateway) -> Observation | Declined:
    return await gateway.authorize(AUTHORIZE, context=CONTEXT)


async def capturing(gateway: TamaraGateway) -> Observation | Declined:
    return await gateway.capture(CAPTURE, context=CONTEXT)


async def refunding(gateway: TamaraGateway) -> Observation | Declined:
    return await gateway.refund(REFUND, context=CONTEXT)


async def voiding(gateway: TamaraGateway) -> Observation | Declined:
    return await gateway.void(VOID, context=CONTEXT)


async def reading(gateway: TamaraGateway) -> Observation | Declined:
    return await gateway.get_payment(ORDER_ID, context=CONTEXT)


async def finding(gateway: TamaraGateway) -> Observation | Declined:
    found = await gateway.find_payment("order-1", context=CONTEXT)
    assert found is not None
    return found


async def creating(gateway: TamaraGateway) -> SessionCreated | Declined:
    return await gateway.create_session(create_session(), context=CONTEXT)
