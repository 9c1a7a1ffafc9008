"""GET /v1/breakers: how every gateway does, as this process knows it."""

from collections.abc import Sequence

from aiohttp import web

from payments_common.breakers.told import told
from payments_common.gateways.guarding import Guarding

PATH = "/v1/breakers"


def add_breaker_routes(app: web.Application, guardings: Sequence[Guarding]) -> None:
    """For inside only, as /metrics is: it names accounts, and says when a gateway is down.

    `guardings` may be empty until the gateways are open; that is answered 503.
    """

    async def breakers(_: web.Request) -> web.Response:
        if not guardings:
            return web.json_response({"code": "starting", "message": "not yet"}, status=503)
        guarding = guardings[0]
        now = guarding.time.now()
        entries = [b.entry for g in guarding.guards.values() for b in g.breakers.values()]
        return web.json_response(
            {
                "breakers": [told(entry, now) for entry in entries],
                "board_answers": guarding.watch.board_answers,
                "processes": guarding.watch.processes,
            }
        )

    app.router.add_get(PATH, breakers)
