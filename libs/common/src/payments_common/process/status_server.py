"""Health and metrics over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from payments_common.errors import PaymentsError

# Whoever asks gives up soon, and a check that hangs has answered.
CHECK_SECONDS = 2.0

Check = Callable[[], Awaitable[bool]]


async def serve_status(
    *, host: str, port: int, checks: Mapping[str, Check], registry: CollectorRegistry
) -> tuple[web.AppRunner, str]:
    """Serves /healthz, /readyz and /metrics; returns the runner to clean up, and the URL."""
    app = web.Application()
    add_status_routes(app, checks=checks, registry=registry)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=15)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    bound_host, bound_port = runner.addresses[0][:2]
    return runner, f"http://{bound_host}:{bound_port}"


def add_status_routes(
    app: web.Application, *, checks: Mapping[str, Check], registry: CollectorRegistry
) -> None:
    """Adds the three to an application; `checks` may change while it serves."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        asked = dict(checks)
        passed = await asyncio.gather(*(_passes(check) for check in asked.values()))
        results = dict(zip(asked, passed, strict=True))
        status = 200 if all(results.values()) else 503
        return web.json_response({"ready": status == 200, "checks": results}, status=status)

    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", make_aiohttp_handler(registry=registry))


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except (PaymentsError, TimeoutError):
        return False
