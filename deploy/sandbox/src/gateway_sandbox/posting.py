"""How a webhook leaves the sandbox: by HTTP, unless a simulation carries it."""

from collections.abc import Mapping
from typing import Protocol

import aiohttp

CONNECTION_LIMIT = 1000


class Poster(Protocol):
    """One way out; `start` and `stop` stand around all posts."""

    async def start(self) -> None:
        """Open what is needed, inside the running loop."""

    async def stop(self) -> None:
        """Close it."""

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: float
    ) -> int:
        """The answer's status; raises TimeoutError, or OSError or ValueError for no answer."""


class HttpPoster:
    """Real HTTP, one pool of connections."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections' pool."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTION_LIMIT),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: float
    ) -> int:
        """Redirects are answers too."""
        if self._session is None:
            raise RuntimeError("the poster was not started")
        try:
            async with self._session.post(
                url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout_seconds),
                allow_redirects=False,
            ) as response:
                return response.status
        except aiohttp.ClientError as error:
            raise OSError(type(error).__name__) from error
