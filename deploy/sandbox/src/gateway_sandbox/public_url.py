"""Under which URL customers reach the sandbox."""

from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """The configured URL, else the one by which the request came."""

    configured: str | None

    def of(self, request: web.Request) -> str:
        """Without a slash at the end."""
        return (self.configured or str(request.url.origin())).rstrip("/")
