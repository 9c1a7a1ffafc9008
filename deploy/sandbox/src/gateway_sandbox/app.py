"""The composition root: one sandbox with all its gateways as an aiohttp application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from aiohttp import web

from gateway_sandbox.clock import VirtualClock, real_time
from gateway_sandbox.control import ControlApi
from gateway_sandbox.dashboard import Dashboard
from gateway_sandbox.delivery_engine import DeliveryEngine
from gateway_sandbox.gateways import Gateways
from gateway_sandbox.interception import Interception
from gateway_sandbox.ledger import Ledger
from gateway_sandbox.middleware import plain_errors, protect_pages, time_passes
from gateway_sandbox.misbehaviour import Misbehaviour
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.plugin import MyFatoorahPlugin
from gateway_sandbox.pages import Pages
from gateway_sandbox.posting import HttpPoster, Poster
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.settings import Settings
from gateway_sandbox.shop.orders import ShopOrders
from gateway_sandbox.shop.shop import Shop
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.plugin import TabbyPlugin
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.plugin import TamaraPlugin

_STATIC = Path(__file__).parent / "static"
_DUE_POLL_SECONDS = 1.0


def create_app(
    settings: Settings | None = None,
    *,
    real_time: Callable[[], datetime] = real_time,
    poster: Poster | None = None,
) -> web.Application:
    """A sandbox of its own; nothing is shared between two of them."""
    settings = settings or Settings()
    clock, ledger, misbehaviour = VirtualClock(real_time), Ledger(), Misbehaviour()
    stopping = asyncio.Event()
    deliveries = DeliveryEngine(
        clock=clock,
        misbehaviour=misbehaviour,
        retry_scale=settings.retry_scale,
        poster=poster or HttpPoster(),
    )
    interception = Interception(ledger=ledger, misbehaviour=misbehaviour, stopping=stopping)
    pages = Pages()
    tabby = TabbyPlugin(
        TabbyGateway(settings=settings.tabby, clock=clock, ledger=ledger, deliveries=deliveries),
        interception=interception,
        pages=pages,
        public_url=PublicUrl(settings.public_url),
    )
    tamara = TamaraPlugin(
        TamaraGateway(settings=settings.tamara, clock=clock, ledger=ledger, deliveries=deliveries),
        interception=interception,
        pages=pages,
        public_url=PublicUrl(settings.public_url),
    )
    myfatoorah = MyFatoorahPlugin(
        MyFatoorahGateway(
            settings=settings.myfatoorah, clock=clock, ledger=ledger, deliveries=deliveries
        ),
        interception=interception,
        pages=pages,
        public_url=PublicUrl(settings.public_url),
    )
    gateways, orders = Gateways((tabby, tamara, myfatoorah)), ShopOrders()
    control = ControlApi(
        gateways=gateways,
        ledger=ledger,
        misbehaviour=misbehaviour,
        deliveries=deliveries,
        clock=clock,
        orders=orders,
    )
    dashboard = Dashboard(ledger=ledger, gateways=gateways, pages=pages)
    shop = Shop(orders, pages=pages, public_url=PublicUrl(settings.public_url))
    app = _application(gateways, (control, dashboard, shop))
    app.on_shutdown.append(_stopper(stopping))
    app.cleanup_ctx.append(_background(gateways, deliveries))
    return app


class _HasRoutes(Protocol):
    def add_routes(self, router: web.UrlDispatcher) -> None: ...


def _application(gateways: Gateways, ours: Sequence[_HasRoutes]) -> web.Application:
    app = web.Application(middlewares=[plain_errors, time_passes(gateways)])
    for part in (*gateways.plugins, *ours):
        part.add_routes(app.router)
    app.router.add_get("/healthz", _healthz)
    app.router.add_static("/static", _STATIC)
    app.on_response_prepare.append(protect_pages)
    return app


def _stopper(stopping: asyncio.Event) -> Callable[[web.Application], Awaitable[None]]:
    async def stop(_app: web.Application) -> None:
        stopping.set()

    return stop


def _background(
    gateways: Gateways, deliveries: DeliveryEngine
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def background(_app: web.Application) -> AsyncIterator[None]:
        await deliveries.start()
        ticking = asyncio.create_task(_tick(gateways))
        yield
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await deliveries.stop()

    return background


async def _tick(gateways: Gateways) -> None:
    # Requests do what is due themselves; this is for notices when nobody asks.
    while True:
        await asyncio.sleep(_DUE_POLL_SECONDS)
        gateways.run_due()


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
