"""A transport towards a server of this machine, and what it recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from payments_common.clock import SystemClock
from payments_common.gateways.port import ApiCalls, CallContext, Pace
from payments_common.gateways.tabby.client import REDACT
from payments_common.gateways.transport import Answer, GatewayTransport
from support.api_calls import KeptApiCalls
from support.local_gateway import Behaviour, Connection, LocalGateway, local_gateway
from support.tabby_payloads import tabby_account

CONTEXT = CallContext(order_id="0192", operation_id="op-1", purpose="test")
SECRET = "Bearer canary-secret"


@dataclass(slots=True)
class Bench:
    """A transport towards a local server, and the calls that it recorded."""

    transport: GatewayTransport
    gateway: LocalGateway
    kept: KeptApiCalls

    async def call(
        self, method: str = "POST", json: Any = None, pace: Pace | None = None
    ) -> Answer:
        return await self.transport.call(
            method,
            "/captures",
            operation="capture",
            json=json if json is not None else {"amount": "1.00"},
            headers={"Authorization": SECRET},
            context=replace(CONTEXT, pace=pace),
        )


@asynccontextmanager
async def towards(
    url: str = "http://gateway.example.com",
    *,
    api_calls: ApiCalls | None = None,
    http_transport: httpx.AsyncBaseTransport | None = None,
    **settings: Any,
) -> AsyncIterator[Bench]:
    kept = KeptApiCalls()
    transport = GatewayTransport(
        tabby_account(url, **settings),
        clock=SystemClock(),
        api_calls=api_calls or kept,
        redact=REDACT,
        http_transport=http_transport,
    )
    try:
        yield Bench(transport, LocalGateway(url), kept)
    finally:
        await transport.close()


@asynccontextmanager
async def bench(behave: Behaviour, **settings: Any) -> AsyncIterator[Bench]:
    async with local_gateway(behave) as gateway, towards(gateway.url, **settings) as it:
        it.gateway = gateway
        yield it


def answering(status: int, body: bytes = b"{}", *headers: str) -> Behaviour:
    async def behave(connection: Connection) -> None:
        await connection.answer(status, body, "Connection: close", *headers)

    return behave


async def silent(connection: Connection) -> None:
    await connection.stopping.wait()
