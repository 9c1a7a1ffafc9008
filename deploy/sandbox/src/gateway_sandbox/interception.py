"""Every API operation of every gateway passes here: counted, limited, and made to misbehave."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.faults import Fault, Subject
from gateway_sandbox.ledger import ApiRequest, Ledger
from gateway_sandbox.misbehaviour import FAULT_HEADER, Misbehaviour
from gateway_sandbox.strict_body import dump

Handler = Callable[[web.Request], Awaitable[web.Response]]

CLOUDFLARE_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>{status}: Bad gateway</title></head>
<body><h1>Bad gateway <span>Error code {status}</span></h1>
<p>Sandbox: a proxy's page in place of the gateway's answer.</p></body></html>
"""
_GONE_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Identity:
    """Which payment and references one request is about, as far as it can be told."""

    payment_id: str | None
    reference_id: str
    order_reference: str


class InterceptedGateway(Protocol):
    """What interception needs to know of a gateway."""

    name: str

    def identify(self, operation: str, request: web.Request, body: bytes) -> Identity:
        """Which payment and references the request is about."""

    def limit(self, operation: str, request: web.Request) -> web.Response | None:
        """The answer to a request over the rate limit, else None."""

    def too_many_requests(self) -> web.Response:
        """The gateway's 429."""

    def tamper(self, document: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
        """The gateway's JSON with the fault's amount or currency in it."""


class Interception:
    """Wraps handlers of gateways; `stopping` ends whatever hangs or is delayed."""

    def __init__(
        self, *, ledger: Ledger, misbehaviour: Misbehaviour, stopping: asyncio.Event
    ) -> None:
        self._ledger = ledger
        self._misbehaviour = misbehaviour
        self._stopping = stopping

    def wrap(self, gateway: InterceptedGateway, operation: str, handler: Handler) -> Handler:
        """The handler with counting, limits and faults around it."""

        async def intercepted(request: web.Request) -> web.Response:
            subject = await self._count(gateway, operation, request)
            refusal = gateway.limit(operation, request)
            if refusal is not None:
                return refusal
            try:
                fault = self._misbehaviour.pick(subject, request.headers.get(FAULT_HEADER))
            except InvalidControlRequestError as error:
                return web.json_response({"error": str(error)}, status=error.status)
            if fault is None:
                return await handler(request)
            return await self._misbehave(fault, request, gateway=gateway, handler=handler)

        return intercepted

    async def _count(
        self, gateway: InterceptedGateway, operation: str, request: web.Request
    ) -> Subject:
        identity = gateway.identify(operation, request, await request.read())
        ordinal = self._ledger.count_request(
            ApiRequest(gateway.name, operation, identity.payment_id, identity.reference_id)
        )
        return Subject(
            gateway=gateway.name,
            operation=operation,
            payment_id=identity.payment_id,
            references=frozenset({identity.reference_id, identity.order_reference} - {""}),
            ordinal=ordinal,
        )

    async def _misbehave(
        self,
        fault: Fault,
        request: web.Request,
        *,
        gateway: InterceptedGateway,
        handler: Handler,
    ) -> web.Response:
        if fault.kind in {"wrong_amount", "wrong_currency"}:
            await self._pause(fault.delay_seconds)
            return _tampered(await handler(request), lambda body: gateway.tamper(body, fault))
        if fault.kind == "delay" and fault.phase == "before":
            await self._pause(fault.delay_seconds)
            return await handler(request)
        response = await handler(request) if fault.phase == "after" else None
        await self._pause(fault.delay_seconds)
        if fault.kind == "delay" and response is not None:
            return response
        return await self._failure(fault, request, gateway=gateway)

    async def _failure(
        self, fault: Fault, request: web.Request, *, gateway: InterceptedGateway
    ) -> web.Response:
        match fault.kind:
            case "rate_limit":
                return gateway.too_many_requests()
            case "html":
                page = CLOUDFLARE_PAGE.format(status=fault.status)
                return web.Response(status=fault.status, text=page, content_type="text/html")
            case "reset":
                reset_connection(request)
                return web.Response(status=500)
            case "hang":
                await self._hang(request)
                return web.Response(status=504)
            case _:
                return web.Response(status=fault.status, text="Internal Server error")

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _hang(self, request: web.Request) -> None:
        while not self._stopping.is_set() and _is_connected(request):
            await self._pause(_GONE_POLL_SECONDS)
        reset_connection(request)


def reset_connection(request: web.Request) -> None:
    """Cut the connection with a TCP reset, so that the client cannot take it for an answer."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        # Linger of zero seconds turns the close into a reset.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _tampered(
    response: web.Response, alter: Callable[[dict[str, Any]], dict[str, Any]]
) -> web.Response:
    if not 200 <= response.status < 300 or not isinstance(response.body, bytes):
        return response
    document = json.loads(response.body)
    if isinstance(document, dict):
        response.body = dump(alter(document))
    return response
