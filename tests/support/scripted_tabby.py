"""Tabby's gateway over a script: answers in order, without a socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from payments_common.clock import SystemClock
from payments_common.gateways.port import CallContext, Declined, Gateway, MoneyMove, SessionCreated
from payments_common.gateways.tabby.gateway import TabbyGateway, open_gateway
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from support.api_calls import KeptApiCalls
from support.registering import registered
from support.tabby_payloads import PAYMENT_ID, WEBHOOK_URL, create_session, tabby_account

CONTEXT = CallContext(order_id="0192", operation_id="op-1")
CAPTURE = MoneyMove(PAYMENT_ID, Money(15000, "SAR"), "capture-1")
REFUND = MoneyMove(PAYMENT_ID, Money(5000, "SAR"), "refund-1", "damaged")
VOID = MoneyMove(PAYMENT_ID, Money(15000, "SAR"), "void-1")
Move = Callable[[Gateway], Awaitable[Observation | Declined]]


class Script:
    """Answers in order, and what was asked for each."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.headers: list[httpx.Headers] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        self.bodies.append(orjson.loads(request.content) if request.content else None)
        self.headers.append(request.headers)
        return self._answers.pop(0)


def ok(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(body))


def no(status: int, error_type: str, error: str | None = None) -> httpx.Response:
    body = {"status": "error", "errorType": error_type}
    return ok(body if error is None else {**body, "error": error}, status)


@asynccontextmanager
async def tabby(
    script: Script, kept: KeptApiCalls | None = None, **changes: Any
) -> AsyncIterator[TabbyGateway]:
    gateway = open_gateway(
        tabby_account(**changes),
        clock=SystemClock(),
        api_calls=kept or KeptApiCalls(),
        http_transport=httpx.MockTransport(script),
    )
    try:
        yield gateway
    finally:
        await gateway.close()


async def capturing(gateway: Gateway) -> Observation | Declined:
    return await gateway.capture(CAPTURE, context=CONTEXT)


async def refunding(gateway: Gateway) -> Observation | Declined:
    return await gateway.refund(REFUND, context=CONTEXT)


async def voiding(gateway: Gateway) -> Observation | Declined:
    return await gateway.void(VOID, context=CONTEXT)


async def reading(gateway: Gateway) -> Observation | Declined:
    return await gateway.get_payment(PAYMENT_ID, context=CONTEXT)


async def creating(gateway: Gateway) -> SessionCreated | Declined:
    return await gateway.create_session(create_session(), context=CONTEXT)


async def registering(gateway: Gateway) -> object:
    return await registered(gateway, WEBHOOK_URL)
