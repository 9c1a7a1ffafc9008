"""A TCP proxy that does to a connection what networks do."""

import asyncio
from contextlib import suppress
from typing import Self

CHUNK_BYTES = 65536


class FaultyProxy:
    """Passes bytes on until told otherwise; what is held back flows again after `restore`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._to_server = asyncio.Event()
        self._to_client = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> Self:
        self.restore()
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        self.reset()

    async def accept(self) -> None:
        """Takes connections, again on the same port if it did before."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Takes no more connections; those there are stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def reset(self) -> None:
        """Ends all connections at once, unsent bytes are lost."""
        for writer in self._writers:
            writer.transport.abort()

    def restore(self) -> None:
        self._to_server.set()
        self._to_client.set()

    def blackhole(self) -> None:
        """Keeps connections open while nothing gets through either way."""
        self._to_server.clear()
        self._to_client.clear()

    def swallow_answers(self) -> None:
        """Requests get through, answers do not."""
        self._to_client.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, server_writer}
        self._writers |= both
        try:
            with suppress(OSError):
                await asyncio.gather(
                    _pump(reader, server_writer, self._to_server),
                    _pump(server_reader, writer, self._to_client),
                )
        finally:
            for each in both:
                each.transport.abort()
            self._writers -= both


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event
) -> None:
    """Ends with an error at the end of either side, so that the other side ends too."""
    while chunk := await reader.read(CHUNK_BYTES):
        await flowing.wait()
        writer.write(chunk)
        await writer.drain()
    raise ConnectionResetError
