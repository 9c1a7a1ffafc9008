"""An aiohttp application called without a socket: its real routes, middlewares and handlers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoConnection:
    """What a handler may ask of the connection that is not there."""

    transport = None
    ssl_context = None
    peername = None
    sockname = None
    _reading_paused = False

    def resume_reading(self, *, resume_parser: bool = True) -> None:
        """There was nothing to pause."""

    def pause_reading(self) -> None:
        """All has been read."""


class InProcess:
    def __init__(self, app: web.Application) -> None:
        app.freeze()
        self._app = app

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answered:
        """The application's answer; what it raises is its 500."""
        loop = asyncio.get_running_loop()
        there = URL(url, encoded=True)
        fields = CIMultiDict({"Host": there.host or "sandbox", **headers})
        fields.setdefault("Content-Length", str(len(body)))
        raw = tuple((k.encode(), v.encode("utf-8", "surrogateescape")) for k, v in fields.items())
        message = RawRequestMessage(
            method,
            there.raw_path_qs,
            HttpVersion11,
            CIMultiDictProxy(fields),
            raw,
            should_close=False,
            compression=None,
            upgrade=False,
            chunked=False,
            url=there,
        )
        protocol = _NoConnection()
        payload = StreamReader(cast(BaseProtocol, protocol), 2**20, loop=loop)
        payload.feed_data(body)
        payload.feed_eof()
        request = web.Request(
            message,
            payload,
            cast(RequestHandler, protocol),
            cast(AbstractStreamWriter, protocol),
            cast("asyncio.Task[None]", asyncio.current_task()),
            loop,
            client_max_size=2**20,
        )
        return await self._answer(request)

    async def _answer(self, request: web.Request) -> Answered:
        try:
            response = await self._app._handle(request)  # noqa: SLF001 - what a server calls
        except web.HTTPException as error:
            response = error
        content = response.body if isinstance(response, web.Response) else b""
        body = content if isinstance(content, bytes) else b""
        return Answered(response.status, dict(response.headers), body)
