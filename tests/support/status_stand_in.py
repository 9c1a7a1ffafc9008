"""A status API that says what a test tells it to, for the shop's page alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from support.running_sandbox import serving

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization",
    "Access-Control-Expose-Headers": "Retry-After",
}


@dataclass(slots=True)
class StatusStandIn:
    """`tokens` and `pages` by order reference; `failures` are answered first, once each."""

    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    refreshed: str = "done"
    said: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def say(self, order_reference: str, page: str) -> None:
        """Answers this from now on, at once to those who wait."""
        async with self.changed:
            self.pages[order_reference] = page
            self.said += 1
            self.changed.notify_all()

    async def answer(self, request: web.Request) -> web.Response:
        """GET /v1/orders/{order_reference}."""
        reference = request.match_info["order_reference"]
        self.questions.append(f"{reference}?{request.query_string}")
        if self.failures:
            headers = {**CORS, "Retry-After": "1"}
            return web.json_response({}, status=self.failures.pop(0), headers=headers)
        expected = f"Bearer {self.tokens.get(reference)}"
        if request.headers.get("Authorization") != expected:
            return web.json_response({"code": "unauthorized"}, status=401, headers=CORS)
        if "wait" in request.query:
            await self._news(reference, float(request.query["wait"]))
        page = self.pages.get(reference, "checking")
        refresh = self.refreshed if "refresh" in request.query else None
        document = {"order_reference": reference, "page": page, "refresh": refresh}
        return web.json_response(document, headers=CORS)

    async def _news(self, reference: str, seconds: float) -> None:
        before = self.said

        def is_news() -> bool:
            return self.said > before or self.pages.get(reference, "checking") != "checking"

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(is_news)


@asynccontextmanager
async def status_stand_in() -> AsyncIterator[StatusStandIn]:
    """On a free port."""
    status = StatusStandIn()

    async def preflight(_request: web.Request) -> web.Response:
        return web.Response(status=204, headers=CORS)

    app = web.Application()
    app.router.add_get("/v1/orders/{order_reference}", status.answer)
    app.router.add_options("/v1/orders/{order_reference}", preflight)
    async with serving(app) as url:
        status.url = url
        yield status
