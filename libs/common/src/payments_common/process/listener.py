"""The listening socket: how many connections, how long each may dawdle, and how they end."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

BACKLOG = 128
OnMalformed = Callable[[BaseException | None], None]
MalformedResponse = Callable[[int], web.Response]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`connections` may be passed by one backlog of sockets that arrive at the same instant."""

    connections: int
    keepalive_seconds: float
    lingering_seconds: float
    unread_answer_seconds: float
    stop_seconds: float


class EdgeProtocol(web.RequestHandler):
    """One connection; what is not HTTP is answered without repeating a byte of it.

    aiohttp's own answer and log line quote the offending bytes, other headers among them.
    """

    __slots__ = ("_malformed_response", "_on_malformed")

    def __init__(
        self,
        server: web.Server,
        *,
        limits: ConnectionLimits,
        on_malformed: OnMalformed,
        malformed_response: MalformedResponse,
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            auto_decompress=False,
            # Bounds the time for headers too: an idle and a dawdling client look alike.
            keepalive_timeout=limits.keepalive_seconds,
            lingering_time=limits.lingering_seconds,
        )
        self._on_malformed = on_malformed
        self._malformed_response = malformed_response

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del message
        self._on_malformed(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        response = self._malformed_response(status)
        response.force_close()
        return response


class Listener:
    """Accepts connections up to the limit; the ones beyond it are closed at once.

    `ends_with_client` cancels a handler whose client has gone.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        limits: ConnectionLimits,
        on_refused: Callable[[], None],
        on_malformed: OnMalformed,
        malformed_response: MalformedResponse,
        ends_with_client: bool = False,
    ) -> None:
        self._runner = web.AppRunner(
            app, shutdown_timeout=limits.stop_seconds, handler_cancellation=ends_with_client
        )
        self._limits = limits
        self._on_refused = on_refused
        self._on_malformed = on_malformed
        self._malformed_response = malformed_response
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> str:
        """Listens and returns the URL; port 0 takes a free one."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._protocol, host, port, backlog=BACKLOG, reuse_address=True
        )
        for listening in self._server.sockets:
            _bound_unread_answers(listening, self._limits.unread_answer_seconds)
        bound: tuple[Any, ...] = self._server.sockets[0].getsockname()
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        return f"http://{shown}:{bound[1]}"

    @property
    def is_accepting(self) -> bool:
        return self._server is not None and self._server.is_serving()

    @property
    def open_connections(self) -> int:
        server = self._runner.server
        return 0 if server is None else len(server.connections)

    def stop_accepting(self) -> None:
        if self._server is not None:
            self._server.close()

    async def finish(self) -> None:
        """Lets requests under way get their answers, then closes every connection."""
        self.stop_accepting()
        await self._runner.cleanup()

    def _protocol(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is None or self.open_connections >= self._limits.connections:
            self._on_refused()
            return _ClosedAtOnce()
        return EdgeProtocol(
            server,
            limits=self._limits,
            on_malformed=self._on_malformed,
            malformed_response=self._malformed_response,
        )


class _ClosedAtOnce(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _bound_unread_answers(listening: Any, seconds: float) -> None:
    """Drops a client that asks and never reads the answer; aiohttp has no limit for that.

    Linux hands the option on to accepted sockets; elsewhere it does not exist.
    """
    with contextlib.suppress(AttributeError, OSError):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
