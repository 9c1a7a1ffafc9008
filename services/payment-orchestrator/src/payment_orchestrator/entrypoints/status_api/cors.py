"""Which pages of other origins may read an answer: those that are configured, never all."""

from collections.abc import Collection

from aiohttp import web

PREFLIGHT_SECONDS = 600


class Cors:
    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def mark(self, request: web.Request, response: web.Response) -> None:
        """An answer is another one for each origin, and caches are told so."""
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("Origin", "")
        if origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    def preflight(self, request: web.Request) -> web.Response:
        """What a browser asks before it sends the token."""
        response = web.Response(status=204, headers={"Allow": "GET, OPTIONS"})
        self.mark(request, response)
        if "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Allow-Methods"] = "GET"
            response.headers["Access-Control-Allow-Headers"] = "Authorization"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return response
