"""MyFatoorah's gateway over a script: answers in order, without a socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from payments_common.clock import Clock, SystemClock
from payments_common.gateways.myfatoorah.gateway import MyFatoorahGateway, open_gateway
from payments_common.gateways.port import CallContext, Declined, MoneyMove, SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from support.api_calls import KeptApiCalls
from support.myfatoorah_payloads import INVOICE_ID, create_session, myfatoorah_account
from support.scripted_tabby import Script

CONTEXT = CallContext(order_id="0192", operation_id="op-1")
CAPTURE = MoneyMove(INVOICE_ID, Money(40000, "KWD"), "capture-1")
REFUND = MoneyMove(INVOICE_ID, Money(5000, "KWD"), "refund-1", "damaged")
VOID = MoneyMove(INVOICE_ID, Money(40000, "KWD"), "void-1")
Move = Callable[[MyFatoorahGateway], Awaitable[Observation | Declined]]


class RawScript(Script):
    """A script that keeps the bytes that were sent, too."""

    def __init__(self, *answers: httpx.Response) -> None:
        super().__init__(*answers)
        self.raw: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.raw.append(request.content)
        return super().__call__(request)


@asynccontextmanager
async def myfatoorah(
    script: Script, kept: KeptApiCalls | None = None, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[MyFatoorahGateway]:
    gateway = open_gateway(
        myfatoorah_account(**changes),
        clock=clock or SystemClock(),
        api_calls=kept or KeptApiCalls(),
        http_transport=httpx.MockTransport(script),
    )
    try:
        yield gateway
    finally:
        await gateway.close()


async def capturing(gateway: MyFatoorahGateway) -> Observation | Declined:
    return await gateway.capture(CAPTURE, context=CONTEXT)


async def refunding(gateway: MyFatoorahGateway) -> Observation | Declined:
    return await gateway.refund(REFUND, context=CONTEXT)


async def voiding(gateway: MyFatoorahGateway) -> Observation | Declined:
    return await gateway.void(VOID, context=CONTEXT)


async def reading(gateway: MyFatoorahGateway) -> Observation | Declined:
    return await gateway.get_payment(INVOICE_ID, context=CONTEXT)


async def creating(gateway: MyFatoorahGateway) -> SessionCreated | Declined:
    return await gateway.create_session(create_session(), context=CONTEXT)
