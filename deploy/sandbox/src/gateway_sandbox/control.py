"""The control API under /sandbox: what tests and demos do behind the gateways' backs."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from gateway_sandbox.chaos import parse_chaos
from gateway_sandbox.clock import VirtualClock
from gateway_sandbox.deliveries import delivery_document
from gateway_sandbox.delivery_engine import DeliveryEngine
from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.faults import parse_fault
from gateway_sandbox.gateways import Gateways
from gateway_sandbox.ledger import Account, Ledger, account_document
from gateway_sandbox.misbehaviour import Misbehaviour
from gateway_sandbox.shop.orders import ShopOrders
from gateway_sandbox.strict_body import InvalidBodyError, dump, load_object

MAXIMUM_WAIT_SECONDS = 600.0


class ControlApi:
    """Not for the internet: whoever reaches it is obeyed."""

    def __init__(
        self,
        *,
        gateways: Gateways,
        ledger: Ledger,
        misbehaviour: Misbehaviour,
        deliveries: DeliveryEngine,
        clock: VirtualClock,
        orders: ShopOrders,
    ) -> None:
        self._gateways = gateways
        self._ledger = ledger
        self._misbehaviour = misbehaviour
        self._deliveries = deliveries
        self._clock = clock
        self._orders = orders

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """All of /sandbox."""
        router.add_get("/sandbox/ledger", self.ledger)
        router.add_post("/sandbox/payments/{payment_id}/{action}", self.perform)
        router.add_get("/sandbox/faults", self.list_faults)
        router.add_post("/sandbox/faults", self.add_fault)
        router.add_delete("/sandbox/faults", self.clear_faults)
        router.add_post("/sandbox/chaos", self.set_chaos)
        router.add_post("/sandbox/advance", self.advance)
        router.add_post("/sandbox/reset", self.reset)
        router.add_get("/sandbox/deliveries", self.list_deliveries)
        router.add_post("/sandbox/deliveries/release", self.release)
        router.add_post("/sandbox/deliveries/{delivery_id}/redeliver", self.redeliver)
        router.add_get("/sandbox/webhooks/idle", self.idle)
        router.add_get("/sandbox/{gateway}/settings", self.read_settings)
        router.add_patch("/sandbox/{gateway}/settings", self.change_settings)
        router.add_get("/sandbox/{gateway}/merchants", self.list_merchants)
        router.add_post("/sandbox/{gateway}/merchants", self.add_merchant)

    async def ledger(self, request: web.Request) -> web.Response:
        """Accounts of one order, one payment, or all."""
        wanted = {name: request.query.get(name) for name in ("reference_id", "payment_id")}
        payments = [self._account(account) for account in self._ledger.accounts(**wanted)]
        is_all = not any(wanted.values())
        requests = self._ledger.requests() if is_all else self._ledger.requests_about(**wanted)
        return web.json_response({"payments": payments, "requests": requests})

    async def perform(self, request: web.Request) -> web.Response:
        """A customer's or dashboard action; the answer is the gateway's payment."""
        payment_id, action = request.match_info["payment_id"], request.match_info["action"]
        body = await _object(request)
        document = self._gateways.owning(payment_id).perform(payment_id, action, body)
        return web.Response(body=dump(document), content_type="application/json", charset="utf-8")

    async def list_faults(self, _request: web.Request) -> web.Response:
        """Faults that still wait for their subject."""
        queued = [
            {"fault_id": item.fault_id, "remaining": item.remaining, **asdict(item.fault)}
            for item in self._misbehaviour.queue.queued()
        ]
        return web.json_response({"faults": queued})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Queue one fault."""
        queued = self._misbehaviour.queue.add(parse_fault(await _object(request)))
        return web.json_response({"fault_id": queued.fault_id}, status=201)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """Drop queued faults and end chaos."""
        self._misbehaviour.clear()
        return web.json_response({"status": "ok"})

    async def set_chaos(self, request: web.Request) -> web.Response:
        """Misbehave at random by seed; empty probabilities end it."""
        self._misbehaviour.chaos = parse_chaos(await _object(request))
        return web.json_response({"status": "ok"})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the virtual clock forward and do what became due."""
        seconds = _seconds((await _object(request)).get("seconds"))
        now = self._clock.advance(seconds)
        self._gateways.run_due()
        return web.json_response({"now": now.isoformat()})

    async def reset(self, _request: web.Request) -> web.Response:
        """Forget everything, as after a fresh start."""
        await self._deliveries.clear()
        self._misbehaviour.clear()
        self._gateways.reset()
        self._ledger.clear()
        self._clock.reset()
        self._orders.reset()
        return web.json_response({"status": "ok"})

    async def list_deliveries(self, request: web.Request) -> web.Response:
        """The delivery log, oldest first."""
        wanted = {name: request.query.get(name) for name in ("payment_id", "reference_id")}
        documents = [delivery_document(item) for item in self._deliveries.log()]
        shown = [
            document
            for document in documents
            if all(value in (None, document[name]) for name, value in wanted.items())
        ]
        return web.json_response({"deliveries": shown})

    async def release(self, _request: web.Request) -> web.Response:
        """Send what is held back."""
        return web.json_response({"released": self._deliveries.release()})

    async def redeliver(self, request: web.Request) -> web.Response:
        """Send an old delivery's bytes again."""
        delivery = self._deliveries.redeliver(request.match_info["delivery_id"])
        return web.json_response(delivery_document(delivery), status=202)

    async def idle(self, request: web.Request) -> web.Response:
        """Answer once no delivery is pending, or when the time is up."""
        timeout_seconds = _seconds(request.query.get("timeout_seconds", "30"))
        is_idle = await self._deliveries.wait_idle(min(timeout_seconds, MAXIMUM_WAIT_SECONDS))
        pending, held = self._deliveries.pending(), self._deliveries.held()
        return web.json_response({"idle": is_idle, "pending": pending, "held": held})

    async def read_settings(self, request: web.Request) -> web.Response:
        """A gateway's settings."""
        plugin = self._gateways.named(request.match_info["gateway"])
        return web.json_response(plugin.settings())

    async def change_settings(self, request: web.Request) -> web.Response:
        """Change some of a gateway's settings; the answer is all of them."""
        plugin = self._gateways.named(request.match_info["gateway"])
        plugin.change_settings(await _object(request))
        return web.json_response(plugin.settings())

    async def list_merchants(self, request: web.Request) -> web.Response:
        """A gateway's merchants."""
        plugin = self._gateways.named(request.match_info["gateway"])
        return web.json_response({"merchants": plugin.merchants()})

    async def add_merchant(self, request: web.Request) -> web.Response:
        """Add a merchant with its keys."""
        plugin = self._gateways.named(request.match_info["gateway"])
        plugin.add_merchant(await _object(request))
        return web.json_response({"merchants": plugin.merchants()}, status=201)

    def _account(self, account: Account) -> dict[str, Any]:
        key = account.key
        requests = self._ledger.requests_about(
            reference_id=key.reference_id, payment_id=key.payment_id
        )
        return account_document(account, requests)


async def _object(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    try:
        return load_object(body) if body else {}
    except InvalidBodyError as error:
        raise InvalidControlRequestError(f"{error}; send a JSON object") from error


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidControlRequestError(f"seconds must be a number, got {value!r}") from error
    if not 0 <= seconds <= 10**9:
        raise InvalidControlRequestError(f"seconds must be 0 to 1000000000, got {value!r}")
    return seconds
